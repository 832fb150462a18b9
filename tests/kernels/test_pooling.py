"""Pooling against loops over each window, with ties, NaN, padding and every number of spatial axes."""

import numpy as np
import pytest

from minikeras.kernels import pooling
from minikeras.kernels.registry import compiles
from minikeras.kernels.windows import explicit_pads, output_sizes

# Sums of at most 27 numbers near 1: the references compute in float64, the compiled jobs in float32.
TOLERANCES = {"float64": 1e-13, "float32": 4e-6}

in_both_forms = pytest.mark.parametrize("dtype", TOLERANCES)

SIZES = {1: (9,), 2: (6, 7), 3: (4, 5, 4)}
CONFIGURATIONS = [
    (1, (2,), (2,), "valid"),
    (1, (3,), (1,), "same"),
    (2, (2, 2), (2, 2), "valid"),
    (2, (2, 2), (2, 2), "same"),
    (2, (3, 2), (1, 2), "same"),
    (2, (2, 2), (3, 4), "valid"),
    (2, (7, 7), (1, 1), "same"),
    (2, (2, 3), (1, 1), ((1, 0), (0, 2))),
    (3, (2, 2, 2), (2, 2, 2), "valid"),
    (3, (2, 3, 1), (1, 2, 2), "same"),
]


def windows_of(x, window, strides, pads):
    """Pairs (index of the output, positions inside the image that its window sees, row-major)."""
    sizes = x.shape[1:-1]
    outputs = output_sizes(sizes, window, strides, pads, (1,) * len(window))
    for n, c, *i in np.ndindex(x.shape[0], x.shape[-1], *outputs):
        positions = []
        for a in np.ndindex(*window):
            place = [p * s + o - before for p, s, o, (before, _) in zip(i, strides, a, pads, strict=True)]
            if all(0 <= p < size for p, size in zip(place, sizes, strict=True)):
                positions.append((n, *place, c))
        yield (n, *i, c), positions


def _setting(spatial, window, strides, padding, dtype, values=3):
    """x with few different values, so that most windows have ties, and explicit pads."""
    x = np.random.default_rng(1).integers(0, values, size=(2, *SIZES[spatial], 3)).astype(dtype)
    return x, window, strides, explicit_pads(padding, SIZES[spatial], window, strides, (1,) * spatial)


@in_both_forms
@pytest.mark.parametrize("spatial, window, strides, padding", CONFIGURATIONS)
def test_maximum_and_its_gradient_to_the_first_of_equals(spatial, window, strides, padding, dtype):
    x, *geometry = _setting(spatial, window, strides, padding, dtype)
    y, argmax = pooling.max_pool_with_argmax(x, *geometry)
    np.testing.assert_array_equal(pooling.max_pool(x, *geometry), y)
    np.testing.assert_array_equal(pooling.take_at_argmax(x, argmax), y)
    dy = np.random.default_rng(2).normal(size=y.shape).astype(dtype)
    dx = np.zeros_like(x, dtype="float64")
    for out, positions in windows_of(x, *geometry):
        values = [x[position] for position in positions]
        first = values.index(max(values))
        assert y[out] == values[first]
        dx[positions[first]] += dy[out]
    actual = pooling.max_pool_gradient(dy, argmax, SIZES[spatial], *geometry)
    np.testing.assert_allclose(actual, dx, rtol=0, atol=TOLERANCES[dtype])


@in_both_forms
@pytest.mark.parametrize("spatial, window, strides, padding", CONFIGURATIONS)
def test_gradient_to_all_equal_maxima(spatial, window, strides, padding, dtype):
    x, *geometry = _setting(spatial, window, strides, padding, dtype)
    y = pooling.max_pool(x, *geometry)
    dy = np.random.default_rng(2).normal(size=y.shape).astype(dtype)
    dx = np.zeros_like(x, dtype="float64")
    for out, positions in windows_of(x, *geometry):
        for position in positions:
            dx[position] += dy[out] * (x[position] == y[out])
    actual = pooling.max_pool_gradient_to_all(x, y, dy, *geometry)
    np.testing.assert_allclose(actual, dx, rtol=0, atol=TOLERANCES[dtype])


@in_both_forms
@pytest.mark.parametrize("spatial, window, strides, padding", CONFIGURATIONS)
def test_mean_and_its_gradient_leave_the_padding_out(spatial, window, strides, padding, dtype):
    x, *geometry = _setting(spatial, window, strides, padding, dtype, values=100)
    y = pooling.average_pool(x, *geometry)
    dy = np.random.default_rng(2).normal(size=y.shape).astype(dtype)
    dx = np.zeros_like(x, dtype="float64")
    for out, positions in windows_of(x, *geometry):
        np.testing.assert_allclose(y[out], np.mean([x[position] for position in positions]), rtol=TOLERANCES[dtype])
        for position in positions:
            dx[position] += dy[out] / len(positions)
    actual = pooling.average_pool_gradient(dy, SIZES[spatial], *geometry)
    np.testing.assert_allclose(actual, dx, rtol=0, atol=TOLERANCES[dtype])


LOWEST = np.finfo("float32").min
NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    "values, maximum",
    [((1, NAN, 2, 3), 3), ((NAN, 1, 0, 0), 1), ((NAN,) * 4, LOWEST), ((-INF,) * 4, LOWEST), ((-INF, NAN, INF, 1), INF)],
)
def test_nan_is_never_the_maximum(values, maximum):
    x = np.array(values, "float32").reshape(1, 2, 2, 1)
    arguments = (2, 2), (2, 2), ((0, 0), (0, 0))
    assert pooling.max_pool(x, *arguments).item() == maximum
    y, argmax = pooling.max_pool_with_argmax(x, *arguments)
    assert y.item() == maximum
    assert 0 <= argmax.item() < 4


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
@pytest.mark.parametrize("shape", [(0, 4, 4, 2), (2, 4, 4, 0), (2, 1, 1, 1), (2, 4, 6, 3)])
def test_odd_shapes_and_dtypes(dtype, shape):
    x = np.random.default_rng(0).integers(-9, 9, size=shape).astype(dtype)
    geometry = (2, 2), (2, 2), explicit_pads("same", shape[1:3], (2, 2), (2, 2), (1, 1))
    y, argmax = pooling.max_pool_with_argmax(x, *geometry)
    assert y.dtype == dtype
    assert y.shape == (shape[0], -(-shape[1] // 2), -(-shape[2] // 2), shape[3])
    assert pooling.max_pool_gradient(y, argmax, shape[1:3], *geometry).shape == shape
    if dtype != "int32":
        assert pooling.average_pool(x, *geometry).dtype == dtype
        assert pooling.average_pool_gradient(y, shape[1:3], *geometry).shape == shape


@in_both_forms
def test_arrays_in_any_memory_order(dtype):
    x, *geometry = _setting(2, (2, 2), (2, 2), "same", dtype)
    turned = np.asfortranarray(x)
    for function in (pooling.max_pool, pooling.average_pool):
        np.testing.assert_array_equal(function(turned, *geometry), function(x, *geometry))
    y, argmax = pooling.max_pool_with_argmax(turned, *geometry)
    dy = np.asfortranarray(y)
    for actual, expected in [
        (
            pooling.max_pool_gradient(dy, np.asfortranarray(argmax), SIZES[2], *geometry),
            pooling.max_pool_gradient(y, argmax, SIZES[2], *geometry),
        ),
        (pooling.average_pool_gradient(dy, SIZES[2], *geometry), pooling.average_pool_gradient(y, SIZES[2], *geometry)),
    ]:
        np.testing.assert_array_equal(actual, expected)


def test_jobs_serve_float32_with_one_or_two_spatial_axes():
    assert pooling.has_jobs(np.ones((1, 4, 3), "float32")) == compiles()
    assert pooling.has_jobs(np.ones((1, 4, 4, 3), "float32")) == compiles()
    for x in (np.ones((1, 4, 4, 4, 3), "float32"), np.ones((1, 4, 4, 3)), np.ones((0, 4, 4, 3), "float32")):
        assert not pooling.has_jobs(x)
