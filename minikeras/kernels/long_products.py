"""The gradients of the weights of a small layer on many rows, such as a 1×1 convolution, as jobs.

    dkernel = xᵀ · dy,  dbias = Σ over rows of dy          x (rows, features), dy (rows, units)

dkernel has too few rows and columns to be split by them. So it is split by its terms, the rows of x and dy: each part
is summed separately, in chunks that stay in the cache for all blocks of the result, and the parts are added at the
end. Their number depends on shapes alone, so results are reproducible bit for bit. The sums over rows are a block with
x = 1.

Measured on one core, 32768 rows, 32 features, 64 units: dkernel 1.3 ms, split by rows and columns 3.9.
"""

from typing import NamedTuple

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import LANES, copy_block, multiply_block
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import (
    NO_FLOOR,
    NOTHING,
    PANEL,
    Matrix,
    blocks_of,
    copy_blocks,
    even_rows,
)
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

PARTS = 16  # the most
PART_MULTIPLE = 4  # so that two or four threads get equal shares: 1920×96×192 takes 346 µs in 8 parts, 397 in 15
TERMS_OF_A_PART = 400  # approximately
MIN_TERMS = 1024
LARGEST_RESULT = 1 << 16  # elements: with the chunks of x and dy it fits the second-level cache
# Terms processed at a time, at most. One core of an Ice Lake, µs for 3200×32×512 and 3200×128×512: up to 200 terms
# without a copy of dy's panels 1967, 5090; with it 1789, 5210; with it and 100 terms 1490, 4976.
CHUNK = 100
ROWS_TO_ADD = 8  # per task
MIN_UNITS = 4 * PANEL  # units from which rows of dy are so far apart that copying a panel of them pays


def is_long(x, dy):
    """Whether xᵀ · dy is faster split by its terms."""
    return len(x) >= MIN_TERMS and x.shape[1] * dy.shape[1] <= LARGEST_RESULT


def long_product_jobs(x, dy, dkernel, dbias=None):
    """The jobs that set dkernel and, unless it is None, dbias. All arrays are C-contiguous float32."""
    product = _product(x, dy, dbias)
    job = product_of_terms.job(len(product.parts), product)
    return [job, *_adding_jobs(product.parts, dkernel, dbias)]


class ProductOfTerms(NamedTuple):
    """xᵀ · dy by parts of the terms, and the sums of dy's rows if `sums`."""

    x: floats(2)
    dy: floats(2)
    parts: floats(3)  # of the result, the sums in the last row
    lines: floats(2)  # see `_packed`
    panel: floats(2)
    ones: floats(1)
    zeros: floats(1)
    per_part: int  # rows of x and dy
    chunk: int  # of these, as many as are processed at a time
    block_rows: int
    block_columns: int
    sums: int


def _product(x, dy, dbias):
    wanted = -(-len(x) // (PART_MULTIPLE * TERMS_OF_A_PART)) * PART_MULTIPLE
    per_part = -(-len(x) // min(PARTS, wanted))
    parts = aligned((-(-len(x) // per_part), x.shape[1] + 1, dy.shape[1]))
    chunk = even_rows(per_part, CHUNK)
    ones, zeros = np.ones(1, np.float32), np.zeros(dy.shape[1], np.float32)
    block_rows, panel = blocks_of(dy.shape[1])
    block_rows = even_rows(x.shape[1], block_rows)
    packed = _packed(x, dy, chunk, block_rows, panel)
    return ProductOfTerms(
        x, dy, parts, *packed, ones, zeros, per_part, chunk, block_rows, panel, int(dbias is not None)
    )


def _adding_jobs(parts, dkernel, dbias):
    return add_products_jobs(parts, dkernel, *([] if dbias is None else [dbias.reshape(1, -1)]))


def add_products_jobs(parts, *results):
    """The jobs that set each of the results, some rows of Σ parts, one below the other."""
    first, jobs = 0, []
    for result in results:
        jobs.append(add_products.job(-(-len(result) // ROWS_TO_ADD), parts, result, first))
        first += len(result)
    return jobs


def _packed(x, dy, chunk, block_rows, panel):
    """Scratch for a chunk of x in blocks, and for a panel of one of dy, which all blocks of the result read.

    They are empty where copies do not pay.
    """
    if dy.shape[1] < MIN_UNITS or x.shape[1] <= 2 * block_shape()[0]:
        return NOTHING, NOTHING
    blocks = -(-x.shape[1] // block_rows)
    return scratch(blocks * block_rows * (chunk + LANES)), scratch(chunk * panel)


@task_kernel
def product_of_terms(task, thread, product: ProductOfTerms):
    """parts[task] = the product of some terms, and in its last row the sums if requested."""
    first, last = task * product.per_part, min(len(product.x), (task + 1) * product.per_part)
    for term in range(first, last, product.chunk):
        add_chunk(product, task, thread, term, min(product.chunk, last - term))


@subroutine
def add_chunk(product, task, thread, term, count):
    """parts[task] += xᵀ · dy, and Σ dy, of `count` rows from `term` on; the first ones of a task set it."""
    features, units = product.x.shape[1], product.dy.shape[1]
    part = address(product.parts[task], 0)
    starts = term == task * product.per_part
    zeros = address(product.zeros, 0)
    a, a_row, a_step = address(product.x, term * features), 1, features
    if product.lines.shape[1] > 0:
        lines = address(product.lines[thread], 0)
        copy_blocks(Matrix(a, 1, features), features, count, product.block_rows, lines)
        a, a_row, a_step = lines, count + LANES, product.block_rows
    for column in range(0, units, product.block_columns):
        width = min(product.block_columns, units - column)
        factors, step = address(product.dy, term * units + column), units
        if product.panel.shape[1] > 0:
            panel = address(product.panel[thread], 0)
            copy_block(factors, units, panel, product.block_columns, count, width)
            factors, step = panel, product.block_columns
        for row in range(0, features, product.block_rows):
            place = part + 4 * (row * units + column)
            multiply_block(
                min(product.block_rows, features - row), width,
                a + 4 * row * a_row, 1, a_step, 0,
                factors, step, 0, count, 1,
                zeros if starts else place, 0 if starts else units, place, units, NO_FLOOR,
            )  # fmt: skip
        if product.sums:
            place = part + 4 * (features * units + column)
            multiply_block(
                1, width, address(product.ones, 0), 0, 0, 0, factors, step, 0, count, 1,
                zeros if starts else place, 0, place, units, NO_FLOOR,
            )  # fmt: skip


@task_kernel
def add_products(task, parts: floats(3), c: floats(2), first: int):
    """c = Σ over parts of their rows from `first` on, for eight rows."""
    for row in range(task * ROWS_TO_ADD, min(len(c), (task + 1) * ROWS_TO_ADD)):
        result = c[row]
        for j in range(len(result)):
            result[j] = parts[0, first + row, j]
        for part in range(1, len(parts)):
            values = parts[part, first + row]
            for j in range(len(result)):
                result[j] += values[j]
