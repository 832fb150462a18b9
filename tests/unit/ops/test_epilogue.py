"""A layer's product, bias and relu as one op: the numbers are those of the single ops."""

import numpy as np
import pytest

from minikeras import GradientTape, Tensor, layers
from minikeras.kernels.registry import references
from minikeras.ops import epilogue

# Sums of up to 300 products of numbers about 1 in another order, in float32, relative to the largest.
TOLERANCE = 1e-5

LAYERS = {
    "dense": (lambda: layers.Dense(10, "relu"), (32, 100)),
    "large dense": (lambda: layers.Dense(300, "relu"), (300, 200)),
    "dense of stacks, without relu": (lambda: layers.Dense(10), (4, 5, 6)),
    "dense with another activation": (lambda: layers.Dense(10, "tanh"), (4, 6)),
    "convolution": (lambda: layers.Conv2D(16, 3, padding="same", activation="relu"), (8, 24, 24, 3)),
    "strided convolution": (lambda: layers.Conv2D(5, 3, strides=2), (2, 9, 8, 3)),
    "convolution in groups": (lambda: layers.Conv2D(6, 2, groups=3, activation="relu"), (2, 5, 4, 3)),
    "channels first": (lambda: layers.Conv2D(4, 3, data_format="channels_first", activation="relu"), (2, 3, 6, 5)),
    "depthwise": (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"), (2, 6, 5, 4)),
    "separable": (lambda: layers.SeparableConv2D(6, 3, activation="relu"), (2, 6, 5, 4)),
    "transposed": (lambda: layers.Conv2DTranspose(4, 3, strides=2, activation="relu"), (2, 5, 4, 3)),
}


def value_and_gradients(layer, x, seed):
    """(the layer's output, gradients by input and weights, names of the ops on the tape)."""
    x = Tensor(x)
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = layer(x)
    gradients = tape.gradient(y, [x, *layer.trainable_variables], output_gradients=Tensor(seed))
    return [y, *gradients], [type(call.op).__name__ for call in tape.calls]


@pytest.mark.parametrize("name", LAYERS)
def test_one_op_gives_the_numbers_of_the_single_ops(name, monkeypatch):
    make, shape = LAYERS[name]
    layer = make()
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype("float32")
    layer.build(shape)
    for weight in layer.trainable_variables:  # always the same: near 0 both sides' roundings may differ in relu's sign
        weight.assign(rng.normal(scale=0.1, size=weight.shape))
    seed = rng.normal(size=layer(x).shape).astype("float32")
    together, names = value_and_gradients(layer, x, seed)
    assert "ProductEpilogue" in names
    assert "Add" not in names
    monkeypatch.setattr(epilogue, "can_fuse", lambda *operands: False)
    apart, names = value_and_gradients(layer, x, seed)
    assert "ProductEpilogue" not in names
    for actual, expected in zip(together, apart, strict=True):
        limit = TOLERANCE * np.abs(expected).max()
        np.testing.assert_allclose(actual, expected, rtol=0, atol=limit)


def test_a_bias_without_a_gradient():
    layer = layers.Dense(3, "relu")
    layer.build((None, 4))
    x = Tensor(np.ones((2, 4), "float32"))
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(layer.kernel)
        y = layer(x)
    dkernel, dbias = tape.gradient(y, [layer.kernel, layer.bias])
    assert dkernel.shape == (4, 3)
    assert dbias is None


def test_a_bias_that_was_frozen_after_it_was_made_has_a_gradient():
    layer = layers.Dense(3, "relu")
    layer.build((None, 4))
    layer.bias.trainable = False
    with GradientTape() as tape:
        y = layer(np.ones((2, 4), "float32"))
    np.testing.assert_array_equal(tape.gradient(y, layer.bias), np.sum(y.array > 0, axis=0))


def test_float64_and_half_precision_are_single_ops():
    for dtype in ("float64", "float16"):
        layer = layers.Dense(3, "relu", dtype=dtype)
        with GradientTape() as tape:
            y = layer(np.ones((2, 4), dtype))
        assert y.dtype == dtype
        assert "ProductEpilogue" not in [type(call.op).__name__ for call in tape.calls]


def test_bias_and_relu_by_numpy():
    for name in ("large dense", "convolution"):
        make, shape = LAYERS[name]
        layer = make()
        layer.build(shape)
        x = np.random.default_rng(1).normal(size=shape).astype("float32")
        with references():
            assert np.asarray(layer(x)).min() == 0.0
