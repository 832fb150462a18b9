"""DepthwiseConv2D, SeparableConv2D and Conv2DTranspose: what they compute, what they refuse, what they keep."""

import numpy as np
import pytest

from minikeras import layers, ops

SAME_SUMS = 1e-12  # the same float64 values, added in another order
X = np.random.default_rng(0).normal(size=(2, 7, 8, 4))


def built(layer, shape=(2, 7, 8, 4)):
    layer.build(shape)
    for seed, weight in enumerate(layer.weights):
        weight.assign(np.random.default_rng(seed).normal(size=weight.shape))
    return layer


def test_a_depthwise_convolution_is_one_convolution_per_channel():
    layer = built(layers.DepthwiseConv2D(3, depth_multiplier=2, dtype="float64"))
    kernel, bias = layer.get_weights()
    for channel in range(4):
        expected = ops.conv(X[..., channel : channel + 1], kernel[:, :, channel : channel + 1])
        own = slice(2 * channel, 2 * channel + 2)
        np.testing.assert_allclose(layer(X)[..., own], expected + bias[own], rtol=SAME_SUMS, atol=SAME_SUMS)


def test_a_separable_convolution_is_a_depthwise_and_a_pointwise_one():
    arguments = {"strides": 2, "padding": "same", "dtype": "float64"}
    layer = built(layers.SeparableConv2D(5, 3, depth_multiplier=2, activation="tanh", **arguments))
    depthwise = built(layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False, **arguments))
    pointwise = built(layers.Conv2D(5, 1, activation="tanh", dtype="float64"), (2, 4, 4, 8))
    depthwise.set_weights(layer.get_weights()[:1])
    pointwise.set_weights(layer.get_weights()[1:])
    np.testing.assert_allclose(layer(X), pointwise(depthwise(X)), rtol=SAME_SUMS, atol=SAME_SUMS)


@pytest.mark.parametrize("output_padding", [None, 0, (1, 0)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_transposed_convolution_is_the_adjoint_of_a_convolution(padding, output_padding):
    """⟨conv(y), x⟩ = ⟨y, conv_transpose(x)⟩ for all x and y."""
    transposed = built(
        layers.Conv2DTranspose(
            3, 3, strides=2, padding=padding, output_padding=output_padding, use_bias=False, dtype="float64"
        )
    )
    result = np.asarray(transposed(X))
    y = np.random.default_rng(9).normal(size=result.shape)
    forward = layers.Conv2D(4, 3, strides=2, padding=padding, use_bias=False, dtype="float64")
    forward.build(y.shape)
    forward.set_weights(transposed.get_weights())
    np.testing.assert_allclose(np.sum(forward(y) * X), np.sum(y * result), rtol=SAME_SUMS)


SHAPES = [
    (layers.DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 2}, (5, 6, 8)),
    (layers.DepthwiseConv2D, {"kernel_size": 3, "strides": 2, "dilation_rate": 2}, (2, 2, 4)),
    (layers.SeparableConv2D, {"filters": 5, "kernel_size": (1, 3), "padding": "SAME"}, (7, 8, 5)),
    (layers.Conv2DTranspose, {"filters": 5, "kernel_size": 3}, (9, 10, 5)),
    (layers.Conv2DTranspose, {"filters": 5, "kernel_size": 1, "strides": 3}, (21, 24, 5)),
    (layers.Conv2DTranspose, {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same"}, (14, 16, 5)),
    (layers.Conv2DTranspose, {"filters": 5, "kernel_size": 3, "strides": 2, "output_padding": (1, 0)}, (16, 17, 5)),
    (layers.Conv2DTranspose, {"filters": 5, "kernel_size": 2, "dilation_rate": 3}, (10, 11, 5)),
]


@pytest.mark.parametrize("cls, arguments, expected", SHAPES)
def test_shapes(cls, arguments, expected):
    layer = cls(**arguments)
    assert tuple(layer.compute_output_shape((None, 7, 8, 4))) == (None, *expected)
    assert tuple(layer.compute_output_shape((None, None, 8, 4))) == (None, None, *expected[1:])
    assert layer(X.astype("float32")).shape == (2, *expected)


REFUSED = [
    (layers.DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 0}, "depth_multiplier"),
    (layers.DepthwiseConv2D, {"kernel_size": 9}, "cannot take input_shape"),
    (layers.SeparableConv2D, {"filters": 0, "kernel_size": 3}, "filters"),
    (layers.SeparableConv2D, {"filters": 2, "kernel_size": 3, "padding": "causal"}, "padding"),
    (layers.Conv2DTranspose, {"filters": -1, "kernel_size": 3}, "filters"),
    (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2, "dilation_rate": 2}, "is not compatible"),
    (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 2}, "output_padding"),
    (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": -1}, "output_padding"),
    (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": (1,)}, "output_padding"),
    (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 0.5}, "output_padding"),
]


@pytest.mark.parametrize("cls, arguments, message", REFUSED)
def test_what_is_refused(cls, arguments, message):
    with pytest.raises(ValueError, match=message):
        cls(**arguments)(X.astype("float32"))


@pytest.mark.parametrize("cls, arguments, _", SHAPES)
def test_unknown_or_changed_channels_are_refused(cls, arguments, _):
    with pytest.raises(ValueError, match="must be known"):
        cls(**arguments).build((None, 7, 8, None))
    layer = built(cls(**arguments))
    with pytest.raises(ValueError, match="axis -1"):
        layer(X[..., :3])


def test_penalties_and_constraints_of_every_weight():
    parts = ("depthwise", "pointwise", "bias")
    layer = layers.SeparableConv2D(
        5,
        3,
        bias_initializer="ones",
        **{f"{part}_regularizer": "l2" for part in parts},
        **{f"{part}_constraint": "non_neg" for part in parts},
    )
    layer(X.astype("float32"))
    assert len(layer.losses) == 3
    assert all(weight.constraint is not None for weight in layer.weights)


@pytest.mark.parametrize("cls, arguments, _", SHAPES)
def test_a_config_makes_the_same_layer(cls, arguments, _):
    layer = cls(**arguments, activation="relu", name="named")
    again = cls.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.compute_output_shape((None, 7, 8, 4)) == layer.compute_output_shape((None, 7, 8, 4))
