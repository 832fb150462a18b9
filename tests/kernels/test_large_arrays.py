"""Both forms of a computation on float32 arrays, the jobs and the reference in NumPy, give the same numbers."""

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
    prepared,
    softmax,
    tasks,
)
from minikeras.kernels.registry import compiles, references

# Sums of up to 12000 float32 values about 1 in another order, relative to their largest.
TOLERANCE = 2e-5

SHAPE = (12, 33, 31, 7)  # more than `tasks.LARGE` numbers
GEOMETRY = (2, 3), (2, 2), ((0, 1), (1, 1))
VECTOR = np.linspace(0.5, 2, SHAPE[-1], dtype=np.float32)
DY_POOLED = (12, 17, 16, 7)


def pooled(function, *arguments):
    dy = np.random.default_rng(3).standard_normal(DY_POOLED, dtype=np.float32)
    return function(dy, *arguments)


def max_pool_there_and_back(x, y):
    maxima, positions = pooling.max_pool_with_argmax(x, *GEOMETRY)
    return maxima, positions, pooling.max_pool_gradient(maxima, positions, SHAPE[1:3], *GEOMETRY)


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
    "log softmax": lambda x, y: [softmax.log_softmax(x)],
    "softmax": lambda x, y: [softmax.softmax(x), softmax.softmax_gradient(softmax.softmax(x), y)],
    "crossentropy": crossentropy_there_and_back,
    "column sums": lambda x, y: [columns.column_sums(x)],
    "relu and bias gradient": columns.relu_and_bias_gradient,
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
def test_both_forms_give_the_same_numbers(name, order):
    rng = np.random.default_rng(0)
    x, y = (np.array(rng.standard_normal(SHAPE, dtype=np.float32), order=order) for _ in range(2))
    assert tasks.should_use_jobs(x, y) == (compiles() and order == "C")
    by_jobs = FUNCTIONS[name](x, y)
    with references():
        expected = FUNCTIONS[name](x, y)
    for actual, by_reference in zip(by_jobs, expected, strict=True):
        assert actual.shape == by_reference.shape
        assert actual.dtype == by_reference.dtype
        np.testing.assert_allclose(actual, by_reference, rtol=0, atol=TOLERANCE * np.abs(by_reference).max())


SMALL_AND_LARGE = [(3, 5), (70, 33)]


@pytest.mark.parametrize("shape", SMALL_AND_LARGE)
def test_a_form_is_chosen_by_dtype_and_not_by_size(shape, monkeypatch):
    """Normalization, softmax and crossentropy take jobs for float32 arrays of any size, references for float64."""
    made = []
    monkeypatch.setattr(prepared.Prepared, "run_on", lambda self, arrays: made.append(self))
    monkeypatch.setattr(prepared, "run", made.append)
    x, vector, labels = np.ones(shape, "float32"), np.ones(shape[1], "float32"), np.zeros(shape[0], int)
    calls = [
        (batch_normalization.channel_moments, x),
        (batch_normalization.batch_normalization, x, vector, vector, vector, vector, 1e-3),
        (batch_normalization.standardization, x, vector, vector, 1e-3),
        (batch_normalization.batch_normalization_gradient, x, x, vector, vector, vector, 1e-3),
        (layer_normalization.layer_normalization, x, vector, vector, 1e-3),
        (layer_normalization.layer_normalization_gradient, x, x, x[:, 0], x[:, 0], vector),
        (softmax.softmax, x),
        (softmax.softmax_gradient, x, x),
        (crossentropy.sparse_softmax_crossentropy, x, labels),
        (crossentropy.sparse_softmax_crossentropy_gradient, x[:, 0], x, labels),
        (columns.relu_and_bias_gradient, x, x),
    ]
    for count, (function, *arguments) in enumerate(calls, 1):
        function(*arguments)
        assert len(made) == count * compiles()
        function(*[a.astype("float64") if getattr(a, "dtype", None) == "float32" else a for a in arguments])
        assert len(made) == count * compiles()
