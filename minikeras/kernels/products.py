"""Matrix products in float32: C = max(floor, start + A · B), divided into blocks for the micro-kernel.

`multiply_block` computes one block of at most `processor.block_shape()` (14 rows × 32 columns with AVX-512), or of up
to 48 columns if it has no more rows than `wide_blocks()`. A and B are given by addresses and strides of rows and
columns, so that a transposed matrix or a part of a larger one needs no copy. A sum begins with `start`: zeros, a bias
(`start_row` 0 repeats one row), or the values of C.

`product_jobs` splits a product of any size into tasks, and the terms into chunks of about 512, for which a block of A
stays in the first-level cache:

- by rows, when B is small enough to stay in the second-level cache while all rows are multiplied by it;
- by panels of 32 columns otherwise. A few panels of B at a time are then packed into scratch, in the order in which
  their elements are read; a transposed B is transposed while packing. If the elements of A are awkwardly strided, it
  is packed too.

The split never changes the order in which an element's terms are added. Measured on one core of an Intel Sapphire
Rapids, GFLOP/s: 128×2048×2048 170, 512³ 192, 1000³ 180 (with A transposed 178), of 225 that the micro-kernel reaches in
the cache. NumPy's BLAS stalls for milliseconds when one of its threads is not running; tasks that any thread can claim
do not.

Rows of A are fetched a block before they are multiplied, and a block of C is finished while it is in the cache. Arrays
that do not stay in the second-level cache, on one core of an Emerald Rapids, ms without and with this: 32768×64×32 1.99
and 1.52, 32768×32×64 with another matrix added 2.45 and 2.02.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.blocks import LANES, copy_block, copy_chunks, fetch, multiply_block, transpose_tile
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape, wide_block_shape
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, pointer, task_kernel

PANEL = 32  # columns processed at a time
NO_FLOOR = np.float32(-np.inf)
ZERO = np.float32(0)

TERMS = 512  # terms processed at a time: a block of A is 28 kB, a panel of B 64
SMALL = 1 << 18  # elements of a matrix that the second-level cache holds: 1 MB
MAX_UNPACKED_ROWS = 8  # rows for which packing a panel does not pay; with 32, 32×2048×2048 takes 1.6 times as long
MAX_BLOCKS = 80  # blocks per task
PANELS_PER_PACK = 4  # panels of 512 terms packed at once
MIN_COLUMNS = 6 * PANEL  # columns from which A transposed is packed
MIN_ALIASED_COLUMNS = 4 * PANEL  # the same for A with aliased rows
FEW_PARTS = 2  # parts of the columns that each pack A, 512 terms at a time; if there are more it is packed
MAX_COPIED = 1 << 22  # before, unless it has more elements than this
ALIASED_BYTES, ALIASED_ROWS = 4096, 6  # see `_is_aliased`
NOTHING = np.zeros((1, 0), np.float32)
# Multiplications from which a product is worth a second thread: 5 µs on one core.
WORTH_SHARING = 1 << 18


class Matrix(NamedTuple):
    """A matrix for compiled code: its first element, and its strides in elements."""

    start: pointer
    row: int
    column: int


def matrix_of(x):
    """The `Matrix` of a float32 array."""
    return Matrix(x, x.strides[0] // x.itemsize, x.strides[1] // x.itemsize)


class Blocking(NamedTuple):
    """How `product_tasks` divides a product: into tasks, these into chunks of terms, and blocks of rows and columns."""

    rows: int
    columns: int
    terms: int
    rows_per_task: int
    columns_per_task: int
    block_rows: int
    panel: int  # columns of a block
    together: int  # columns of B packed at a time
    chunk: int  # terms processed at a time
    a_block: int  # from one block of A's rows to the next, in elements


def wide_blocks():
    """(rows, columns of a panel) for products of few rows, in the blocks of `processor.wide_block_shape()`."""
    rows, vectors = wide_block_shape()
    return rows, max(PANEL, LANES * vectors)


def blocks_of(columns):
    """(rows, columns) of the blocks of a product with this many columns: wide ones if they fit without a remainder.

    One core of an Ice Lake, with 14 × 32 and 9 × 48, ms: 2048×96×384 1.65 and 1.26, 2048×384×96 1.49 and 1.29,
    1024×768×768 11.3 and 10.2; geometric mean of 30 shapes 1.14.
    """
    wide = wide_blocks()
    return wide if columns % wide[1] == 0 else (block_shape()[0], PANEL)


def even_rows(rows, most):
    """The block height that divides `rows` into equal blocks of at most `most`."""
    return -(-rows // max(1, -(-rows // most))) if rows > 0 else 1


def can_multiply(a, b):
    """Whether `product_jobs` supports these matrices: float32, not empty, and with unit stride along one axis."""
    return (
        a.dtype.char == b.dtype.char == "f"
        and a.ndim == b.ndim == 2
        and a.size > 0
        and b.size > 0
        and a.itemsize in a.strides
        and b.itemsize in b.strides
        and min(*a.strides, *b.strides) > 0
    )


def product_jobs(a, b, c, bias=None, relu=False, positive=None):
    """The jobs that set c = a · b + bias, or relu of it.

    a (rows, terms), b (terms, columns), c (rows, columns), bias (columns,) or None: float32; a and b have one unit
    stride each, c unit stride along its rows. While its rows are in the cache, c is set to 0
    where `positive`, the result of a relu, of the shape and strides of c, is not positive: the gradient of that relu.
    """
    (rows, terms), columns = a.shape, b.shape[1]
    bias = np.zeros(columns, np.float32) if bias is None else bias
    alone = rows * terms * columns < WORTH_SHARING
    transposed, aliased = a.strides[1] != a.itemsize, _is_aliased(a)
    copies = not alone and columns >= (MIN_ALIASED_COLUMNS if aliased else MIN_COLUMNS) and (aliased or transposed)
    far = terms * columns > SMALL or _is_aliased(b)
    packs = b.strides[1] != b.itemsize or (far and rows > MAX_UNPACKED_ROWS and not alone)
    most, panel = blocks_of(columns)
    most = min(most, ALIASED_ROWS) if aliased and not copies else most
    block_rows, blocks_per_task, panels_per_task = _blocks_of_a_task(rows, -(-columns // panel), most, alone, packs)
    column_parts = -(-columns // (panels_per_task * panel))
    chunk = -(-terms // -(-terms // TERMS)) if packs or columns > panel else terms
    # A sum that is complete after one chunk is written once, so long chunks of C's rows are written at a time.
    together = min(panels_per_task, PANELS_PER_PACK * TERMS // chunk) if packs else panels_per_task
    jobs = []
    a_rows, a_block = matrix_of(a), block_rows * a.strides[0] // 4
    if copies and column_parts > FEW_PARTS and a.size <= MAX_COPIED:
        copies, copied = False, aligned((-(-rows // block_rows), block_rows * (terms + LANES)))
        jobs = [_copy_job(a, block_rows, copied)]
        a_rows = Matrix(copied, 1, block_rows) if transposed else Matrix(copied, terms + LANES, 1)
        a_block = copied.shape[1]
    blocking = Blocking(
        rows, columns, terms, block_rows * blocks_per_task, panels_per_task * panel, block_rows, panel,
        together * panel, chunk, a_block,
    )  # fmt: skip
    job = product_tasks.job(
        -(-rows // blocking.rows_per_task) * column_parts,
        a_rows, matrix_of(b), bias, matrix_of(c), positive, blocking,
        scratch(blocks_per_task * block_rows * (chunk + LANES)) if copies else NOTHING,
        scratch(together * chunk * panel) if packs else NOTHING,
        0.0 if relu else -np.inf,
    )  # fmt: skip
    return [*jobs, job]


def _copy_job(a, block_rows, lines):
    """The job that packs A, block by block, in the order of `copy_blocks`."""
    rows, terms = a.shape
    per_task = min(8, -(-len(lines) // (2 * threads())))
    return copy_lines.job(-(-len(lines) // per_task), matrix_of(a), rows, terms, block_rows, per_task, lines)


def _is_aliased(a):
    """Whether many rows of a matrix map to the same sets of the first-level cache.

    A row that begins 4096 bytes after another shares its set, which holds eight or twelve cache lines. Blocks of 14
    rows of a 128×2048 matrix then evict each other: 128×2048×2048 takes 24 to 46 ms instead of 5 on an AMD Zen 4. At
    half that stride seven rows share a set, and 128×512×512 takes 0.31 ms unpacked, 0.36 with copies (one core).
    """
    return max(a.strides) % ALIASED_BYTES == 0 and min(a.shape) > 8


def _blocks_of_a_task(rows, panels, most, alone, packs):
    """(rows of a block, blocks of a task, panels of a task).

    Packed panels would be packed again for other rows, so such tasks are split by columns first, into at least four
    panels. Unpacked panels are read again by each block: B stays in the cache, and tasks are split by rows.
    """
    blocks, wanted = -(-rows // most), 4 * threads()
    if alone:
        return even_rows(rows, most), blocks, panels
    if packs:
        panels_per_task = max(min(panels, PANELS_PER_PACK), -(-panels // wanted))
        column_parts = -(-panels // panels_per_task)
        row_parts = max(-(-blocks // MAX_BLOCKS), min(-(-wanted // column_parts), max(1, blocks // 8)))
        return even_rows(rows, most), -(-blocks // row_parts), panels_per_task
    if rows <= MAX_UNPACKED_ROWS:
        return even_rows(rows, most), blocks, max(1, panels // wanted)
    if blocks < 2 * wanted:  # as many for each thread
        blocks = max(blocks, min(-(-blocks // threads()) * threads(), rows // 4))
    return -(-rows // blocks), max(1, blocks // wanted), panels


@task_kernel
def copy_lines(task, a: Matrix, rows: int, terms: int, block_rows: int, blocks_per_task: int, lines: floats(2)):
    """Pack some blocks of A, see `copy_blocks`."""
    first = task * blocks_per_task * block_rows
    height = min(blocks_per_task * block_rows, rows - first)
    own = Matrix(a.start + 4 * first * a.row, a.row, a.column)
    copy_blocks(own, height, terms, block_rows, address(lines[task * blocks_per_task], 0))


@task_kernel
def product_tasks(
    task, thread, a: Matrix, b: Matrix, bias: floats(1), c: Matrix, positive: pointer, blocking: Blocking,
    lines: floats(2), panels: floats(2), floor: float,
):  # fmt: skip
    """C = max(floor, bias + A · B) for some rows and columns; see `product_jobs`.

    If `lines` and `panels` are given, A's rows and some of B's columns are packed there first.
    """
    parts = (blocking.rows + blocking.rows_per_task - 1) // blocking.rows_per_task
    first_row, first_column = task % parts * blocking.rows_per_task, task // parts * blocking.columns_per_task
    height = min(blocking.rows_per_task, blocking.rows - first_row)
    end = min(blocking.columns, first_column + blocking.columns_per_task)
    copies, packs = lines.shape[1] > 0, panels.shape[1] > 0
    for term in range(0, blocking.terms, blocking.chunk):
        count = min(blocking.chunk, blocking.terms - term)
        bottom = floor if term + count == blocking.terms else NO_FLOOR
        a_place, a_row, a_step, a_block = a.start + 4 * term * a.column, a.row, a.column, blocking.a_block
        a_place += 4 * (first_row // blocking.block_rows * blocking.a_block)
        if copies:
            place = address(lines[thread], 0)
            copy_blocks(Matrix(a_place, a.row, a.column), height, count, blocking.block_rows, place)
            a_place, a_row = place, count + LANES if a.column == 1 else 1
            a_step = 1 if a.column == 1 else blocking.block_rows
            a_block = blocking.block_rows * (count + LANES)
        for group in range(first_column, end, blocking.together):
            last = min(end, group + blocking.together)
            b_place, b_row, next_panel = (
                b.start + 4 * (term * b.row + group * b.column),
                b.row,
                blocking.panel * b.column,
            )
            if packs:
                place = address(panels[thread], 0)
                pack_panels(b_place, b.row, b.column, place, blocking.panel, count, last - group)
                b_place, b_row, next_panel = place, blocking.panel, blocking.panel * count
            for block in range(0, height, blocking.block_rows):
                if a_step == 1 and group == first_column and block + blocking.block_rows < height:
                    next_block = a_place + 4 * ((block // blocking.block_rows + 1) * a_block)
                    fetch_rows(next_block, a_row, min(blocking.block_rows, height - blocking.block_rows - block), count)
                for column in range(group, last, blocking.panel):
                    place = c.start + 4 * ((first_row + block) * c.row + column)
                    multiply_block(
                        min(blocking.block_rows, height - block), min(blocking.panel, end - column),
                        a_place + 4 * (block // blocking.block_rows * a_block), a_row, a_step, 0,
                        b_place + 4 * ((column - group) // blocking.panel * next_panel), b_row, 0, count, 1,
                        address(bias, column) if term == 0 else place, 0 if term == 0 else c.row,
                        place, c.row, bottom,
                    )  # fmt: skip
                if positive != 0 and term + count == blocking.terms:
                    row = first_row + block
                    last_row = min(row + blocking.block_rows, first_row + height)
                    mask_rows(c.start, positive, c.row, row, last_row, group, last)


@subroutine
def fetch_rows(start, step, rows, elements):
    """`fetch` some rows of a matrix."""
    for row in range(rows):
        fetch(start + 4 * row * step, elements)


@subroutine
def copy_blocks(a, rows, terms, block_rows, lines):
    """Pack rows of A block by block.

    The rows of a block follow each other as in A, at strides that map to all sets of the cache. Those of A transposed
    are term by term.
    """
    panel_step = block_rows * (terms + LANES)
    whole = 0
    if a.column != 1:
        whole = rows // block_rows
        copy_chunks(a.start, a.column, lines, panel_step, terms, whole, block_rows)
    for block in range(whole, (rows + block_rows - 1) // block_rows):
        row, place = block * block_rows, lines + 4 * block * panel_step
        if a.column == 1:
            copy_block(a.start + 4 * row * a.row, a.row, place, terms + LANES, min(block_rows, rows - row), terms)
        else:
            copy_block(a.start + 4 * row, a.column, place, block_rows, terms, rows - row)


@subroutine
def mask_rows(c, positive, step, first_row, last_row, first_column, last_column):
    """c = 0 where `positive` is not positive, for a part of the matrix c."""
    rows, width, offset = last_row - first_row, last_column - first_column, 4 * (first_row * step + first_column)
    if width == step:  # contiguous: one long row
        rows, width = 1, rows * width
    for row in range(rows):
        start = offset + 4 * row * step
        result, sign = floats_at(c + start, width), floats_at(positive + start, width)
        for j in range(width):
            result[j] = result[j] if sign[j] > ZERO else ZERO


@subroutine
def pack_panels(b, b_step, b_column, place, panel, terms, columns):
    """Pack some columns of B, panel by panel."""
    done = 0
    if b_column == 1:
        done = columns // panel * panel
        copy_chunks(b, b_step, place, panel * terms, terms, columns // panel, panel)
    for column in range(done, columns, panel):
        pack_panel(
            b + 4 * column * b_column, b_step, b_column, place + 4 * column * terms, panel, terms,
            min(panel, columns - column),
        )  # fmt: skip


@subroutine
def pack_panel(b, b_step, b_column, panel, row, terms, width):
    """The elements B[k, j] of some terms k and `width` columns j, to the address panel + k · row + j."""
    if b_column == 1:
        copy_block(b, b_step, panel, row, terms, width)
        return
    if terms < LANES or width < LANES:
        source, target = floats_at(b, (width - 1) * b_column + terms), floats_at(panel, (terms - 1) * row + width)
        for j in range(width):
            for k in range(terms):
                target[k * row + j] = source[j * b_column + k]
        return
    for j in range(0, width, LANES):
        j = min(j, width - LANES)  # the last tile overlaps the one before, rather than being smaller
        for k in range(0, terms, LANES):
            k = min(k, terms - LANES)
            transpose_tile(b + 4 * (j * b_column + k), b_column, panel + 4 * (k * row + j), row)
