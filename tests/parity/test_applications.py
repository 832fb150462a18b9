"""`keras.applications` against the live Keras: configs, weights, files in both directions, predictions."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.application_layers import layer_deviations
from tests.parity.application_rows import FAMILIES, description, deviation, first_difference, images, made, randomize
from tests.rows import quick_rows

import keras  # isort: skip

LARGEST_DEVIATION = 1e-4  # of predictions, relative: float32 rounding through a hundred layers
SAME_LAYER = {"float64": 1e-12, "float32": 1e-5}  # rounding in one layer; Winograd's method takes most of the second
ROUNDED_SCALE = 2e-7  # Keras rounds 1 / 255 to float32 in float64 networks, too, by 5.9e-8; here it is exact
QUICK = ["MobileNet"]
legacy_files = pytest.mark.filterwarnings("ignore:HDF5 is an old format", "ignore:__array__ implementation")


@legacy_files
@pytest.mark.parametrize("name", quick_rows(FAMILIES, QUICK))
def test_networks_are_keras_own(name, tmp_path):
    theirs = made(keras, name, **FAMILIES[name])
    ours = made(minikeras, name, **FAMILIES[name])
    assert first_difference(description(ours), description(theirs)) is None
    randomize(theirs)
    theirs.save(tmp_path / "theirs.h5")
    x = images(name)
    expected = np.asarray(theirs(x))
    ours = made(minikeras, name, **FAMILIES[name], weights=str(tmp_path / "theirs.h5"))
    assert deviation(ours.predict(x, verbose=0), expected) < LARGEST_DEVIATION
    assert deviation(np.asarray(ours(x)), expected) < LARGEST_DEVIATION


@pytest.mark.full
@pytest.mark.parametrize("dtype", SAME_LAYER)
def test_each_layer_of_a_deep_network_alone(dtype):
    """Random weights magnify roundings in very deep networks until logits say nothing; layers alone still do."""
    found = layer_deviations("EfficientNetV2B0", dtype)
    assert len(found) == 272
    assert found.pop("rescaling") < ROUNDED_SCALE
    assert max(found.values()) < SAME_LAYER[dtype]


@legacy_files
@pytest.mark.full
def test_files_go_both_ways_by_order_and_by_name(tmp_path):
    arguments = {"alpha": 0.25}
    ours = made(minikeras, "MobileNet", **arguments)
    randomize(ours)
    ours.save(tmp_path / "ours.h5")
    ours.save(tmp_path / "ours.keras")
    x = images("MobileNet")
    expected = ours.predict(x, verbose=0)
    theirs = made(keras, "MobileNet", **arguments, weights=str(tmp_path / "ours.h5"))
    assert deviation(np.asarray(theirs(x)), expected) < LARGEST_DEVIATION
    assert deviation(np.asarray(keras.models.load_model(tmp_path / "ours.keras")(x)), expected) < LARGEST_DEVIATION
    theirs.save(tmp_path / "theirs.h5")
    named = made(minikeras, "MobileNet", **arguments)
    named.load_weights(tmp_path / "theirs.h5", by_name=True)
    np.testing.assert_array_equal(named.predict(x, verbose=0), expected)


@legacy_files
@pytest.mark.full
def test_files_of_a_network_with_layers_of_its_own(tmp_path):
    theirs = made(keras, "ConvNeXtTiny", include_top=False)
    theirs.save(tmp_path / "theirs.keras")
    ours = minikeras.models.load_model(tmp_path / "theirs.keras")
    assert first_difference(description(ours)["config"], description(theirs)["config"]) is None
    ours.save(tmp_path / "ours.keras")
    again = keras.models.load_model(tmp_path / "ours.keras")
    for value, expected in zip(again.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(value, expected)


MISTAKES = [
    {"weights": "no/such/file.h5"},
    {"weights": "imagenet", "classes": 10},
    {"weights": "imagenet", "input_shape": (64, 64, 3)},
    {"weights": "imagenet", "input_shape": (64, 64, 1), "include_top": False},
    {"weights": None, "input_shape": (64, 64)},
    {"weights": None, "input_shape": (16, 64, 3)},
    {"weights": None, "input_shape": (None, None, 3)},
    {"weights": None, "input_tensor": [1.0], "include_top": False},
    {"weights": None, "classes": 0, "input_shape": (32, 32, 3)},
]


@pytest.mark.parametrize("arguments", MISTAKES, ids=str)
def test_the_same_arguments_are_refused(arguments):
    for side in (minikeras, keras):
        with pytest.raises(ValueError, match=r"."):
            side.applications.MobileNet(alpha=0.25, **arguments)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_preprocessing_is_equal_bit_for_bit(mode):
    x = np.random.default_rng(0).uniform(0, 255, (2, 4, 5, 3))
    for dtype in ("uint8", "float16", "float32", "float64"):
        ours, theirs = (
            side.applications.imagenet_utils.preprocess_input(x.astype(dtype), mode=mode) for side in (minikeras, keras)
        )
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    turned = x.transpose(0, 3, 1, 2).astype("float32")
    ours, theirs = (
        side.applications.imagenet_utils.preprocess_input(turned.copy(), data_format="channels_first", mode=mode)
        for side in (minikeras, keras)
    )
    np.testing.assert_array_equal(ours, theirs)
