"""Products of a float32 matrix, rounded to bytes, and an int8 matrix as jobs; `integer_products.py` defines them.

    q, s = bytes and scale of each row of x
    sums[i, j] = Σ_k q[i, k] · kernel[k, j]         exact, in int32
    y[i, j] = sums[i, j] / (s[i] · scale[j])

The instruction that multiplies bytes takes unsigned ones on the left and signed ones on the right. So the left side is
q + 128, and each sum begins with −128 · Σ_k kernel[k, j] to compensate.

The kernel is packed into panels of 32 columns, in which the four bytes that are multiplied together are adjacent. A
plan packs it only when it has changed, not at each prediction. Values of four bits become bytes while packing.

2048 units of 2048 inputs, two cores of a Xeon at 2.8 GHz with VNNI, ms by our float32 product, by this: batch 1 0.40,
0.08; batch 32 2.6, 0.63; batch 256 21.0, 6.4. Predictions by four such layers: 3.5, 0.88; 12.8, 3.1; 89, 24. Four
layers with code for AVX2 only: 11.0, 1.2; 22, 11; 171, 104.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, view
from minikeras.kernels.embedding_jobs import signed
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import byte_block_rows
from minikeras.kernels.products import even_rows
from minikeras.kernels.registry import inlined_subroutine, native
from minikeras.kernels.tasks import bytes_, floats, indices, task_kernel

PANEL = 32  # columns
WORD = 4  # bytes multiplied together
OFFSET = 128  # added to make bytes unsigned
WORTH_JOBS = 1 << 18  # multiplications from which jobs are faster than NumPy
WORTH_SHARING = 1 << 20  # multiplications from which several threads are faster
ELEMENTS_PER_TASK = 1 << 14
NOTHING = np.zeros(0, np.float32)
ZERO = np.float32(0)
ROUND = np.float32(3 << 22)  # adding 1.5 · 2²³ leaves no bits below the point: it rounds to the nearest, half to even
OFFSET_FLOAT = np.float32(OFFSET)
MAGNITUDE = (1 << 31) - 1  # all bits of a float32 except its sign


@native("minikeras.kernels.machine.byte_products:multiply_bytes")
def multiply_bytes(rows, a, a_row, panel, groups, start, sums):
    """sums[i, j] = start[j] + Σ_g Σ_t a[i, 4g + t] · panel[g, j, t], the reference of the micro-kernel.

    Addresses of unsigned bytes a, rows `a_row` bytes apart; of signed ones of the panel (groups, 32, 4); of int32
    `start` (32,) and `sums` (rows, 32).
    """
    left = view(a, (rows, WORD * groups), (a_row, 1), np.uint8).astype(np.int32)
    right = view(panel, (groups, PANEL, WORD), dtype=np.int8).astype(np.int32)
    right = right.transpose(0, 2, 1).reshape(WORD * groups, PANEL)
    view(sums, (rows, PANEL), dtype=np.int32)[...] = view(start, (PANEL,), dtype=np.int32) + left @ right


class Panels:
    """The memory of a packed kernel of `terms` × `columns`.

    Attributes:
        values: (panels, groups, 32 · 4), bytes.
        start: the initial value of each column's sums, int32.
    """

    def __init__(self, terms, columns):
        self.terms, self.columns = terms, columns
        panels, groups = -(-columns // PANEL), -(-terms // WORD)
        self.values = aligned((panels, groups, PANEL * WORD), np.uint8)
        self.start = aligned((panels, PANEL), np.int32)


def is_large(x, scale):
    """Whether a product of these rows is worth its jobs: making and starting them takes 30 µs."""
    return x.size * len(scale) >= WORTH_JOBS


def scaled_product_jobs(x, kernel, scale, y, value_range, epsilon, nibbles=False, bias=None, relu=False):
    """The jobs that set y = q @ kernel / (s · scale) + bias, or relu of it, see above.

    Args:
        x: (rows, terms), float32.
        kernel: (terms, columns) of int8; with `nibbles` pairs of columns in a byte.
        scale, bias: (columns,), float32; no bias if None.
        y: (rows, columns), float32.
        value_range, epsilon: of the rounding of x.
    """
    (rows, terms), columns = x.shape, y.shape[1]
    panels = Panels(terms, columns)
    q, s = aligned((rows, panels.values.shape[1] * WORD), np.uint8), aligned((rows,))
    return [
        *pack_jobs(kernel, panels, nibbles),
        *row_jobs(x, value_range, epsilon, q, s),
        *product_jobs(q, panels, y, s, scale, bias, relu),
    ]


def pack_jobs(kernel, panels, nibbles=False):
    """The job that packs a kernel (terms, columns) of int8, or one of pairs of neighbouring columns in a byte."""
    job = pack_byte_panels.job(
        len(panels.values), kernel.view(np.uint8), panels.columns, int(nibbles), panels.values, panels.start
    )
    return [job.preparing(kernel)]


def row_jobs(x, value_range, epsilon, q, s):
    """The job that rounds the rows of x (rows, terms) to bytes + 128, q (rows, a multiple of four), with scales s."""
    per_task = max(1, ELEMENTS_PER_TASK // max(1, x.shape[1]))
    tasks = -(-len(x) // per_task)
    low, high = value_range
    return [quantize_rows.job(tasks, x, x.view(np.int32), low, high, epsilon, q, s, s.view(np.int32), per_task)]


def product_jobs(q, panels, y, s=None, scale=None, bias=None, relu=False):
    """The job that sets y (rows, columns) to the products of bytes q and a packed kernel.

    y is int32 and has the sums; or it is float32, and the sums are divided by the scales s of rows and `scale` of
    columns, before a bias is added and relu is applied.
    """
    rows, columns = y.shape
    count = len(panels.values)
    alone = rows * panels.terms * columns < WORTH_SHARING
    wanted = 1 if alone else 4 * threads()
    panels_per_task = -(-count // wanted)
    blocks = -(-rows // byte_block_rows())
    row_parts = min(blocks, max(1, wanted * panels_per_task // count)) if not alone else 1
    rows_per_task = -(-rows // row_parts)
    block_rows = even_rows(rows_per_task, byte_block_rows())
    tasks = -(-rows // rows_per_task) * -(-count // panels_per_task)
    scales = (NOTHING, NOTHING) if s is None else (s, scale)
    result = Result(y.view(np.float32), y.view(np.int32), *scales, NOTHING if bias is None else bias,
        0.0 if relu else -np.inf)  # fmt: skip
    blocking = Blocking(rows_per_task, panels_per_task, block_rows)
    sums = scratch(block_rows * PANEL, np.int32)
    return [byte_products.job(tasks, q, PackedKernel(panels.values, panels.start), result, sums, blocking)]


@task_kernel
def pack_byte_panels(task, kernel: bytes_(2), columns: int, nibbles: int, panels: bytes_(3), start: indices(2)):
    """One panel, see `Panels`; columns past the last and terms past the last are 0."""
    terms, groups = len(kernel), panels.shape[1]
    for j in range(PANEL):
        start[task, j] = 0
    for group in range(groups):
        for t in range(WORD):
            k = WORD * group + t
            for j in range(PANEL):
                column, value = task * PANEL + j, 0
                if k < terms and column < columns:
                    if nibbles:
                        value = signed((kernel[k, column // 2] >> (4 * (column % 2))) & 15, 4)
                    else:
                        value = signed(kernel[k, column], 8)
                panels[task, group, WORD * j + t] = value & 255
                start[task, j] -= OFFSET * value


@task_kernel
def quantize_rows(
    task,
    x: floats(2),
    x_bits: indices(2),
    low: float,
    high: float,
    epsilon: float,
    q: bytes_(2),
    s: floats(1),
    s_bits: indices(1),
    rows_per_task: int,
):
    """Some rows: s = high / (max |x| + ε), q = 128 + clip(round(x · s)).

    Magnitudes are compared by their bits as integers, of which NaN has the largest: LLVM vectorises that, and not the
    maximum of floats, whose order matters if one is NaN.
    """
    terms = x.shape[1]
    for i in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        row, bits, target = x[i], x_bits[i], q[i]
        largest = 0
        for k in range(terms):
            largest = max(largest, bits[k] & MAGNITUDE)
        s_bits[i] = largest
        factor = high / (s[i] + epsilon)
        s[i] = factor
        for k in range(terms):
            value = row[k] * factor
            value = value if value == value else ZERO  # NaN as a byte is 0, as in NumPy
            value = min(max(value, low), high)
            target[k] = int((value + ROUND) - ROUND + OFFSET_FLOAT)
        for k in range(terms, q.shape[1]):
            target[k] = OFFSET


class PackedKernel(NamedTuple):
    """The arrays of `Panels`."""

    values: bytes_(3)
    start: indices(2)


class Result(NamedTuple):
    """The results: y = max(floor, sums / (s · scale) + bias), or the sums themselves if there are no scales."""

    y: floats(2)
    sums: indices(2)  # the same memory
    s: floats(1)  # of rows
    scale: floats(1)  # of columns
    bias: floats(1)
    floor: float


class Blocking(NamedTuple):
    """How a product is divided into tasks, and these into blocks of rows."""

    rows_per_task: int
    panels_per_task: int
    block_rows: int


@task_kernel
def byte_products(
    task, thread, q: bytes_(2), kernel: PackedKernel, result: Result, sums: indices(2), blocking: Blocking
):
    """Some rows and panels of the result."""
    rows, columns = result.y.shape
    parts = (rows + blocking.rows_per_task - 1) // blocking.rows_per_task
    first, last = task % parts * blocking.rows_per_task, min(rows, (task % parts + 1) * blocking.rows_per_task)
    panel = task // parts * blocking.panels_per_task
    for p in range(panel, min(len(kernel.values), panel + blocking.panels_per_task)):
        for i in range(first, last, blocking.block_rows):
            height = min(blocking.block_rows, last - i)
            multiply_bytes(
                height, address(q[i], 0), q.shape[1], address(kernel.values[p], 0), kernel.values.shape[1],
                address(kernel.start[p], 0), address(sums[thread], 0),
            )  # fmt: skip
            for r in range(height):
                line = sums[thread, r * PANEL : (r + 1) * PANEL]
                finish_line(result, line, i + r, p * PANEL, min(columns, (p + 1) * PANEL))


@inlined_subroutine
def finish_line(result, sums, row, left, right):
    """The columns from `left` to `right` of a row of the result."""
    if len(result.s) == 0:
        target = result.sums[row, left:right]
        for j in range(len(target)):
            target[j] = sums[j]
    else:
        bias = result.bias[left:right]
        scale_line(result.y[row, left:right], sums, result.s[row], result.scale[left:right], bias, result.floor)


@inlined_subroutine
def scale_line(y, sums, factor, scale, bias, floor):
    """y = max(floor, sums / (factor · scale) + bias), without a bias if that is empty."""
    if len(bias) == 0:
        for j in range(len(y)):
            value = np.float32(sums[j]) / (factor * scale[j])
            y[j] = floor if value < floor else value
    else:
        for j in range(len(y)):
            value = np.float32(sums[j]) / (factor * scale[j]) + bias[j]
            y[j] = floor if value < floor else value
