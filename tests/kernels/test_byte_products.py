"""Products of bytes as jobs, against their definition in NumPy: the sums are equal, not near."""

import numpy as np
import pytest

from minikeras.kernels.byte_product_jobs import PANEL, Panels, pack_jobs, product_jobs, row_jobs, scaled_product_jobs
from minikeras.kernels.embedding_jobs import take_integer_rows_jobs
from minikeras.kernels.integer_products import integer_product, quantized_rows
from minikeras.kernels.job_lists import run
from minikeras.kernels.memory import aligned
from minikeras.quantizers import pack_int4

RANGE, EPSILON = (-127, 127), 1e-7
SHAPES = [(1, 1, 1), (2, 5, PANEL - 1), (14, 8, PANEL), (15, 9, PANEL + 1), (31, 70, 3 * PANEL + 5)]


def matrices(rows, terms, columns, low=-128, high=128):
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, terms)).astype("float32")
    return x, rng.integers(low, high, (terms, columns)).astype(np.int8), rng.random(columns).astype("float32") + 0.1


@pytest.mark.parametrize("rows, terms, columns", SHAPES)
def test_sums_are_exact(rows, terms, columns):
    _, kernel, _ = matrices(rows, terms, columns)
    q = np.random.default_rng(1).integers(-128, 128, (rows, terms)).astype(np.int8)
    q[0], kernel[:, 0] = -128, -128  # the largest products
    padded = np.zeros((rows, -(-terms // 4) * 4), np.uint8)
    padded[:, :terms] = q.astype(np.int16) + 128
    panels, sums = Panels(terms, columns), np.zeros((rows, columns), np.int32)
    run([*pack_jobs(kernel, panels), *product_jobs(padded, panels, sums)])
    np.testing.assert_array_equal(sums, q.astype(np.int64) @ kernel.astype(np.int64))
    np.testing.assert_array_equal(sums, integer_product(q, kernel))


@pytest.mark.parametrize("rows, terms, columns", SHAPES)
def test_products_of_rounded_rows(rows, terms, columns):
    x, kernel, scale = matrices(rows, terms, columns, -8, 8)
    x[-1] = 0
    bias, y = np.linspace(-1, 1, columns, dtype="float32"), np.zeros((rows, columns), "float32")
    q, s = quantized_rows(x, RANGE, EPSILON)
    expected = integer_product(q, kernel).astype("float32") / (s * scale)
    run(scaled_product_jobs(x, kernel, scale, y, RANGE, EPSILON))
    np.testing.assert_array_equal(y, expected)
    packed = np.asarray(pack_int4(kernel, axis=-1)[0])
    run(scaled_product_jobs(x, packed, scale, y, RANGE, EPSILON, True, bias, True))
    np.testing.assert_array_equal(y, np.maximum(expected + bias, 0))


def test_rows_are_rounded_half_to_even_and_nan_stays_in_its_row():
    x = np.float32([[127, 0.5, 1.5, -2.5, -127], [np.nan, 1, 2, 3, 4], [-1e-30, 0, 0, 1e-30, 0]])
    q, s = aligned((3, 8), np.uint8), aligned((3,))
    run(row_jobs(x, RANGE, 0.0, q, s))
    np.testing.assert_array_equal(q[0], np.array([127, 0, 2, -2, -127, 0, 0, 0]) + 128)
    assert np.isnan(s[1])
    np.testing.assert_array_equal(q[2, :5], np.array([-127, 0, 0, 127, 0]) + 128)


@pytest.mark.parametrize("nibbles", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_rows_of_a_table_of_integers(nibbles, grouped):
    rng = np.random.default_rng(2)
    table = rng.integers(-8 if nibbles else -128, 8 if nibbles else 128, (9, 7)).astype(np.int8)
    scale, zero = rng.random((9, 3)).astype("float32") + 0.1, rng.integers(-8, 8, (9, 3)).astype(np.int8)
    group = np.float32([0, 0, 0, 1, 1, 1, 2])
    index, rows, wrong = np.array([3, 0, -1, 9]), np.zeros((4, 7), "float32"), np.zeros(1, np.int64)
    stored = np.asarray(pack_int4(table, axis=-1)[0]) if nibbles else table
    parts = (scale, index, rows, wrong, zero, group) if grouped else (scale[:, 0].copy(), index, rows, wrong)
    run(take_integer_rows_jobs(stored, *parts, nibbles=nibbles))
    positions = group.astype(int)
    floats = (table - zero[:, positions].astype("float32")) * scale[:, positions] if grouped else table / scale[:, :1]
    np.testing.assert_array_equal(rows[:3], floats[[3, 0, 8]].astype("float32"))
    assert wrong[0] == 1
