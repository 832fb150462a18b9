"""Matrix products in float32: C = max(floor, start + A · B), cut into blocks for the micro-kernel.

`multiply_block` computes one block of at most `processor.block_shape()` (14 rows × 32 columns with AVX-512). A and B
are given by addresses and steps between their rows and columns, so that a transposed matrix or a part of a larger one
needs no copy. `start` is what a sum begins with: zeros, a bias (`start_row` 0 repeats one row), or what C holds.

`product_jobs` cuts a product of any size into tasks:

- by rows, when B is small enough to stay in the second-level cache while all rows go over it;
- by rows and panels of 32 columns otherwise. Panels of B are then copied, 256 terms at a time, to scratch where their
  numbers lie in the order in which they are needed; B transposed is transposed on the way. If A's own numbers lie
  awkwardly, some rows of it are copied too. What a task works on stays in the second-level cache.

How a product is cut never changes in which order a number's terms are added. Measured on one core of an Intel Sapphire
Rapids, GFLOP/s: 128×2048×2048 170, 512³ 192, 1000³ 180 (with A transposed 178), of 225 that the micro-kernel reaches in
the cache. NumPy's BLAS stalls for milliseconds when one of its threads is not running, which tasks that can be taken
over do not.
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
FEW_ROWS = 32  # rows for which packing a panel does not pay
MOST_BLOCKS, MOST_PANELS = 32, 16  # of a task: 256 terms of each are 0.5 MB, and so is what it writes
TOGETHER = 4  # panels that are packed at once, for every term's line may lie in another page of memory
WORTH_COPYING = 4 * PANEL  # columns from which an awkward A is copied
ALIASED_BYTES, ALIASED_ROWS = 4096, 6  # see `_is_aliased`
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


@native("minikeras.kernels.machine.copying:copy_block")
def copy_block(source, source_row, target, target_row, rows, columns):
    """target[i, j] = source[i, j]."""
    view(target, (rows, columns), (target_row, 1))[...] = view(source, (rows, columns), (source_row, 1))


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
    rows, terms = a.shape
    columns = b.shape[1]
    bias = np.zeros(columns, np.float32) if bias is None else bias
    most = block_shape()[0]
    packs, copies = b.strides[1] != b.itemsize, a.strides[1] != a.itemsize or _is_aliased(a)
    if rows * terms * columns < WORTH_SHARING:
        rows_per_task, columns_per_task, copies = rows, columns, False
    elif not packs and terms * columns <= SMALL and not _is_aliased(b):
        rows_per_task, columns_per_task = _rows_per_task(rows, most), columns
    else:
        packs = packs or rows > FEW_ROWS
        rows_per_task, columns_per_task = _cut_by_panels(rows, columns, most)
    copies = copies and columns_per_task >= WORTH_COPYING
    # A sum that is complete after 256 terms is written once, so long pieces of C's rows are done at a time:
    # 2048×128×2048 takes 6.3 ms on one core, by four panels 7.1.
    together = min(-(-columns_per_task // PANEL), TOGETHER if packs and terms > TERMS else MOST_PANELS)
    block_rows = even_rows(rows_per_task, min(most, ALIASED_ROWS) if _is_aliased(a) and not copies else most)
    blocks = -(-rows_per_task // block_rows)
    steps = [stride // 4 for array in (a, b) for stride in array.strides]
    job = product_tasks.job(
        -(-rows // rows_per_task) * -(-columns // columns_per_task),
        address_of(a), *steps[:2], address_of(b), *steps[2:], bias, address_of(c), c.strides[0] // 4,
        0 if other is None else address_of(other), 0 if positive is None else address_of(positive),
        rows, columns, terms,
        rows_per_task, columns_per_task, block_rows, together * PANEL,
        aligned((threads(), blocks * block_rows * (TERMS + LANES))) if copies else np.zeros((1, 0), np.float32),
        aligned((threads(), together * TERMS * PANEL)) if packs else np.zeros((1, 0), np.float32),
        0.0 if relu else -np.inf,
    )  # fmt: skip
    job.holds = (a, b, c, positive, other)
    return [job]


def _is_aliased(a):
    """Whether many lines of a matrix fall on the same sets of the first-level cache.

    A line that begins 4096 bytes after another shares its set, which holds eight or twelve. Blocks of 14 rows of a
    128×2048 matrix then push each other out: 128×2048×2048 takes 24 to 46 ms instead of 5 on an AMD Zen 4. At half that
    step seven lines share a set, and 128×512×512 takes 0.31 ms as it lies, 0.36 with copies (one core).
    """
    return max(a.strides) % ALIASED_BYTES == 0 and min(a.shape) > 8


def _rows_per_task(rows, most):
    """Rows of a task when tasks are cut by rows: four to ten tasks of whole blocks, if there are enough rows."""
    if rows < 2 * most // 3:
        return rows
    if rows <= 4 * most:
        return -(-rows // 4)
    blocks = -(-rows // most)
    tasks = -(-blocks // min(MOST_BLOCKS, max(1, blocks // 8)))
    return -(-rows // (-(-tasks // threads()) * threads()))


def _cut_by_panels(rows, columns, most):
    """(rows, columns) of a task when all rows would read B again and again from afar: as many rows as fit the cache."""
    blocks, panels = -(-rows // most), -(-columns // PANEL)
    row_parts = -(-blocks // MOST_BLOCKS)
    panels_per_task = min(MOST_PANELS, max(1, panels // -(-4 * threads() // row_parts)))
    column_parts = -(-panels // panels_per_task)
    row_parts = max(row_parts, min(-(-2 * threads() // column_parts), -(-blocks // 4)))
    return -(-rows // row_parts), panels_per_task * PANEL


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
    block_rows: int,
    together: int,
    lines: floats(2),
    panels: floats(2),
    floor: float,
):
    """C = max(floor, bias + A · B) for some rows and columns; matrices by address and steps, see `product_jobs`.

    Where there is room in `lines` and `panels`, A's rows and B's columns are copied there, 256 terms at a time.
    """
    parts = (rows + rows_per_task - 1) // rows_per_task
    first_row, first_column = task % parts * rows_per_task, task // parts * columns_per_task
    height, end = min(rows_per_task, rows - first_row), min(columns, first_column + columns_per_task)
    copies, packs = lines.shape[1] > 0, panels.shape[1] > 0
    chunk = TERMS if copies or packs else terms
    for term in range(0, terms, chunk):
        count = min(chunk, terms - term)
        bottom = floor if term + count == terms and other == 0 else NO_FLOOR
        a_place, row_step, step = a + 4 * (first_row * a_row + term * a_step), a_row, a_step
        next_block = block_rows * a_row
        if copies:
            place = address(lines[thread], 0)
            next_block = copy_rows(a_place, a_row, a_step, place, height, count, block_rows)
            a_place, row_step, step = place, TERMS + LANES if a_step == 1 else 1, 1 if a_step == 1 else block_rows
        for group in range(first_column, end, together):
            b_place, b_row, next_panel = b + 4 * (term * b_step + group * b_column), b_step, PANEL * b_column
            if packs:
                for column in range(group, min(end, group + together), PANEL):
                    pack_panel(
                        b_place + 4 * (column - group) * b_column, b_step, b_column,
                        address(panels[thread], (column - group) * TERMS), count, min(PANEL, end - column),
                    )  # fmt: skip
                b_place, b_row, next_panel = address(panels[thread], 0), PANEL, PANEL * TERMS
            for block in range(0, height, block_rows):
                for column in range(group, min(end, group + together), PANEL):
                    place = c + 4 * ((first_row + block) * c_row + column)
                    multiply_block(
                        min(block_rows, height - block), min(PANEL, end - column),
                        a_place + 4 * (block // block_rows * next_block), row_step, step, 0,
                        b_place + 4 * ((column - group) // PANEL * next_panel), b_row, 0, count, 1,
                        address(bias, column) if term == 0 else place, 0 if term == 0 else c_row,
                        place, c_row, bottom,
                    )  # fmt: skip
    if other != 0 or positive != 0:
        finish_rows(c, other, positive, c_row, first_row, first_row + height, first_column, end, floor)


@subroutine
def copy_rows(a, a_row, a_step, lines, rows, terms, block_rows):
    """Copy rows of A block by block, those of its transposed in slices as wide as a block; gives a block's numbers."""
    if a_step == 1:
        copy_block(a, a_row, lines, TERMS + LANES, rows, terms)
        return block_rows * (TERMS + LANES)
    whole = rows // block_rows
    for k in range(terms):
        source, target = a + 4 * k * a_step, lines + 4 * k * block_rows
        copy_block(source, block_rows, target, block_rows * TERMS, whole, block_rows)
        if whole * block_rows < rows:
            done = 4 * whole * block_rows
            copy_block(source + done, 0, target + done * TERMS, 0, 1, rows - whole * block_rows)
    return block_rows * TERMS


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
    """The numbers B[k, j] of some terms k and up to 32 columns j, to the address panel + k · 32 + j."""
    if b_column == 1:
        copy_block(b, b_step, panel, PANEL, terms, width)
        return
    whole_terms, whole_columns = terms // LANES * LANES, width // LANES * LANES
    for j in range(0, whole_columns, LANES):
        for k in range(0, whole_terms, LANES):
            transpose_tile(b + 4 * (j * b_column + k), b_column, panel + 4 * (k * PANEL + j), PANEL)
    source, target = floats_at(b, (width - 1) * b_column + terms), floats_at(panel, (terms - 1) * PANEL + width)
    for j in range(width):
        for k in range(whole_terms if j < whole_columns else 0, terms):
            target[k * PANEL + j] = source[j * b_column + k]
