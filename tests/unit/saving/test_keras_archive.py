"""`.keras` files and folders, written and read by minikeras alone. (The parity tests have Keras on the other side.)"""

import json
import zipfile

import numpy as np
import pytest

import minikeras as keras
from minikeras.saving import load_model, save_model

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = np.ones((8, 1), "float32")


def model():
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
    made.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return made


def content_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_content_of_an_archive(tmp_path):
    model().save(tmp_path / "m.keras")
    content = content_of(tmp_path / "m.keras")
    assert list(content) == ["metadata.json", "config.json", "model.weights.h5"]
    assert sorted(json.loads(content["metadata.json"])) == ["date_saved", "keras_version"]
    config = json.loads(content["config.json"])
    assert (config["module"], config["class_name"]) == ("keras", "Sequential")
    assert config["compile_config"]["optimizer"]["config"]["learning_rate"] == pytest.approx(0.01)


@pytest.mark.parametrize("zipped", [None, False])
def test_training_goes_on_as_if_it_had_not_stopped(tmp_path, zipped):
    made = model()
    made.fit(X, Y, epochs=2, verbose=0)
    path = tmp_path / ("m.keras" if zipped is None else "m")
    save_model(made, path, zipped=zipped)
    loaded = load_model(path)
    expected = made.fit(X, Y, epochs=3, verbose=0).history
    history = loaded.fit(X, Y, epochs=3, verbose=0).history
    assert sorted(history) == sorted(expected)
    for name, values in expected.items():  # the first steps of a model run without a plan, with other roundings
        np.testing.assert_allclose(history[name], values, rtol=1e-6)


def test_a_model_without_compile_arguments(tmp_path):
    model().save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras", compile=False)
    assert not loaded.compiled
    assert not hasattr(loaded, "optimizer")


def test_an_optimizer_that_made_no_step_yet(tmp_path):
    """Here that of a model inside: the outer one is not compiled."""
    outer = keras.Sequential([keras.Input((3,)), model()])
    outer.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")  # without the warning that Keras has
    assert (loaded.compiled, loaded.layers[0].compiled) == (False, True)
    assert int(loaded.layers[0].optimizer.iterations) == 0


def test_an_unbuilt_model_is_saved_with_a_warning(tmp_path):
    made = keras.Sequential([keras.layers.Dense(2)])
    with pytest.warns(UserWarning, match="no weights to save"):
        made.save(tmp_path / "m.keras")
    assert not load_model(tmp_path / "m.keras").built


def test_arguments_of_older_programs(tmp_path):
    with pytest.warns(UserWarning, match="save_format"):
        model().save(tmp_path / "m.keras", save_format="keras")
    with pytest.warns(UserWarning, match="compile=False"):
        model().save(tmp_path / "m.keras", include_optimizer=False)
    with pytest.raises(ValueError, match=r"model\.save\('m\.keras'\)"):
        model().save("m")


def test_other_computers_files(tmp_path):
    for action in (model().save, model().load_weights, load_model):
        with pytest.raises(ValueError, match="files of this computer"):
            action("hf://someone/model")


def test_folders_of_layers_without_files_are_left_out(tmp_path):
    class Quiet(keras.layers.Layer):
        def call(self, x):
            return x

        def save_assets(self, dir_path):
            pass

        def load_assets(self, dir_path):
            self.seen = dir_path

    made = keras.Sequential([keras.Input((3,)), Quiet()])
    made.save(tmp_path / "m", zipped=False)
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "config.json",
        "metadata.json",
        "model.weights.h5",
    ]
    made.save(tmp_path / "m.keras")
    assert not hasattr(load_model(tmp_path / "m.keras", custom_objects={"Quiet": Quiet}).layers[0], "seen")


def test_names_in_models(tmp_path):
    keras.models.save_model(model(), tmp_path / "m.keras")
    assert keras.models.load_model is load_model
    with pytest.raises(AttributeError, match="load_modl"):
        keras.models.load_modl  # noqa: B018
