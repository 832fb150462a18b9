"""Kernels that take another way for large float32 arrays: by jobs on all threads, with the numbers of the small way."""

import numpy as np
import pytest

from minikeras import GradientTape, Tensor, ops
from minikeras.kernels import (
    activation,
    batch_normalization,
    columns,
    crossentropy,
    elementwise,
    layer_normalization,
    pooling,
    softmax,
    tasks,
)

# Sums of up to 12000 float32 numbers about 1 in another order, relative to their largest.
TOLERANCE = 2e-5

SHAPE = (12, 33, 31, 7)  # more than `tasks.LARGE` numbers
GEOMETRY = (2, 3), (2, 2), ((0, 1), (1, 1))
VECTOR = np.linspace(0.5, 2, SHAPE[-1], dtype=np.float32)
DY_POOLED = (12, 17, 16, 7)


def pooled(function, *arguments):
    dy = np.random.default_rng(3).standard_normal(DY_POOLED, dtype=np.float32)
    return function(dy, *arguments)


def max_pool_there_and_back(x, y):
    maxima, places = pooling.max_pool_with_argmax(x, *GEOMETRY)
    return maxima, places, pooling.max_pool_gradient(maxima, places, SHAPE[1:3], *GEOMETRY)


def one_pixel_of(x):
    return np.broadcast_to(x[:, 4:5, 5:6], x.shape)


def there_and_back(function, x, dy):
    x = Tensor(x)
    with GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return [y.array, tape.gradient(y, x, output_gradients=Tensor(dy)).array]


def crossentropy_there_and_back(x, y):
    labels = (np.arange(x.size // x.shape[-1]) % 9 - 1).reshape(x.shape[:-1])  # two of nine without a class
    loss, p = crossentropy.sparse_softmax_crossentropy(x, labels)
    return [np.nan_to_num(loss), p, crossentropy.sparse_softmax_crossentropy_gradient(y[..., 0], p, labels)]


FUNCTIONS = {
    "add": lambda x, y: [elementwise.add(x, y)],
    "relu": lambda x, y: [activation.relu(x)],
    "relu gradient": lambda x, y: [activation.relu_gradient(x, y)],
    "sigmoid": lambda x, y: [activation.sigmoid(x), activation.sigmoid_gradient(y, x)],
    "silu": lambda x, y: [activation.silu(x), activation.silu_gradient(y, x)],
    "gelu": lambda x, y: [activation.gelu(x), activation.gelu_gradient(y, x)],
    "tanh gelu": lambda x, y: there_and_back(ops.gelu, x, y),
    "elu": lambda x, y: there_and_back(lambda x: ops.elu(x, 0.7), x, y),
    "leaky relu": lambda x, y: there_and_back(lambda x: ops.leaky_relu(x, 0.3), x, y),
    "softmax": lambda x, y: [softmax.softmax(x), softmax.softmax_gradient(softmax.softmax(x), y)],
    "crossentropy": crossentropy_there_and_back,
    "column sums": lambda x, y: [columns.column_sums(x)],
    "relu and bias gradient": columns.relu_and_bias_gradient,
    "relu gradient of a sum": lambda x, y: [activation.relu_gradient(x, y, x[::-1].copy())],
    "relu and bias gradient of a sum": lambda x, y: columns.relu_and_bias_gradient(x, y, x[::-1].copy()),
    "relu gradient of images": lambda x, y: [activation.relu_gradient(one_pixel_of(x), y)],
    "relu and bias gradient of images": lambda x, y: columns.relu_and_bias_gradient(one_pixel_of(x), y),
    "mean of images": lambda x, y: [ops.mean(x, (1, 2)).array, ops.mean(x, (-2, 1), keepdims=True).array],
    "standardization": lambda x, y: batch_normalization.standardization(x, VECTOR, -VECTOR, 1e-3),
    "batch normalization gradient": lambda x, y: batch_normalization.batch_normalization_gradient(
        y, x, VECTOR, 2 * VECTOR, -VECTOR, 1e-3
    ),
    "layer normalization": lambda x, y: layer_normalization.layer_normalization(x, VECTOR, -VECTOR, 1e-3),
    "layer normalization gradient": lambda x, y: layer_normalization.layer_normalization_gradient(
        y, x, x[..., 0], abs(y[..., 0]), VECTOR
    ),
    "max pooling": max_pool_there_and_back,
    "average pooling": lambda x, y: [pooling.average_pool(x, *GEOMETRY)],
    "average pooling gradient": lambda x, y: [pooled(pooling.average_pool_gradient, SHAPE[1:3], *GEOMETRY)],
}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_ways_give_the_same_numbers(name, order, monkeypatch):
    rng = np.random.default_rng(0)
    x, y = (np.array(rng.standard_normal(SHAPE, dtype=np.float32), order=order) for _ in range(2))
    assert tasks.goes_by_jobs(x, y) == (order == "C")
    large = FUNCTIONS[name](x, y)
    monkeypatch.setattr(tasks, "LARGE", 10**9)
    for actual, expected in zip(large, FUNCTIONS[name](x, y), strict=True):
        assert actual.shape == expected.shape
        assert actual.dtype == expected.dtype
        np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max())
