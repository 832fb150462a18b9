"""`preprocess_input`: the formula of each mode, for arrays and tensors, in either data format."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import applications
from minikeras.applications.imagenet_utils import preprocess_input

IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 4, 5, 3)).astype("float32")
EXPECTED = {
    "caffe": IMAGES[..., ::-1] - np.array([103.939, 116.779, 123.68]),
    "tf": IMAGES / 127.5 - 1,
    "torch": (IMAGES / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225]),
}
MODES = {  # of the modules; None leaves images as they are
    "caffe": ["resnet", "resnet50", "vgg16", "vgg19"],
    "tf": ["inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2", "nasnet", "resnet_v2", "xception"],
    "torch": ["densenet"],
    None: ["convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3"],
}
FLOAT32 = 2e-6  # relative rounding of the three operations; pixels near 0 cancel, so also as an absolute error
ROUNDING = {"rtol": FLOAT32, "atol": 3e-5}


@pytest.mark.parametrize("mode", EXPECTED)
def test_arrays_and_tensors_in_both_data_formats(mode):
    for images in (IMAGES, keras.ops.convert_to_tensor(IMAGES)):
        result = preprocess_input(images + 0, mode=mode)
        assert isinstance(result, type(images))
        np.testing.assert_allclose(result, EXPECTED[mode], **ROUNDING)
        turned = keras.ops.transpose(images, (0, 3, 1, 2))
        result = preprocess_input(np.array(turned), data_format="channels_first", mode=mode)
        np.testing.assert_allclose(result.transpose(0, 2, 3, 1), EXPECTED[mode], **ROUNDING)
    np.testing.assert_allclose(preprocess_input(IMAGES[0].copy(), mode=mode), EXPECTED[mode][0], **ROUNDING)


@pytest.mark.parametrize("mode", EXPECTED)
def test_symbolic_images_and_integers(mode):
    pixels = IMAGES.astype("uint8")
    expected = preprocess_input(pixels.astype("float32"), mode=mode)
    for images in (pixels, keras.ops.convert_to_tensor(pixels)):
        result = preprocess_input(images, mode=mode)
        assert str(result.dtype) == "float32"
        np.testing.assert_array_equal(result, expected)
    inputs = keras.Input((4, 5, 3), dtype="uint8")
    model = keras.Model(inputs, preprocess_input(inputs, mode=mode))
    np.testing.assert_allclose(model(pixels), expected, **ROUNDING)


def test_a_float_array_is_changed_in_place_and_keeps_its_dtype():
    for dtype in ("float16", "float32", "float64"):
        images = IMAGES.astype(dtype)
        result = preprocess_input(images, mode="tf")
        assert result is images
        assert result.dtype == dtype


@pytest.mark.parametrize("mode", MODES)
def test_each_module_has_the_mode_of_its_networks(mode):
    for name in MODES[mode]:
        result = getattr(applications, name).preprocess_input(IMAGES.copy())
        np.testing.assert_allclose(result, IMAGES if mode is None else EXPECTED[mode], **ROUNDING)


def test_unknown_modes_and_formats():
    with pytest.raises(ValueError, match="`mode` must be one of"):
        preprocess_input(IMAGES, mode="keras")
    with pytest.raises(ValueError, match="The `data_format` argument must be one of"):
        preprocess_input(IMAGES, data_format="last")


@pytest.mark.parametrize("mode", ["caffe", "torch"])
def test_images_without_three_channels_are_refused(mode):
    grey = IMAGES[..., :1]
    for images in (grey, keras.ops.convert_to_tensor(grey), keras.Input((4, 5, 1))):
        with pytest.raises(ValueError, match=r"must have 3 channels.* Received: shape .*, 1\)"):
            preprocess_input(images, mode=mode)
    with pytest.raises(ValueError, match="third last axis"):
        preprocess_input(IMAGES, data_format="channels_first", mode=mode)
    assert preprocess_input(keras.Input((None, None, None)), mode=mode).shape[-1] in (3, None)
    for images in (grey, grey[0, :, :, 0]):
        np.testing.assert_allclose(
            preprocess_input(images.copy(), "channels_first", "tf"), images / 127.5 - 1, **ROUNDING
        )


@pytest.mark.parametrize(
    "mode, classes",
    [
        ("caffe", ["GetItem", "GetItem", "GetItem", "Stack", "Add"]),
        ("tf", ["TrueDivide", "Subtract"]),
        ("torch", ["TrueDivide", "Add", "TrueDivide"]),
    ],
)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_layers_of_a_model_are_those_of_keras(mode, classes, data_format):
    inputs = keras.Input((4, 5, 3) if data_format == "channels_last" else (3, 4, 5))
    model = keras.Model(inputs, preprocess_input(inputs, data_format=data_format, mode=mode))
    assert [type(operation).__name__ for operation in model.operations[1:]] == classes
    images = np.array(IMAGES if data_format == "channels_last" else np.moveaxis(IMAGES, -1, 1), "float32")
    expected = preprocess_input(images.copy(), data_format=data_format, mode=mode)
    np.testing.assert_allclose(model(images), expected, **ROUNDING)
