"""Matrix products in float32: C = max(floor, start + A · B), cut into blocks for the micro-kernel.

`multiply_block` computes one block of at most `processor.block_shape()` (14 rows × 32 columns with AVX-512). A and B
are given by addresses and steps between their rows and columns, so that a transposed matrix or a part of a larger one
needs no copy. `start` is what a sum begins with: zeros, a bias (`start_row` 0 repeats one row), or what C holds.

`product_jobs` cuts a product of any size into tasks:

- by rows, when B is small enough to stay in the second-level cache while all rows go over it;
- by panels of 32 columns otherwise. A panel of B is then copied, 256 terms at a time, into 32 kB of scratch, where its
  numbers lie in the order in which they are needed; B transposed is transposed on the way.

Measured on two cores (AMD Zen 4): 180–230 GFLOP/s from 32×784×100 on. NumPy's BLAS reaches 205 on two threads and large
matrices; it stalls for milliseconds when one of its threads is not running, which tasks that can be taken over do not.
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at, view
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.registry import native, subroutine
from minikeras.kernels.tasks import address_of, floats, task_kernel

PANEL = 32  # columns that are done at a time
NO_FLOOR = np.float32(-np.inf)
ZERO = np.float32(0)
LANES = 16

TERMS = 256  # terms of a packed panel: 32 kB
SMALL = 1 << 18  # numbers of a matrix that the second-level cache holds: 1 MB
SMALL_PANELS, MANY_ROWS = 1 << 14, 1 << 10  # all panels are packed by each task if they are small and used often
ALIASED_BYTES = 2048  # see `_lies_apart`
MANY_COLUMNS = 1024  # from which a task packs four panels at once, since every line lies in another page of memory
FEW_ROWS = 32  # rows for which packing a panel does not pay
# Multiplications from which a product is worth a second thread: 5 µs on one core.
WORTH_SHARING = 1 << 18


def even_rows(rows, most):
    """The block height that cuts `rows` into equal blocks of at most `most`."""
    return -(-rows // max(1, -(-rows // most))) if rows > 0 else 1


@native("minikeras.kernels.machine.micro_kernel:multiply_block")
def multiply_block(
    rows, columns, a, a_row, a_inner, a_outer, b, b_inner, b_outer, inner, outer, start, start_row, c, c_row, floor
):
    """C[i, :] = max(floor, start[i, :] + Σ_o Σ_k A[i, o, k] · B[o, k, :]), the reference of the micro-kernel.

    A[i, o, k] is the number at address a + i·a_row + o·a_outer + k·a_inner, B[o, k, j] that at b + o·b_outer +
    k·b_inner + j; start and C likewise. Steps count numbers. All four lengths are at least 1.
    """
    a_values = view(a, (rows, outer, inner), (a_row, a_outer, a_inner))
    b_values = view(b, (outer, inner, columns), (b_outer, b_inner, 1))
    total = view(start, (rows, columns), (start_row, 1)) + np.einsum("iok,okj->ij", a_values, b_values)
    view(c, (rows, columns), (c_row, 1))[...] = np.maximum(total, floor)


@native("minikeras.kernels.machine.transposition:transpose_tile")
def transpose_tile(source, source_row, target, target_row):
    """target[j, i] = source[i, j] for 16 × 16 numbers."""
    view(target, (LANES, LANES), (target_row, 1))[...] = view(source, (LANES, LANES), (source_row, 1)).T


def can_multiply(a, b):
    """Whether `product_jobs` is made for these matrices: float32, not empty, and without gaps along one axis."""
    return (
        a.dtype.char == b.dtype.char == "f"
        and a.ndim == b.ndim == 2
        and a.size > 0
        and b.size > 0
        and a.itemsize in a.strides
        and b.itemsize in b.strides
        and min(*a.strides, *b.strides) > 0
    )


def product_jobs(a, b, c, bias=None, relu=False, positive=None, other=None):
    """The jobs that set c = a · b + bias, or relu of it.

    a (rows, terms), b (terms, columns), c (rows, columns), bias (columns,) or None: float32; a and b have one unit
    stride each, c unit stride along its rows. Two more matrices may have a say, of the shape and strides of c, while
    its rows are in the cache: `other` is added before the relu, as at the end of a residual block; c is set to 0 where
    `positive` is not positive, the gradient of a relu whose result that is.
    """
    if not _lies_apart(a):
        spread = _spread(a)
        return [spread_job(a, spread), *product_jobs(spread, b, c, bias, relu, positive, other)]
    rows, terms = a.shape
    columns = b.shape[1]
    transposed = b.strides[1] != b.itemsize
    bias = np.zeros(columns, np.float32) if bias is None else bias
    most = block_shape()[0]
    if rows * terms * columns < WORTH_SHARING:
        rows_per_task, columns_per_task, packs = rows, columns, int(transposed)
    elif not transposed and (terms * columns <= SMALL or (rows <= FEW_ROWS and columns < 4 * PANEL)):
        rows_per_task, columns_per_task, packs = _rows_per_task(rows, most), columns, 0
    elif terms * columns <= SMALL_PANELS and rows >= MANY_ROWS and terms <= TERMS:
        rows_per_task, columns_per_task, packs = _rows_per_task(rows, most), columns, 1
    else:
        packs = int(transposed or rows > FEW_ROWS)
        columns_per_task = PANEL if transposed or columns < MANY_COLUMNS else 4 * PANEL
        rows_per_task = _rows_beside_panels(rows, columns, most)
    parts = -(-rows // rows_per_task)
    panels = aligned((threads(), -(-columns_per_task // PANEL), TERMS * PANEL)) if packs else np.zeros((1, 1, 1), "f")
    steps = [stride // 4 for array in (a, b) for stride in array.strides]
    job = product_tasks.job(
        parts * -(-columns // columns_per_task),
        address_of(a), *steps[:2], address_of(b), *steps[2:], bias, address_of(c), c.strides[0] // 4,
        0 if other is None else address_of(other), 0 if positive is None else address_of(positive),
        rows, columns, terms,
        rows_per_task, columns_per_task, packs, panels, even_rows(rows_per_task, most), 0.0 if relu else -np.inf,
    )  # fmt: skip
    job.holds = (a, b, c, positive, other)
    return [job]


def _lies_apart(a):
    """Whether the lines of a matrix do not all fall on the same sets of the first-level cache.

    A line that begins 4096 bytes after another shares its set, which holds eight. Blocks of 14 rows of a 128×2048
    matrix then push each other out: 128×2048×2048 takes 24 to 46 ms instead of 5.
    """
    step = max(abs(stride) for stride in a.strides)
    return step % ALIASED_BYTES != 0 or min(a.shape) < 8


def _spread(a):
    """Room for a copy of a matrix, in its own order of axes, with one cache line more between its lines."""
    if a.strides[1] == a.itemsize:
        return aligned((a.shape[0], a.shape[1] + LANES))[:, : a.shape[1]]
    return _spread(a.T).T


def spread_job(a, spread):
    """The `Job` that copies the lines of a matrix to those of `spread`."""
    if a.strides[1] != a.itemsize:
        return spread_job(a.T, spread.T)
    job = copy_lines_of_matrix.job(
        -(-len(a) // 32), address_of(a), a.strides[0] // 4, address_of(spread), spread.strides[0] // 4, *a.shape
    )
    job.holds = (a, spread)
    return job


@task_kernel
def copy_lines_of_matrix(task, source: int, source_row: int, target: int, target_row: int, rows: int, columns: int):
    """target = source for 32 rows."""
    for row in range(task * 32, min(rows, (task + 1) * 32)):
        values = floats_at(source + 4 * row * source_row, columns)
        place = floats_at(target + 4 * row * target_row, columns)
        for j in range(columns):
            place[j] = values[j]


def _rows_per_task(rows, most):
    """Rows of a task when tasks are cut by rows: four to eight tasks of whole blocks, if there are enough rows."""
    if rows < 2 * most // 3:
        return rows
    if rows <= 4 * most:
        return -(-rows // 4)
    return most * max(1, -(-rows // most) // 8)


def _rows_beside_panels(rows, columns, most):
    """Rows of a task when tasks are cut by panels: all, unless that leaves fewer tasks than threads can share."""
    panels = -(-columns // PANEL)
    if panels >= 4:
        return rows
    parts = min(-(-4 // panels), -(-rows // (4 * most)))
    return most * -(-rows // (parts * most))


@task_kernel
def product_tasks(
    task,
    thread,
    a: int,
    a_row: int,
    a_step: int,
    b: int,
    b_step: int,
    b_column: int,
    bias: floats(1),
    c: int,
    c_row: int,
    other: int,
    positive: int,
    rows: int,
    columns: int,
    terms: int,
    rows_per_task: int,
    columns_per_task: int,
    packs: int,
    panels: floats(3),
    block_rows: int,
    floor: float,
):
    """C = max(floor, bias + A · B) for some rows and columns; matrices by address and steps, see `product_jobs`."""
    parts = (rows + rows_per_task - 1) // rows_per_task
    first_row, first_column = task % parts * rows_per_task, task // parts * columns_per_task
    last_row, last_column = min(rows, first_row + rows_per_task), min(columns, first_column + columns_per_task)
    chunk = TERMS if packs else terms
    finishes = other != 0 or positive != 0
    rows_together = 4 * block_rows if finishes else rows_per_task
    for term in range(0, terms, chunk):
        count = min(chunk, terms - term)
        ends = term + count == terms
        bottom = floor if ends and other == 0 else NO_FLOOR
        for column in range(first_column, last_column, PANEL):
            if packs:
                b_place = b + 4 * (term * b_step + column * b_column)
                pack_panel(b_place, b_step, b_column, panels[thread, (column - first_column) // PANEL], count,
                           min(PANEL, last_column - column))  # fmt: skip
        for first in range(first_row, last_row, rows_together):
            last = min(last_row, first + rows_together)
            for column in range(first_column, last_column, PANEL):
                width = min(PANEL, last_column - column)
                b_place, b_place_step = b + 4 * (term * b_step + column * b_column), b_step
                if packs:
                    b_place, b_place_step = address(panels[thread, (column - first_column) // PANEL], 0), PANEL
                for row in range(first, last, block_rows):
                    place = c + 4 * (row * c_row + column)
                    multiply_block(
                        min(block_rows, last - row), width,
                        a + 4 * (row * a_row + term * a_step), a_row, a_step, 0,
                        b_place, b_place_step, 0, count, 1,
                        address(bias, column) if term == 0 else place, 0 if term == 0 else c_row,
                        place, c_row, bottom,
                    )  # fmt: skip
            if ends and finishes:
                finish_rows(c, other, positive, c_row, first, last, first_column, last_column, floor)


@subroutine
def finish_rows(c, other, positive, step, first_row, last_row, first_column, last_column, floor):
    """c = max(floor, c + other), and 0 where `positive` is not positive, for a part of the matrix c."""
    rows, width, offset = last_row - first_row, last_column - first_column, 4 * (first_row * step + first_column)
    if width == step:  # no gaps: one long line
        rows, width = 1, rows * width
    for row in range(rows):
        start = offset + 4 * row * step
        result = floats_at(c + start, width)
        if other != 0 and positive != 0:
            addend, sign = floats_at(other + start, width), floats_at(positive + start, width)
            for j in range(width):
                value = result[j] + addend[j]
                result[j] = value if sign[j] > ZERO else ZERO
        elif other != 0:
            addend = floats_at(other + start, width)
            for j in range(width):
                value = result[j] + addend[j]
                result[j] = floor if value < floor else value
        else:
            sign = floats_at(positive + start, width)
            for j in range(width):
                result[j] = result[j] if sign[j] > ZERO else ZERO


@subroutine
def pack_panel(b, b_step, b_column, panel, terms, width):
    """panel[k · 32 + j] = B[k, j] for some terms k and up to 32 columns j."""
    if b_column == 1:
        source = floats_at(b, (terms - 1) * b_step + width)
        if width == PANEL:  # a length known when it is compiled becomes two vector instructions
            for k in range(terms):
                for j in range(PANEL):
                    panel[k * PANEL + j] = source[k * b_step + j]
            return
        for k in range(terms):
            for j in range(width):
                panel[k * PANEL + j] = source[k * b_step + j]
        return
    source = floats_at(b, (width - 1) * b_column + terms)
    whole_terms, whole_columns = terms // LANES * LANES, width // LANES * LANES
    for j in range(0, whole_columns, LANES):
        for k in range(0, whole_terms, LANES):
            transpose_tile(b + 4 * (j * b_column + k), b_column, address(panel, k * PANEL + j), PANEL)
        for k in range(whole_terms, terms):
            for i in range(j, j + LANES):
                panel[k * PANEL + i] = source[i * b_column + k]
    for j in range(whole_columns, width):
        for k in range(terms):
            panel[k * PANEL + j] = source[j * b_column + k]
