"""Products with many terms and a small result, as jobs: the kernel gradient of a 1×1 convolution, or of a narrow layer.

    c = xᵀ · dy,  total = Σ over rows of dy          x (rows, features), dy (rows, units)

Such a product has too few rows and columns to be cut by them. So it is cut by its terms, the rows of x and dy: each
part is summed by itself, in chunks that stay in the cache while all blocks of the result are done, and the parts are
added at the end. Their number depends on shapes alone, so results repeat bit for bit. The sums over rows, a bias's
gradient, are a block with x = 1: dy is in the cache just then.

Measured on one core: 32 × 64 numbers of 32768 terms 1.3 ms, cut by rows and columns 3.9.
"""

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows, multiply_block
from minikeras.kernels.tasks import floats, task_kernel

PARTS = 16
FEWEST_TERMS = 4096
LARGEST_RESULT = 1 << 16  # numbers: with the chunks of x and dy it fits the second-level cache
CHUNK = 128  # terms that are done at a time


def is_long(x, dy):
    """Whether xᵀ · dy is better cut by its terms."""
    return len(x) >= FEWEST_TERMS and x.shape[1] * dy.shape[1] <= LARGEST_RESULT


def long_product_jobs(x, dy, c, total=None):
    """The jobs that set c = xᵀ · dy and, unless it is None, total = Σ over rows of dy. All C-contiguous float32."""
    per_part = -(-len(x) // PARTS)
    per_part = -(-per_part // CHUNK) * CHUNK
    features, units = c.shape
    parts = aligned((-(-len(x) // per_part), features + 1, units))
    ones, zeros = np.ones(1, np.float32), np.zeros(units, np.float32)
    block_rows = even_rows(features, block_shape()[0])
    sums = np.zeros(units, np.float32) if total is None else total
    return [
        product_of_terms.job(len(parts), x, dy, parts, ones, zeros, per_part, block_rows, int(total is not None)),
        add_products.job(-(-features // 8), parts, c, sums),
    ]


@task_kernel
def product_of_terms(
    task,
    x: floats(2),
    dy: floats(2),
    parts: floats(3),
    ones: floats(1),
    zeros: floats(1),
    terms_per_task: int,
    block_rows: int,
    sums: int,
):
    """parts[task] = the product, and in its last row the sums if they are wanted, of some terms."""
    terms, features = x.shape
    units = dy.shape[1]
    first_term = task * terms_per_task
    for term in range(first_term, min(terms, first_term + terms_per_task), CHUNK):
        count = min(CHUNK, min(terms, first_term + terms_per_task) - term)
        for column in range(0, units, PANEL):
            width = min(PANEL, units - column)
            factors = address(dy, term * units + column)
            for row in range(0, features, block_rows):
                place = address(parts, (task * (features + 1) + row) * units + column)
                multiply_block(
                    min(block_rows, features - row), width,
                    address(x, term * features + row), 1, features, 0,
                    factors, units, 0, count, 1,
                    address(zeros, column) if term == first_term else place, 0 if term == first_term else units,
                    place, units, NO_FLOOR,
                )  # fmt: skip
            if sums:
                place = address(parts, (task * (features + 1) + features) * units + column)
                multiply_block(
                    1, width, address(ones, 0), 0, 0, 0, factors, units, 0, count, 1,
                    address(zeros, column) if term == first_term else place, 0, place, units, NO_FLOOR,
                )  # fmt: skip


@task_kernel
def add_products(task, parts: floats(3), c: floats(2), total: floats(1)):
    """c = Σ over parts, for eight rows; the first task adds the sums, too."""
    for row in range(task * 8, min(len(c), task * 8 + 8)):
        result = c[row]
        for j in range(len(result)):
            result[j] = parts[0, row, j]
        for part in range(1, len(parts)):
            values = parts[part, row]
            for j in range(len(result)):
                result[j] += values[j]
    if task == 0:
        for j in range(len(total)):
            total[j] = parts[0, len(c), j]
        for part in range(1, len(parts)):
            for j in range(len(total)):
                total[j] += parts[part, len(c), j]
