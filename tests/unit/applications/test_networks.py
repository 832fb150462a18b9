"""The constructors of `keras.applications`: shapes, ends, checks of arguments, configs and files."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import minikeras as keras
from minikeras import applications
from tests.parity.application_rows import made
from tests.unit.applications.network_plans import STEPS, plans_of, widest_cut

SMALL = {"alpha": 0.25, "weights": None}  # arguments of a MobileNet of 200,000 parameters
CONSTRUCTORS = [name for name in applications.__all__ if inspect.isfunction(getattr(applications, name))]
LARGEST_ERROR = 1e-6  # the same computation, fused in another way


@pytest.fixture(autouse=True)
def fresh_names():
    keras.utils.clear_session(free_memory=False)


def mobilenet(**arguments):
    return applications.MobileNet(**{**SMALL, **arguments})


def test_all_constructors_share_their_arguments():
    shared = {"include_top", "weights", "input_tensor", "input_shape", "pooling", "classes", "classifier_activation"}
    assert len(CONSTRUCTORS) == 40
    for name in CONSTRUCTORS:
        assert shared | {"name"} <= set(inspect.signature(getattr(applications, name)).parameters), name


@pytest.mark.parametrize(
    "arguments, input_shape, output_shape, name",
    [
        ({}, (None, 224, 224, 3), (None, 1000), "mobilenet_0.25_224"),
        ({"input_shape": (32, 40, 1), "classes": 5}, (None, 32, 40, 1), (None, 5), "mobilenet_0.25_32"),
        ({"include_top": False}, (None, None, None, 3), (None, None, None, 256), "mobilenet_0.25_None"),
        ({"include_top": False, "input_shape": (64, 32, 3)}, (None, 64, 32, 3), (None, 2, 1, 256), None),
        ({"include_top": False, "pooling": "avg"}, (None, None, None, 3), (None, 256), None),
        ({"include_top": False, "pooling": "max", "name": "mine"}, (None, None, None, 3), (None, 256), "mine"),
    ],
)
def test_shapes_and_names(arguments, input_shape, output_shape, name):
    model = mobilenet(**arguments)
    assert model.input_shape == input_shape
    assert model.output_shape == output_shape
    assert name is None or model.name == name


def test_an_input_tensor_takes_the_layers_in_front_into_the_model():
    image = keras.Input((32, 32, 3), name="image")
    model = mobilenet(input_tensor=keras.layers.Rescaling(2.0)(image), include_top=False)
    assert [layer.name for layer in model.layers[:3]] == ["image", "rescaling", "conv1"]


def test_pooling_is_the_mean_and_the_maximum_of_the_feature_maps():
    x = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype("float32")
    base = mobilenet(include_top=False, input_shape=(64, 64, 3))
    maps = base.predict(x, verbose=0)
    for pooling, reduce in (("avg", np.mean), ("max", np.max)):
        model = mobilenet(include_top=False, input_shape=(64, 64, 3), pooling=pooling)
        model.set_weights(base.get_weights())
        np.testing.assert_allclose(model.predict(x, verbose=0), reduce(maps, axis=(1, 2)), atol=LARGEST_ERROR)


@pytest.mark.parametrize(
    "arguments, part",
    [
        ({"weights": "no/such/file.h5"}, "no such file"),
        ({"weights": "imagenet", "classes": 10}, "knows 1000 classes"),
        ({"weights": "imagenet", "classifier_activation": "relu"}, "'softmax', or None"),
        ({"weights": "imagenet", "input_shape": (64, 64, 3)}, r"takes images of shape \(224, 224, 3\)"),
        ({"weights": "imagenet", "input_shape": (64, 64, 1), "include_top": False}, "for 3 channels"),
        ({"weights": "imagenet", "alpha": 0.3}, "`alpha` in"),
        ({"weights": "imagenet", "depth_multiplier": 2, "alpha": 1.0}, "`depth_multiplier` in"),
        ({"input_shape": (64, 64)}, "three lengths"),
        ({"input_shape": (31, 64, 3)}, "at least 32×32"),
        ({"input_shape": (None, 64, 3)}, "one known size"),
        ({"input_tensor": np.zeros((1, 32, 32, 3))}, "symbolic tensor"),
    ],
)
def test_arguments_that_do_not_fit(arguments, part):
    with pytest.raises(ValueError, match=part):
        mobilenet(**arguments)


def test_unusual_arguments_get_a_warning():
    with pytest.warns(UserWarning, match="1 or 3 channels"):
        mobilenet(input_shape=(32, 32, 4), include_top=False)
    with pytest.warns(UserWarning, match="`pooling` is None"):
        mobilenet(pooling="sum", include_top=False)


def test_input_tensor_and_shape_must_agree():
    with pytest.raises(ValueError, match="must agree"):
        applications.MobileNetV2(weights=None, input_tensor=keras.Input((64, 64, 3)), input_shape=(32, 32, 3))


def test_channels_first_changes_the_axes():
    keras.config.set_image_data_format("channels_first")
    try:
        model = mobilenet(input_shape=(3, 32, 40), classes=4)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert model.input_shape == (None, 3, 32, 40)
    assert model.get_layer("conv_pw_1").output.shape == (None, 16, 16, 20)
    assert model.output_shape == (None, 4)


@pytest.mark.parametrize("name", ["ConvNeXtTiny", "InceptionResNetV2"])
@pytest.mark.full
def test_configs_with_layers_of_their_own_are_read_back(name):
    model = getattr(applications, name)(weights=None, include_top=False, input_shape=(75, 75, 3))
    config = model.get_config()
    assert keras.Model.from_config(config).get_config() == config


def test_a_file_of_weights_gives_the_same_predictions(tmp_path):
    x = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
    model = mobilenet(input_shape=(32, 32, 3), classes=3)
    model.save_weights(tmp_path / "mobilenet.weights.h5")
    again = mobilenet(input_shape=(32, 32, 3), classes=3, weights=tmp_path / "mobilenet.weights.h5")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.full
def test_every_operation_of_a_network_runs_compiled_in_little_memory():
    """Of one with depthwise convolutions, squeeze-and-excite and hard-swish; docs/applications.md has each family."""
    model, plans, not_compiled = plans_of("MobileNetV3Small", {})
    assert not_compiled == {"train": set(), "predict": set()}
    titles = [instruction.title for instruction in plans["predict"].instructions]
    convolutions = [layer for layer in model.layers if "Conv2D" in type(layer).__name__]
    assert sum(title.startswith(("product", "convolution")) for title in titles) == len(convolutions) == 54
    assert plans["predict"].arena.nbytes <= widest_cut(model)


@pytest.mark.full
@pytest.mark.parametrize("name", ["MobileNetV2", "DenseNet121", "NASNetMobile", "EfficientNetV2B0"])
def test_predictions_take_no_more_memory_than_outputs_of_layers_need(name):
    model = made(keras, name, include_top=True, input_shape=(96, 96, 3))
    for _ in range(STEPS):
        model.predict(np.zeros((1, 96, 96, 3), "float32"), verbose=0)
    (plan,) = model._planner.entries.values()
    assert plan.arena.nbytes <= widest_cut(model)


@pytest.mark.full
def test_import_minikeras_does_not_load_the_networks():
    code = (
        "import sys, minikeras; assert 'minikeras.applications' not in sys.modules;"
        "minikeras.applications.vgg16.VGG16; from minikeras.applications import ResNet50"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
