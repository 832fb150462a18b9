"""`.h5` files: each side reads the other's, and both read those of Keras 2."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.backends import keras
from tests.parity.comparing import LAYER, STEPS, assert_close
from tests.parity.saving_cases import MODELS, X, fill, inputs_of, layout, predictions
from tests.unit.saving import keras_2_files

# Keras's own variables warn NumPy 2 when they are written.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:(You are saving your model as an HDF5 file|HDF5 is an old format):UserWarning"),
]
BACKENDS = {"minikeras": minikeras, "keras": keras}
# Without the models that Keras 3 cannot read from such a file itself: those of one's own classes, and those with ops,
# which it takes for layers of the same name.
NAMES = ["sequential", "unbuilt_start", "convolutional", "embedding"]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", NAMES)
def test_each_side_reads_the_models_of_the_other(name, tmp_path):
    layouts = {}
    for writer, module in BACKENDS.items():
        model = MODELS[name](module)
        fill(model.weights, 5)
        model.save(tmp_path / "m.h5")
        layouts[writer] = layout(tmp_path / "m.h5")
        expected = predictions(model, inputs_of(name))
        for reader, other in BACKENDS.items():
            loaded = other.models.load_model(tmp_path / "m.h5", compile=False)
            for ours, theirs in zip(predictions(loaded, inputs_of(name)), expected, strict=True):
                assert_close("legacy files", ours, theirs, LAYER, f"{name}, {writer} → {reader}")
    assert layouts["minikeras"] == layouts["keras"]


@pytest.mark.parametrize("writer", BACKENDS)
def test_ops_in_a_model_are_read(writer, tmp_path):
    """Those that minikeras wrote by Keras too, which cannot read its own."""
    model = MODELS["functional"](BACKENDS[writer])
    fill(model.weights, 5)
    model.save(tmp_path / "m.h5")
    for reader in ["minikeras", "keras"] if writer == "minikeras" else ["minikeras"]:
        loaded = BACKENDS[reader].models.load_model(tmp_path / "m.h5", compile=False)
        for ours, theirs in zip(predictions(loaded, X), predictions(model, X), strict=True):
            assert_close("legacy files", ours, theirs, LAYER, f"functional, {writer} → {reader}")


@pytest.mark.parametrize("writer", BACKENDS)
def test_training_goes_on(writer, tmp_path):
    """In minikeras: Keras builds the optimizer of a model from such a file without variables, and `fit` fails."""
    module = BACKENDS[writer]
    model = MODELS["unbuilt_start"](module)
    model.compile(module.optimizers.Adam(0.05), module.losses.MeanSquaredError(), metrics=["mae"])
    y = np.ones((16, 2), "float32")
    how = {"batch_size": 8, "shuffle": False, "verbose": 0}
    model.fit(X, y, epochs=2, **how)
    model.save(tmp_path / "m.h5")
    expected = model.fit(X, y, epochs=3, **how).history
    loaded = minikeras.models.load_model(tmp_path / "m.h5")
    history = loaded.fit(X, y, epochs=3, **how).history
    for key in ("loss", "mean_absolute_error"):  # the short name of a metric does not come back, as in Keras
        values = expected["mae" if key != "loss" else key]
        assert_close("training from files", history[key], values, STEPS, f"{writer} → minikeras")


def test_keras_reads_short_names_of_losses_that_minikeras_wrote(tmp_path):
    model = MODELS["unbuilt_start"](minikeras)
    model.compile("sgd", "mse", metrics=["mae", minikeras.metrics.MeanSquaredError(name="m")])
    model.save(tmp_path / "m.h5")
    y = np.ones((16, 2), "float32")
    ours, theirs = (
        module.models.load_model(tmp_path / "m.h5").evaluate(X, y, verbose=0, return_dict=True)
        for module in BACKENDS.values()
    )
    assert sorted(ours) == sorted(theirs)
    for name, value in theirs.items():
        assert_close("legacy files", ours[name], value, LAYER, name)


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning")
def test_files_of_keras_2(tmp_path):
    weights = keras_2_files.weights_of_sequential()
    keras_2_files.write(tmp_path / "m.h5", weights, keras_2_files.sequential())
    loaded = [module.models.load_model(tmp_path / "m.h5", compile=False) for module in BACKENDS.values()]
    ours, theirs = (predictions(model, X)[0] for model in loaded)
    assert_close("legacy files", ours, theirs, LAYER, "Keras 2")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("by_name", [False, True])
def test_weights_from_a_model_file(by_name, tmp_path):
    module = minikeras
    model = MODELS["sequential"](module)
    fill(model.weights, 3)
    model.save(tmp_path / "m.h5")
    for other in BACKENDS.values():
        other.utils.clear_session()
        loaded = MODELS["sequential"](other)
        loaded.load_weights(tmp_path / "m.h5", by_name=by_name)
        for ours, theirs in zip(loaded.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
