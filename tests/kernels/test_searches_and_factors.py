"""Searches, selects, casts, boxes, factors and rows combined: jobs for float32 against NumPy and the references."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.kernels import boxes, casts, elementwise, embedding, lu_factors, searching, tasks, warping

RNG = np.random.default_rng(0)
MANY = tasks.LARGE + 100
# Of factors of 40×40 random numbers, whose pivots may be small: float32 operations in another order.
ATOL_FACTORS = 1e-3
ATOL = 1e-5  # of sums of four float32 products


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


SPECIAL = np.float32([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45])
SEQUENCES = {
    "values": np.sort(normal(1000)),
    "equal ones": np.repeat(np.sort(normal(9)), 5),
    "one": np.float32([0.3]),
    "none": np.float32([]),
    "zeros": np.float32([-1, -0.0, 0.0, 0.0, 1]),
    "infinities": np.float32([-np.inf, -np.inf, 0, np.inf]),
    "NaN at its end": np.float32([1, 2, np.nan, np.nan]),
}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", SEQUENCES)
def test_a_search_in_a_sorted_sequence(name, side):
    sequence = SEQUENCES[name]
    values = np.concatenate([normal(MANY), sequence, SPECIAL])
    expected = np.searchsorted(sequence, values, side)
    found = searching.searchsorted(sequence, values, side)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(searching.searchsorted(sequence, values[::-1], side), expected[::-1])


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_search_among_integers(side):
    sequence, limit = np.sort(RNG.integers(-50, 50, 33)).astype("int32"), np.iinfo("int32")
    values = np.append(RNG.integers(-60, 60, (3, MANY)), [[limit.min], [0], [limit.max]], axis=1).astype("int32")
    expected = np.searchsorted(sequence, values, side)
    np.testing.assert_array_equal(searching.searchsorted(sequence, values, side), expected)


def test_a_select_of_arrays_that_broadcast():
    mask, a, b = RNG.random((300, 300)) < 0.5, normal(300, 300), normal(300, 300)
    zero = np.float32(-0.0)
    for which in (
        (mask, a, b),
        (mask[:1], a, b),
        (mask, a[:1], b[:, :1]),
        (mask[:, :1], a[:1], zero),
        (mask.T, a, b.T),
    ):
        y = elementwise.select(*which)
        np.testing.assert_array_equal(y.view(np.int32), np.where(*which).view(np.int32))


def test_casts_to_float16_and_back_keep_every_bit():
    x = np.concatenate(
        [normal(MANY) * 10.0 ** RNG.integers(-9, 6, MANY), SPECIAL[2:], [65519.9, 65520, 2**-25, 2**-14]]
    )
    x = x.astype("float32")
    with np.errstate(over="ignore"):
        expected = x.astype("float16")
    np.testing.assert_array_equal(casts.to_float16(x).view(np.uint16), expected.view(np.uint16))
    halves = np.arange(1 << 16).astype(np.uint16).view(np.float16)
    is_nan = np.isnan(halves)
    wide = casts.from_float16(halves)
    np.testing.assert_array_equal(wide[~is_nan].view(np.int32), halves[~is_nan].astype("float32").view(np.int32))
    assert np.isnan(wide[is_nan]).all()
    assert np.isnan(casts.to_float16(wide)[is_nan]).all()


@pytest.mark.parametrize("shape", [(1, 40, 40), (5, 17, 17), (2, 3, 3)])
def test_elimination(shape):
    x, rows = normal(*shape), np.tile(np.arange(shape[1], dtype=np.int32), (shape[0], 1))
    lu, order = x.copy(), rows.copy()
    lu_factors.lu_factor(lu, order)
    lu_factors.lu_factor_reference(x, rows)
    np.testing.assert_array_equal(order, rows)
    np.testing.assert_allclose(lu, x, rtol=0, atol=ATOL_FACTORS)


@pytest.mark.parametrize("most", [0, 7, 1000])
def test_the_best_boxes_that_do_not_overlap(most):
    corners = RNG.random((300, 2))
    some = np.hstack([corners, corners + (RNG.random((300, 2)) - 0.3) * 0.4]).astype("float32")  # some without area
    order = RNG.permutation(300)
    kept = boxes.non_maximum_suppression(some, order, most, 0.4)
    np.testing.assert_array_equal(kept, boxes.non_maximum_suppression_reference(some, order, most, 0.4))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_rows_that_raise_those_of_a_table(sign):
    rows, indices, table = normal(MANY // 8, 9), RNG.integers(-50, 50, MANY // 8), normal(50, 9)
    rows[3, 2] = np.nan
    expected = table.copy()
    (np.maximum if sign > 0 else np.minimum).at(expected, indices, rows)
    embedding.scatter_max_rows(table, indices, rows, sign)
    np.testing.assert_array_equal(table, expected)
    with pytest.raises(IndexError, match="50 rows"):
        embedding.scatter_max_rows(table, indices + 50, rows, sign)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_parts_of_images_and_their_gradient(interpolation):
    x, sources, how = normal(3, 8, 9, 2), np.array([2, 0, 2, 2]), (interpolation, "crop")
    transforms = np.float32([[0.5, 0, c, 0, 0.7, c, 0, 0] for c in (-1.0, 0.0, 2.25, 7.0)])
    y = warping.warp(x, transforms, *how, 1.5, sources, (6, 7))
    expected = warping.warp_reference(x, transforms, *how, 1.5, sources, (6, 7))
    np.testing.assert_allclose(y, expected, rtol=0, atol=ATOL)
    dx = warping.warp_gradient(y, transforms, *how, sources, x.shape)
    expected = warping.warp_gradient_reference(y, transforms, *how, sources, x.shape)
    np.testing.assert_allclose(dx, expected, rtol=0, atol=ATOL)


@pytest.mark.parametrize("axis", [0, -1, None])
@pytest.mark.parametrize("values", ["few equal", "many equal", "NaN"])
def test_argsort_keeps_the_order_of_equal_elements(values, axis):
    x = normal(60, 70)
    x = {"few equal": np.where(x > 2, 2, x), "many equal": np.rint(x), "NaN": np.where(x > 2, np.nan, x)}[values]
    np.testing.assert_array_equal(ops.argsort(x, axis), np.argsort(x, axis, kind="stable"))
