"""The micro-kernel against its NumPy reference, and Dense's three products against NumPy's."""

import numpy as np
import pytest

from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import copy_chunks, multiply_block, multiply_rows
from minikeras.kernels.dense import dense_input_gradient_jobs, dense_jobs, dense_kernel_gradient_jobs
from minikeras.kernels.job_lists import run
from minikeras.kernels.long_products import is_long
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import PANEL, product_jobs, wide_blocks
from minikeras.kernels.tasks import floats, task_kernel

# One rounding per term, of a sum of up to a thousand products of numbers about 1.
TOLERANCE = 2e-4
TOLERANCE_OF_MANY = 5e-4  # 4000 terms, summed in 16 parts

SHAPES = [
    (1, 1, 1),
    (3, 5, 7),
    (1, 784, 100),
    (32, 100, 10),
    (14, 16, 32),
    (29, 300, 33),
    (130, 90, 70),
    (5, 64, 200),
    (50, 700, 200),
    (20, 512, 512),
    (500, 300, 130),  # rows of two tasks, and panels of a transposed kernel
    (40, 1024, 1024),  # lines 4096 bytes apart
    (40, 1024, 130),  # the same for few columns
    (17, 600, 700),  # terms of two chunks, and a last panel that is not full
    (29, 300, 96),
    (1030, 96, 144),  # a gradient of the kernel that is split by its terms
    (100, 600, 528),
]


@task_kernel
def one_block(
    task,
    a: floats(3),
    b: floats(3),
    start: floats(2),
    c: floats(2),
    floor: float,
    rows: int,
    columns: int,
    repeats: int,
):
    """C = max(floor, start + Σ A · B) for one block."""
    multiply_block(
        rows, columns,
        address(a, 0), a.shape[1] * a.shape[2], 1, a.shape[2],
        address(b, 0), b.shape[2], b.shape[1] * b.shape[2], a.shape[2], a.shape[1],
        address(start, 0), 0 if repeats else start.shape[1],
        address(c, 0), c.shape[1], floor,
    )  # fmt: skip


@task_kernel
def some_rows(task, a: floats(2), b: floats(2), c: floats(2), rows: int, columns: int, block_rows: int):
    """C = A · B for some rows and columns."""
    multiply_rows(
        rows, columns, a.shape[1], address(a, 0), a.shape[1], address(b, 0), b.shape[1], address(c, 0), c.shape[1],
        block_rows,
    )  # fmt: skip


def random(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("columns", [1, 7, 16, 17, 31, 32, 33, 48])
@pytest.mark.parametrize("rows", [1, 2, 5, 6, 9, 14])
def test_the_micro_kernel_computes_its_reference(rows, columns):
    if rows > (block_shape() if columns <= PANEL else wide_blocks())[0]:
        pytest.skip("larger than a block on this processor")
    rng = np.random.default_rng(rows * 100 + columns)
    a, b, start = random(rng, rows, 3, 9), random(rng, 3, 9, columns), random(rng, rows, columns)
    for floor, repeats in [(-np.inf, 0), (0.0, 0), (0.0, 1)]:
        c, expected = np.full((2, rows + 1, columns + 1), 7, np.float32)
        job = one_block.job(1, a, b, start, c, floor, rows, columns, repeats)
        run([job])
        one_block.job(1, a, b, start, expected, floor, rows, columns, repeats).run_in_python()
        np.testing.assert_allclose(c, expected, atol=TOLERANCE)
        assert (c[rows:] == 7).all()  # nothing beside the block is touched
        assert (c[:, columns:] == 7).all()


@pytest.mark.parametrize("columns", [1, 16, 17, 32, 48])
@pytest.mark.parametrize("rows", [1, 5, 42, 43])
def test_rows_are_multiplied_block_by_block(rows, columns):
    rng = np.random.default_rng(rows * 100 + columns)
    a, b = random(rng, rows, 9), random(rng, 9, columns)
    c, expected = np.full((2, rows + 1, columns + 1), 7, np.float32)
    run([some_rows.job(1, a, b, c, rows, columns, block_shape()[0])])
    expected[:rows, :columns] = a @ b
    np.testing.assert_allclose(c, expected, atol=TOLERANCE)


def test_the_micro_kernel_lets_nan_through_its_floor():
    a, b = np.full((1, 1, 1), np.nan, np.float32), np.ones((1, 1, 4), np.float32)
    c = np.zeros((1, 4), np.float32)
    run([one_block.job(1, a, b, np.zeros((1, 4), np.float32), c, 0.0, 1, 4, 0)])
    assert np.isnan(c).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_products_of_a_dense_layer(shape):
    batch, features, units = shape
    rng = np.random.default_rng(batch)
    x, kernel, bias, dy = (
        random(rng, batch, features),
        random(rng, features, units),
        random(rng, units),
        random(rng, batch, units),
    )
    y, dkernel, dbias, dx = (np.full_like(like, 7) for like in (dy, kernel, bias, x))
    run(dense_jobs(x, kernel, bias, y))
    np.testing.assert_allclose(y, x @ kernel + bias, atol=TOLERANCE)
    run(dense_jobs(x, kernel, bias, y, relu=True))
    np.testing.assert_allclose(y, np.maximum(x @ kernel + bias, 0), atol=TOLERANCE)
    run(dense_jobs(x, kernel, None, y))
    np.testing.assert_allclose(y, x @ kernel, atol=TOLERANCE)
    run(dense_kernel_gradient_jobs(x, dy, dkernel, dbias))
    np.testing.assert_allclose(dkernel, x.T @ dy, atol=TOLERANCE)
    np.testing.assert_allclose(dbias, dy.sum(axis=0), atol=TOLERANCE)
    run(dense_input_gradient_jobs(dy, kernel, dx))
    np.testing.assert_allclose(dx, dy @ kernel.T, atol=TOLERANCE)
    run(dense_input_gradient_jobs(dy, kernel, dx, relu_output=x))
    np.testing.assert_allclose(dx, (dy @ kernel.T) * (x > 0), atol=TOLERANCE)


@pytest.mark.parametrize("columns", [288, 300])
@pytest.mark.parametrize("transposed", ["", "a", "b", "ab"])
def test_how_a_product_is_cut_changes_no_bit(transposed, columns):
    rows, terms = 150, 1024
    rng = np.random.default_rng(0)
    a = random(rng, terms, rows).T if "a" in transposed else random(rng, rows, terms)
    b = random(rng, columns, terms).T if "b" in transposed else random(rng, terms, columns)
    whole, part = np.empty((rows, columns), np.float32), np.empty((5, columns), np.float32)
    run(product_jobs(a, b, whole))
    run(product_jobs(a[:5], b, part))
    assert (whole[:5] == part).all()


@task_kernel
def chunks_of_rows(task, x: floats(2), y: floats(3)):
    """y[p, k] = the p-th chunk of row k of x."""
    chunks, rows, width = y.shape
    copy_chunks(address(x, 0), x.shape[1], address(y, 0), rows * width, rows, chunks, width)


@pytest.mark.parametrize("width", [1, 14, 16, 17, 32, 48])
def test_rows_are_copied_chunk_by_chunk(width):
    rows, chunks = 5, 3
    x = random(np.random.default_rng(width), rows, chunks * width + 2)
    y, expected = np.full((2, chunks, rows, width), 7, np.float32)
    run([chunks_of_rows.job(1, x, y)])
    chunks_of_rows.job(1, x, expected).run_in_python()
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(y[1], x[:, width : 2 * width])


@pytest.mark.parametrize("rows", [1024, 4096 + 130])  # four parts; a last part and a last chunk that are not full
@pytest.mark.parametrize("features, units", [(1, 1), (20, 33), (65, 16), (40, 150), (96, 48)])
def test_kernel_gradients_of_many_rows(features, units, rows):
    rng = np.random.default_rng(features)
    x, dy = random(rng, rows, features), random(rng, rows, units)
    dkernel, dbias = np.full((features, units), 7, np.float32), np.full(units, 7, np.float32)
    assert is_long(x, dy)
    expected, sums = x.astype(float).T @ dy, dy.sum(axis=0, dtype=float)
    run(dense_kernel_gradient_jobs(x, dy, dkernel, dbias))
    np.testing.assert_allclose(dkernel, expected, atol=TOLERANCE_OF_MANY)
    np.testing.assert_allclose(dbias, sums, atol=TOLERANCE_OF_MANY)
    run(dense_kernel_gradient_jobs(x, dy, dkernel))
    np.testing.assert_allclose(dkernel, expected, atol=TOLERANCE_OF_MANY)


@pytest.mark.parametrize(
    "rows, terms, columns", [(3, 5, 7), (130, 20, 33), (1100, 33, 70), (60, 300, 600), (1030, 48, 96)]
)
def test_what_is_masked_while_rows_are_in_the_cache(rows, terms, columns):
    rng = np.random.default_rng(rows)
    a, b = random(rng, rows, terms), random(rng, terms, columns)
    positive, c = random(rng, rows, columns), np.empty((rows, columns), np.float32)
    for factor in (b, np.ascontiguousarray(b.T).T):
        run(product_jobs(a, factor, c, positive=positive))
        np.testing.assert_allclose(c, (a @ b) * (positive > 0), atol=TOLERANCE)


def test_products_repeat_bit_for_bit():
    rng = np.random.default_rng(0)
    x, kernel = random(rng, 130, 90), random(rng, 90, 70)
    results = []
    for _ in range(5):
        y = np.empty((130, 70), np.float32)
        run(dense_jobs(x, kernel, None, y))
        results.append(y)
    assert all(np.array_equal(y, results[0]) for y in results)
