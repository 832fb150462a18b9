"""Copies of views, reductions, stacks of products and positions along an axis, as jobs against NumPy."""

import numpy as np
import pytest

from minikeras.kernels import along_axis_jobs, reduction_jobs
from minikeras.kernels.batched_products import batched_product_jobs
from minikeras.kernels.job_lists import run
from minikeras.kernels.pooling import max_pool, max_pool_gradient_to_all
from minikeras.kernels.select_jobs import (
    AND,
    EQUAL,
    LESS,
    LESS_EQUAL,
    NOT_EQUAL,
    OR,
    XOR,
    compare_integers_jobs,
    compare_jobs,
    logic_jobs,
)
from minikeras.kernels.strided_copies import copy_jobs

ROUNDING = 2e-6  # of float32 sums of up to some hundred terms, relative to the largest
X = np.random.default_rng(0).normal(size=(3, 4, 5, 6)) * 3
VIEWS = {
    "itself": X,
    "other order": X.transpose(0, 2, 1, 3),
    "reversed axes": X.transpose(3, 2, 1, 0),
    "flipped inside": X[:, ::-1],
    "flipped at the end": X[..., ::-1],
    "slice": X[1:2, :, 2],
    "every second": X[..., ::2],
    "repeated inside": np.broadcast_to(X[:, None], (3, 7, 4, 5, 6)),
    "repeated at the end": np.broadcast_to(X[..., None], (3, 4, 5, 6, 37)),
    "one element": X[0, 0, 0, :1].reshape(()),
}


def viewed(name, dtype):
    """The view with elements of a dtype: the same strides, counted in elements."""
    view, base = VIEWS[name], np.ascontiguousarray(X.astype(dtype))
    first = (view.__array_interface__["data"][0] - X.__array_interface__["data"][0]) // X.itemsize
    steps = [step // X.itemsize * base.itemsize for step in view.strides]
    return np.ndarray(view.shape, dtype, base, first * base.itemsize, steps)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
@pytest.mark.parametrize("name", VIEWS)
def test_copies_of_views(name, dtype):
    source = viewed(name, dtype)
    whole = np.zeros(source.shape, dtype)
    wide = np.zeros((*source.shape, 2), dtype)
    for target in (whole, wide[..., 1]):
        run(copy_jobs(source, target))
        np.testing.assert_array_equal(target, source)
    assert not wide[..., 0].any()


@pytest.mark.parametrize("shape", [(1, 5, 3), (4, 5, 3), (4, 50, 1), (300, 7, 20), (1, 1, 1), (3, 8, 1)])
def test_reductions(shape):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=shape).astype("float32"), np.zeros((shape[0], shape[2]), "float32")
    run(reduction_jobs.sum_jobs(x, y))
    np.testing.assert_allclose(y, x.sum(axis=1, dtype="float64"), rtol=0, atol=ROUNDING * shape[1])
    for value in (0.0, np.nan):
        x[0, -1, 0] = value
        run(reduction_jobs.maximum_jobs(x, y))
        np.testing.assert_array_equal(y, x.max(axis=1))
        run(reduction_jobs.minimum_jobs(x, y))
        np.testing.assert_array_equal(y, x.min(axis=1))
    flags, mask = (x > 1).view(np.uint8), np.zeros(y.shape, np.uint8)
    run(reduction_jobs.any_jobs(flags, mask))
    np.testing.assert_array_equal(mask, flags.any(axis=1))
    run(reduction_jobs.all_jobs(1 - flags, mask))
    np.testing.assert_array_equal(mask, (1 - flags).all(axis=1))


@pytest.mark.parametrize("rows, terms, columns", [(3, 4, 5), (1, 7, 1), (33, 40, 50), (64, 16, 64), (17, 1, 18)])
def test_stacks_of_products_with_any_strides(rows, terms, columns):
    rng = np.random.default_rng(2)

    def draw(*shape):
        return rng.normal(size=shape).astype("float32")

    a, b = draw(2, 3, rows, terms), draw(2, 3, terms, columns)
    a_views = a, draw(2, 3, terms, rows).swapaxes(2, 3), draw(2, rows, 3, terms).swapaxes(1, 2)
    b_views = b, draw(2, 3, columns, terms).swapaxes(2, 3), draw(2, columns, 3, terms).transpose(0, 2, 3, 1)
    b_views += draw(2, 3, terms, columns, 2)[..., 1], np.broadcast_to(b[:1, :1], b.shape)
    c_views = (
        draw(2, 3, rows, columns),
        draw(2, rows, 3, columns).swapaxes(1, 2),
        draw(2, 3, columns, rows).swapaxes(2, 3),
    )
    c_views += (draw(2, 3, rows, columns, 2)[..., 1],)
    for x, y, product in [*[(x, b, c_views[0]) for x in a_views], *[(a, y, z) for y in b_views for z in c_views]]:
        run(batched_product_jobs(x, y, product))
        np.testing.assert_allclose(product, x @ y, rtol=0, atol=ROUNDING * 10 * terms**0.5)


def test_a_large_product_is_cut_by_rows():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(300, 70)).astype("float32"), rng.normal(size=(70, 90)).astype("float32")
    c = np.zeros((300, 90), "float32")
    jobs = batched_product_jobs(a, b, c)
    run(jobs)
    assert jobs[-1].tasks > 1
    np.testing.assert_allclose(c, a @ b, rtol=0, atol=1e-4)


def test_comparisons_and_logic():
    rng = np.random.default_rng(4)
    mask = np.zeros(50, np.uint8)
    for dtype, make_jobs in (("float32", compare_jobs), ("int32", compare_integers_jobs)):
        a, b = (rng.integers(-2, 3, 50).astype(dtype) for _ in range(2))
        if dtype == "float32":
            a[3] = np.nan
        for relation, expected in ((LESS, a < b), (LESS_EQUAL, a <= b), (EQUAL, a == b), (NOT_EQUAL, a != b)):
            run(make_jobs(a, b, mask, relation))
            np.testing.assert_array_equal(mask, expected)
    a, b = (rng.integers(0, 2, 50).astype(np.uint8) for _ in range(2))
    for operation, expected in ((AND, a & b), (OR, a | b), (XOR, a ^ b)):
        run(logic_jobs(a, b, mask, operation))
        np.testing.assert_array_equal(mask, expected)


def test_places_along_an_axis():
    rng = np.random.default_rng(5)
    x, dy = rng.normal(size=(3, 7, 4)).astype("float32"), rng.normal(size=(3, 2, 4)).astype("float32")
    x[1, 2, 3] = np.nan
    bounds, positions = np.array([[0, 4], [3, 7]]), np.zeros((3, 2, 4), np.int64)
    run(along_axis_jobs.argmax_of_windows_jobs(x, bounds, positions))
    expected = np.stack([first + x[:, first:last].argmax(axis=1) for first, last in bounds], axis=1)
    np.testing.assert_array_equal(positions, expected)
    y, dx = np.zeros_like(dy), np.full_like(x, 7)
    run(along_axis_jobs.take_along_jobs(x, positions, y))
    np.testing.assert_array_equal(y, np.take_along_axis(x, positions, axis=1))
    run(along_axis_jobs.put_along_jobs(dy, positions, dx))
    expected = np.zeros_like(x)
    np.add.at(expected, (np.arange(3)[:, None, None], positions, np.arange(4)), dy)
    np.testing.assert_allclose(dx, expected, rtol=1e-6)


def test_the_gradient_goes_to_all_maxima_of_a_box():
    rng = np.random.default_rng(6)
    x = rng.integers(0, 3, (2, 5, 4, 6, 2)).astype("float32")
    window, strides, pads = (3, 2, 3), (2, 2, 1), ((1, 1), (0, 0), (0, 2))
    y = max_pool(x, window, strides, pads)
    dy, dx = rng.normal(size=y.shape).astype("float32"), np.full_like(x, 7)
    geometry = np.array([window, strides, [before for before, _ in pads]])
    run(along_axis_jobs.put_at_all_maxima_jobs(dy, x, y, geometry, dx))
    np.testing.assert_allclose(dx, max_pool_gradient_to_all(x, y, dy, window, strides, pads), rtol=0, atol=1e-5)


def test_numbers_are_no_views():
    """What iterating over an array of one axis gives is a copy, gone when the job runs."""
    target = np.zeros(3, np.float32)
    with pytest.raises(TypeError, match="views"):
        copy_jobs(np.ones((), np.float32), next(iter(target)))
    run(copy_jobs(np.ones((), np.float32), target[1, ...]))
    np.testing.assert_array_equal(target, [0, 1, 0])
