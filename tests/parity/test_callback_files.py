"""ModelCheckpoint, CSVLogger and BackupAndRestore write the same files at the same times, and continue from them."""

import re

import numpy as np
import pytest

from tests.parity.callback_cases import X, Y, compiled

pytest.importorskip("tensorflow")

import keras

import minikeras
from tests.parity.backends import both
from tests.parity.comparing import STEPS, assert_close

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def saved_files(backend, arguments, tmp_path, fit_arguments):
    """What a ModelCheckpoint asks the model to save, and its best value."""
    model, seen = compiled(backend), []
    model.save_weights = lambda path, overwrite=None: seen.append(("weights", str(path), overwrite))
    model.save = lambda path, overwrite=None: seen.append(("model", str(path), overwrite))
    callback = backend.callbacks.ModelCheckpoint(**{**arguments, "filepath": f"{tmp_path}/{arguments['filepath']}"})
    model.fit(
        X, Y, batch_size=3, verbose=0, shuffle=False, callbacks=[callback], validation_data=(X, Y), **fit_arguments
    )
    return seen, callback.best


CHECKPOINTS = [
    {"filepath": "m.weights.h5", "save_weights_only": True},
    {"filepath": "m.keras", "verbose": 1},
    {"filepath": "m.h5"},
    {"filepath": "a/b/m{epoch:02d}-{val_loss:.2f}-{mae:.1f}.keras"},
    {"filepath": "m.weights.h5", "save_weights_only": True, "save_best_only": True, "verbose": 1},
    {"filepath": "m.keras", "save_best_only": True, "mode": "max", "verbose": 1},
    {"filepath": "m.keras", "save_best_only": True, "initial_value_threshold": 0.0, "verbose": 1},
    {"filepath": "m{epoch}-{batch}.keras", "save_freq": 3},
    {"filepath": "m{epoch}.keras", "save_freq": 3, "save_best_only": True, "monitor": "loss", "verbose": 1},
    {"filepath": "m.keras", "save_freq": 0},
    {"filepath": "m.keras", "save_best_only": True, "monitor": "nothing", "mode": "min"},
]


@pytest.mark.filterwarnings("ignore:(Can save best model only|ModelCheckpoint with `save_best_only`):UserWarning")
@pytest.mark.parametrize(
    "fit_arguments", [{"epochs": 3}, pytest.param({"epochs": 5, "initial_epoch": 3}, marks=pytest.mark.full)], ids=str
)
@pytest.mark.one_in(6)
@pytest.mark.parametrize("arguments", CHECKPOINTS, ids=str)
def test_the_model_is_saved_at_the_same_times_under_the_same_names(arguments, fit_arguments, tmp_path, capsys):
    results = []
    for backend in (minikeras, keras):
        backend.utils.set_random_seed(5)
        seen, best = saved_files(backend, arguments, tmp_path, fit_arguments)
        results.append((seen, capsys.readouterr().out))
        results[-1] += (None if best is None else round(best, 5),)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "arguments, error",
    [
        ({"filepath": "m.keras", "save_weights_only": True}, ValueError),
        ({"filepath": "m.xyz"}, ValueError),
        ({"filepath": "m.keras", "save_freq": "often"}, ValueError),
        ({"filepath": "m.keras", "save_freq": 1.5}, ValueError),
        ({"filepath": "m{nothing}.keras"}, KeyError),
        ({"filepath": "m.keras", "monitor": "nothing"}, ValueError),
    ],
)
def test_both_refuse_these_checkpoints(arguments, error, tmp_path):
    for backend in (minikeras, keras):
        with pytest.raises(error):
            saved_files(backend, arguments, tmp_path, {})


def csv_file(backend, path, arguments, fits):
    backend.utils.set_random_seed(2)
    model = compiled(backend)

    class More(backend.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs.update({"array": np.arange(3.0), "text": "a,b", "scalar": np.array(2.0), "none": None, "list": [1, 2]})
            if epoch:
                logs["late"] = 1
                del logs["mae"]

    for fit_arguments in fits:
        callbacks = [More(), backend.callbacks.CSVLogger(path, **arguments)]
        model.fit(X, Y, epochs=2, verbose=0, callbacks=callbacks, **fit_arguments)
    rounded = re.sub(r"\d+\.\d{4,}", lambda number: f"{float(number.group()):.4f}", path.read_bytes().decode())
    return rounded


@pytest.mark.one_in(3)
@pytest.mark.parametrize("arguments", [{}, {"append": True}, {"separator": ";"}], ids=str)
@pytest.mark.parametrize("fits", [[{}], [{"validation_data": (X, Y)}] * 2, [{"validation_split": 0.2}, {}]], ids=len)
def test_same_csv_files(arguments, fits, tmp_path):
    files = [csv_file(backend, tmp_path / backend.__name__, arguments, fits) for backend in (minikeras, keras)]
    assert files[0] == files[1]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("frequency", ["epoch", 4])
def test_a_restored_training_goes_on_as_tf_keras_does(frequency, tmp_path):
    def interrupted_and_resumed(backend):
        folder = tmp_path / backend.__name__
        seen = []

        class Fail(backend.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                seen.append(batch)
                if len(seen) == 13:
                    raise RuntimeError("power failure")

        histories = []
        for extra in ([Fail()], []):
            backend.utils.set_random_seed(4)
            model = compiled(backend)
            backup = backend.callbacks.BackupAndRestore(str(folder), save_freq=frequency)
            try:
                history = model.fit(X, Y, epochs=5, batch_size=3, verbose=0, shuffle=False, callbacks=[backup, *extra])
                histories.append({**history.history, "epoch": history.epoch})
            except RuntimeError:
                histories.append(None)
        assert not folder.exists()
        return histories

    ours, theirs = both(interrupted_and_resumed)
    assert ours[0] is theirs[0] is None
    assert ours[1]["epoch"] == theirs[1]["epoch"]
    for name, values in theirs[1].items():
        assert_close("callbacks: History", ours[1][name], values, STEPS, name)
