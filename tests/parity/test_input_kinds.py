"""Layers on booleans, text and complex numbers, against the live tf.keras: what one refuses the other does too."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import minikeras  # noqa: E402

IMAGES, SERIES, ROWS = (2, 8, 8, 4), (2, 6, 4), (2, 4)
LAYERS = {  # layer: (arguments, shape of an input, number of inputs)
    "Dense": ({"units": 2}, ROWS, 1),
    "Conv1D": ({"filters": 2, "kernel_size": 3}, SERIES, 1),
    "Conv2D": ({"filters": 2, "kernel_size": 3}, IMAGES, 1),
    "Conv3D": ({"filters": 2, "kernel_size": 2}, (2, 4, 4, 4, 2), 1),
    "Conv1DTranspose": ({"filters": 2, "kernel_size": 3}, SERIES, 1),
    "Conv2DTranspose": ({"filters": 2, "kernel_size": 3}, IMAGES, 1),
    "DepthwiseConv2D": ({"kernel_size": 3}, IMAGES, 1),
    "SeparableConv1D": ({"filters": 2, "kernel_size": 3}, SERIES, 1),
    "MaxPooling1D": ({}, SERIES, 1),
    "MaxPooling2D": ({}, IMAGES, 1),
    "MaxPooling3D": ({}, (2, 4, 4, 4, 2), 1),
    "AveragePooling2D": ({"pool_size": 2}, IMAGES, 1),
    "AdaptiveMaxPooling2D": ({"output_size": 3}, IMAGES, 1),
    "AdaptiveAveragePooling2D": ({"output_size": 3}, IMAGES, 1),
    "GlobalMaxPooling1D": ({}, SERIES, 1),
    "GlobalAveragePooling2D": ({}, IMAGES, 1),
    "UnitNormalization": ({}, ROWS, 1),
    "Attention": ({}, SERIES, 2),
    "AdditiveAttention": ({}, SERIES, 2),
    "LSTM": ({"units": 2}, SERIES, 1),
    "GRU": ({"units": 2}, SERIES, 1),
    "SimpleRNN": ({"units": 2}, SERIES, 1),
    "ConvLSTM1D": ({"filters": 2, "kernel_size": 2}, (2, 3, 6, 2), 1),
    "GaussianNoise": ({"stddev": 0.3}, ROWS, 1),
    "GaussianDropout": ({"rate": 0.3}, ROWS, 1),
    "AlphaDropout": ({"rate": 0.3}, ROWS, 1),
    "Dropout": ({"rate": 0.3}, ROWS, 1),
    "ActivityRegularization": ({"l2": 0.1}, ROWS, 1),
    "Add": ({}, ROWS, 2),
    "Subtract": ({}, ROWS, 2),
    "Multiply": ({}, ROWS, 2),
    "Average": ({}, ROWS, 2),
    "Maximum": ({}, ROWS, 2),
    "Minimum": ({}, ROWS, 2),
    "Dot": ({"axes": 1}, ROWS, 2),
    "Concatenate": ({}, ROWS, 2),
    "PReLU": ({}, ROWS, 1),
    "ReLU": ({}, ROWS, 1),
    "Softmax": ({}, ROWS, 1),
    "UpSampling2D": ({"interpolation": "bilinear"}, IMAGES, 1),
    "Resizing": ({"height": 4, "width": 4}, (2, 8, 8, 3), 1),
    "RandomBrightness": ({"factor": 0.2}, (2, 8, 8, 3), 1),
    "RandomContrast": ({"factor": 0.2}, (2, 8, 8, 3), 1),
    "CategoryEncoding": ({"num_tokens": 4}, (2, 3), 1),
}
TRAINING = ("GaussianNoise", "GaussianDropout", "AlphaDropout", "Dropout", "RandomBrightness", "RandomContrast")


def refusal(keras, constant, name, dtype):
    """The error of the layer on zeros and ones of the dtype, None if it computes."""
    arguments, shape, count = LAYERS[name]
    layer = getattr(keras.layers, name)(**arguments)
    values = np.random.default_rng(0).integers(0, 2, shape)
    x = constant(values.astype(str).astype(object) if dtype == "string" else values.astype(dtype))
    training = {"training": True} if name in TRAINING else {}
    try:
        layer([x] * count if count > 1 else x, **training)
    except Exception as error:
        return error
    return None


@pytest.mark.filterwarnings("ignore:Casting complex")
@pytest.mark.parametrize("dtype", ["bool", "string", "complex64"])
@pytest.mark.parametrize("name", LAYERS)
def test_same_kinds_are_refused(name, dtype):
    theirs = refusal(tf.keras, tf.constant, name, dtype)
    ours = refusal(minikeras, minikeras.ops.convert_to_tensor, name, dtype)
    assert (ours is None) == (theirs is None), (ours, theirs)
    if dtype != "string" and ours is not None:  # TensorFlow refuses text with four types of errors
        assert type(ours).__name__ == type(theirs).__name__
