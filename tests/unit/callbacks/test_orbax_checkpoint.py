"""OrbaxCheckpoint: when it saves, what a checkpoint holds and restores. Needs orbax-checkpoint (extra `orbax`)."""

import importlib.util
import sys

import numpy as np
import pytest

import minikeras as keras
from minikeras.callbacks import OrbaxCheckpoint
from minikeras.utils.orbax import is_orbax_checkpoint, read_checkpoint

needs_orbax = pytest.mark.skipif(
    importlib.util.find_spec("orbax") is None or importlib.util.find_spec("orbax.checkpoint") is None,
    reason="orbax-checkpoint is not installed",
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)).astype("float32"), RNG.normal(size=(20, 1)).astype("float32")


def compiled():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="dense")], name="model")
    model.compile(keras.optimizers.Adam(0.1, name="adam"), "mse", metrics=["mae"])
    return model


def steps(folder):
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())


def fit(folder, epochs=3, **arguments):
    model, callback = compiled(), OrbaxCheckpoint(folder, **arguments)
    model.fit(X, Y, epochs=epochs, batch_size=5, verbose=0, callbacks=[callback])
    return model, callback


def test_without_orbax_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "orbax", None)  # Python's own way to block an import
    monkeypatch.setitem(sys.modules, "orbax.checkpoint", None)
    with pytest.raises(ImportError, match="pip install orbax-checkpoint"):
        OrbaxCheckpoint(tmp_path)


def test_what_is_no_checkpoint(tmp_path):
    (tmp_path / "7").mkdir()
    assert not is_orbax_checkpoint(tmp_path)
    assert not is_orbax_checkpoint(tmp_path / "nowhere")


@needs_orbax
@pytest.mark.parametrize(
    "arguments, saved",
    [
        ({}, [2]),
        ({"max_to_keep": 2}, [1, 2]),
        ({"max_to_keep": None, "save_on_background": False}, [0, 1, 2]),
        ({"save_freq": 3, "max_to_keep": None}, [3, 6, 9, 12]),
        ({"save_best_only": True, "monitor": "loss", "initial_value_threshold": 0.0}, []),
        ({"save_best_only": True, "monitor": "mae", "mode": "max"}, [0]),
    ],
)
def test_when_it_saves(tmp_path, arguments, saved):
    fit(tmp_path, **arguments)
    assert steps(tmp_path) == saved
    assert is_orbax_checkpoint(tmp_path) == bool(saved)


@needs_orbax
def test_the_whole_state_is_restored(tmp_path):
    model, callback = fit(tmp_path / "deep", max_to_keep=None)
    other = compiled()
    callback.restore(other)
    assert int(np.asarray(other.optimizer.iterations)) == 12
    for ours, theirs in zip(other.variables + other.optimizer.variables, model.variables + model.optimizer.variables,
                            strict=True):  # fmt: skip
        np.testing.assert_array_equal(ours, theirs)
    callback.restore(other, step=0)
    assert int(np.asarray(other.optimizer.iterations)) == 4
    rebuilt = keras.models.model_from_json(read_checkpoint(tmp_path / "deep", part="model_config"))
    assert [layer.name for layer in rebuilt.layers] == ["dense"]


@needs_orbax
def test_batches_are_counted_on_in_the_next_training(tmp_path):
    model, callback = fit(tmp_path, epochs=1, save_freq=4, max_to_keep=None)
    model.fit(X, Y, batch_size=5, verbose=0, callbacks=[callback])
    assert steps(tmp_path) == [4, 8]


@needs_orbax
def test_weights_alone(tmp_path):
    _, callback = fit(tmp_path, save_weights_only=True)
    assert sorted(read_checkpoint(tmp_path)) == ["non_trainable_variables", "trainable_variables"]
    callback.restore(compiled())
    with pytest.raises(ValueError, match="save_weights_only=True"):
        read_checkpoint(tmp_path, part="model_config")
    with pytest.raises(ValueError, match=r"step=9. Existing steps: \[2\]"):
        callback.restore(step=9)


@needs_orbax
def test_a_missing_value_is_reported(tmp_path):
    callback = OrbaxCheckpoint(tmp_path, save_best_only=True)
    with pytest.warns(UserWarning, match="skipping save at epoch 0"):
        compiled().fit(X, Y, verbose=0, callbacks=[callback])
    with pytest.raises(ValueError, match="value of `save_freq`"):
        OrbaxCheckpoint(tmp_path, save_freq="often")


@needs_orbax
def test_what_is_saved_can_be_printed(tmp_path, capsys):
    fit(tmp_path, epochs=1, verbose=1)
    assert f"Saving the model at epoch 0 to {tmp_path}/0" in capsys.readouterr().out


@needs_orbax
def test_keras_reads_it(tmp_path):
    pytest.importorskip("tensorflow")
    import keras as tf_keras

    model, _ = fit(tmp_path)
    theirs = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(1, name="dense")], name="model")
    theirs.compile("adam", "mse")  # it does not read a state without
    theirs.load_weights(tmp_path)
    for a, b in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
