"""2D convolution straight from the image, without gathering patches: float32, any stride, dilation, padding, channels.

In memory the numbers under one row of a window lie side by side: kernel_width × channels of them, and those of the next
window begin stride × channels further on. So a line of windows *is* a matrix, only one whose rows overlap, and the
micro-kernel takes it as it stands: its inner sum runs along a row of the window, its outer sum over the window's rows.

    y[h, w, f]       = Σ_a Σ_(b,c) line(h·stride + a)[w·stride·C + (b,c)] · kernel[a, (b,c), f]
    dkernel[a, m, f] = Σ_h Σ_w     line(h·stride + a)[w·stride·C + m]     · dy[h, w, f]            m = (b, c)

Rows of padding are skipped; columns of padding are made by copying the lines of an image into a scratch that stays in
cache. The input gradient is a convolution of dy with the kernel flipped, one for each phase of the stride.

Each function makes jobs on given arrays (`x` (batch, height, width, channels), kernel (*window, channels, filters), `y`
and `dy` (batch, *outputs, filters)); strides, pads and dilation are as in `convolution`.
"""

from math import gcd
from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows, multiply_block
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

ZERO = np.float32(0)

# Tasks of one convolution: enough that threads share evenly when one of them is held up, few enough to cost nothing.
TASKS = 16
# Numbers of dy that one call of the kernel gradient sums over: 16 kB, half of the first-level cache.
SUMMED = 4096


class Walk(NamedTuple):
    """How a convolution walks over the input, and where in y its results go; integers, as compiled code reads it.

    Axis by axis: strides, padding before, dilation, taps of the window, number of outputs; then the place in an image
    of y of the first result, and the steps from line to line and from column to column, counted in numbers.
    """

    stride_h: int
    stride_w: int
    top: int
    left: int
    dilation_h: int
    dilation_w: int
    taps_h: int
    taps_w: int
    out_h: int
    out_w: int
    first: int
    line_step: int
    column_step: int


def direct_jobs(x, kernel, bias, y, strides, pads, dilation, relu=False):
    """Jobs that set y = convolution(x, kernel) + bias, or relu of it. `bias` may be None."""
    panels = aligned((-(-kernel.shape[3] // PANEL), kernel.shape[0], kernel.shape[1] * kernel.shape[2], PANEL))
    out_h, out_w, filters = y.shape[1:]
    walk = Walk(
        *strides, pads[0][0], pads[1][0], *dilation, *kernel.shape[:2], out_h, out_w, 0, out_w * filters, filters
    )
    return [pack_panels.job(len(panels), kernel, panels), _lines_job(x, panels, bias, y, walk, relu)]


def direct_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias=None, relu=False):
    """Jobs that set dx, the gradient for x, plus bias: for each phase of the strides, a convolution with stride 1."""
    jobs = []
    _, height, width, channels = dx.shape
    for row in range(min(strides[0], height)):
        for column in range(min(strides[1], width)):
            vertical = phase_of(row, strides[0], pads[0][0], dilation[0], kernel.shape[0])
            horizontal = phase_of(column, strides[1], pads[1][0], dilation[1], kernel.shape[1])
            taps_h, taps_w = vertical.taps, horizontal.taps
            panels = aligned((-(-channels // PANEL), taps_h, taps_w * kernel.shape[3], PANEL))
            walk = Walk(
                1, 1, vertical.before, horizontal.before, vertical.dilation, horizontal.dilation, taps_h, taps_w,
                -(-(height - row) // strides[0]), -(-(width - column) // strides[1]),
                (row * width + column) * channels, strides[0] * width * channels, strides[1] * channels,
            )  # fmt: skip
            if taps_h * taps_w:
                steps = np.array([vertical.first, vertical.step, horizontal.first, horizontal.step], np.int64)
                jobs.append(pack_flipped_panels.job(len(panels), kernel, panels, steps, taps_w))
            jobs.append(_lines_job(dy, panels, bias, dx, walk, relu))
    return jobs


def direct_kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation):
    """Jobs that set dkernel, the gradient for the kernel: each thread sums some images, then the sums are added."""
    batch = len(x)
    parts = max(1, min(threads(), batch))
    sums = dkernel[None] if parts == 1 else aligned((parts, *dkernel.shape))
    out_h, out_w, filters = dy.shape[1:]
    walk = Walk(*strides, pads[0][0], pads[1][0], *dilation, *dkernel.shape[:2], out_h, out_w, 0, 0, filters)
    scratch = padded_scratch(x, walk, x.shape[1])
    images = -(-batch // parts)
    rows = x.shape[3] * (dkernel.shape[1] if dilation[1] == 1 else 1)
    block_rows = even_rows(rows, block_shape()[0])
    jobs = [kernel_gradient_lines.job(parts, x, dy, sums, scratch, _integers(walk), images, block_rows)]
    if parts > 1:
        jobs.append(add_parts.job(1, sums.reshape(parts, -1), dkernel.reshape(-1)))
    return jobs


class Phase(NamedTuple):
    """The taps of the kernel that reach every stride-th position of x, along one axis: a smaller convolution."""

    first: int
    step: int
    taps: int
    dilation: int
    before: int


def phase_of(position, stride, before, dilation, window):
    """The `Phase` of the positions `position` + i · stride of x.

    Output o reaches position p by tap k where o · stride + k · dilation − before = p. For the positions of one phase
    that holds for the same taps, k = first + t · step, and o = i + base − t · spread.
    """
    common = gcd(stride, dilation)
    step, spread = stride // common, dilation // common
    for first in range(min(step, window)):
        base, rest = divmod(position + before - first * dilation, stride)
        if rest == 0:
            taps = -(-(window - first) // step)
            return Phase(first, step, taps, spread, (taps - 1) * spread - base)
    return Phase(0, 1, 0, 1, 0)


def _lines_job(x, panels, bias, y, walk, relu):
    if bias is None:
        bias = np.zeros(y.shape[3], np.float32)
    tasks, lines, pieces = lines_of_a_task(len(x), walk)
    span = (max(walk.taps_h, 1) - 1) * walk.dilation_h + 1
    scratch = padded_scratch(x, walk, min(x.shape[1], (lines - 1) * walk.stride_h + span))
    block_rows = even_rows(walk.out_w, block_shape()[0])
    floor = 0.0 if relu else -np.inf
    return direct_lines.job(tasks, x, panels, bias, y, scratch, _integers(walk), lines, pieces, block_rows, floor)


def lines_of_a_task(batch, walk):
    """(tasks, lines of a piece, pieces of a task): pieces are images, or parts of them where there are too few."""
    parts = max(1, min(walk.out_h, -(-TASKS // max(batch, 1)))) if batch * walk.out_h * walk.out_w >= 64 else 1
    lines = -(-walk.out_h // parts)
    pieces = batch * -(-walk.out_h // lines)
    per_task = max(1, -(-pieces // TASKS))
    return -(-pieces // per_task), lines, per_task


def padded_scratch(x, walk, lines):
    """Room for the padded lines of each thread, or for nothing where x needs no padding to the left and right."""
    if not _pads_columns(x.shape[2], walk):
        return np.zeros((threads(), 1), np.float32)
    return aligned((threads(), max(1, lines) * _padded_width(walk) * x.shape[3]))


def _span(taps, dilation):
    return (taps - 1) * dilation + 1


def _padded_width(walk):
    return (walk.out_w - 1) * walk.stride_w + _span(max(walk.taps_w, 1), walk.dilation_w)


def _pads_columns(width, walk):
    return walk.left != 0 or _padded_width(walk) > width


def _integers(walk):
    return np.array(walk, np.int64)


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def pack_panels(task, kernel: floats(4), panels: floats(4)):
    """One panel: the kernel's columns 32 · task … with nothing between them, so that they stream through the cache."""
    taps_h, taps_w, channels, filters = kernel.shape
    first = task * PANEL
    width = min(PANEL, filters - first)
    for a in range(taps_h):
        for b in range(taps_w):
            for c in range(channels):
                for f in range(width):
                    panels[task, a, b * channels + c, f] = kernel[a, b, c, first + f]


@task_kernel
def pack_flipped_panels(task, kernel: floats(4), panels: floats(4), steps: integers(1), taps_w: int):
    """One panel of the kernel transposed (filters to channels), of some taps only, the last tap first."""
    channels, filters = kernel.shape[2], kernel.shape[3]
    taps_h = panels.shape[1]
    first = task * PANEL
    width = min(PANEL, channels - first)
    for a in range(taps_h):
        for b in range(taps_w):
            taps = kernel[steps[0] + (taps_h - 1 - a) * steps[1], steps[2] + (taps_w - 1 - b) * steps[3]]
            for f in range(filters):
                for c in range(width):
                    panels[task, a, b * filters + f, c] = taps[first + c, f]


@subroutine
def copy_lines(x, n, first_line, last_line, left, padded_width, scratch):
    """The lines first_line … last_line of image n, with zeros to the left and right, one after the other in scratch."""
    width, channels = x.shape[2], x.shape[3]
    before = max(0, min(left, padded_width))  # columns of zeros, of numbers from x, and of zeros
    skipped = max(0, -left)
    copied = max(0, min(width - skipped, padded_width - before))
    place = 0
    for line in range(first_line, last_line):
        for i in range(before * channels):
            scratch[place + i] = ZERO
        place += before * channels
        values = x[n, line]
        for column in range(copied):
            for c in range(channels):
                scratch[place + c] = values[skipped + column, c]
            place += channels
        after = (padded_width - before - copied) * channels
        for i in range(after):
            scratch[place + i] = ZERO
        place += after


@task_kernel
def direct_lines(
    task,
    thread,
    x: floats(4),
    panels: floats(4),
    bias: floats(1),
    y: floats(4),
    scratch: floats(2),
    walk: integers(1),
    lines: int,
    pieces_per_task: int,
    block_rows: int,
    floor: float,
):
    """y for some pieces; a piece is `lines` lines of an image. See `Walk`."""
    stride_h, stride_w, top, left, dilation_h, dilation_w, taps_h, taps_w = (
        walk[0],
        walk[1],
        walk[2],
        walk[3],
        walk[4],
        walk[5],
        walk[6],
        walk[7],
    )
    out_h, out_w, y_first, line_step, column_step = walk[8], walk[9], walk[10], walk[11], walk[12]
    batch, height, width, channels = x.shape
    filters = y.shape[3]
    image = y.shape[1] * y.shape[2] * filters
    padded_width = (out_w - 1) * stride_w + (max(taps_w, 1) - 1) * dilation_w + 1
    copies = left != 0 or padded_width > width
    pitch = (padded_width if copies else width) * channels
    whole_rows = dilation_w == 1 or taps_w <= 1  # the numbers under a row of the window lie side by side
    calls = 1 if whole_rows else taps_w
    inner = taps_w * channels if whole_rows else channels
    parts = (out_h + lines - 1) // lines
    for piece in range(task * pieces_per_task, min(batch * parts, (task + 1) * pieces_per_task)):
        n = piece // parts
        first_out = (piece % parts) * lines
        last_out = min(out_h, first_out + lines)
        first_line = max(0, first_out * stride_h - top)
        last_line = min(height, (last_out - 1) * stride_h - top + (taps_h - 1) * dilation_h + 1)
        if copies:
            copy_lines(x, n, first_line, last_line, left, padded_width, scratch[thread])
            source = address(scratch, thread * scratch.shape[1])
        else:
            source = address(x, (n * height + first_line) * width * channels)
        for panel in range(len(panels)):
            columns = min(PANEL, filters - panel * PANEL)
            for out in range(first_out, last_out):
                line = out * stride_h - top
                first_tap = max(0, -(line // dilation_h))
                last_tap = min(taps_h, (height - line + dilation_h - 1) // dilation_h)
                taps = max(0, last_tap - first_tap)
                line_address = source + 4 * (line + first_tap * dilation_h - first_line) * pitch
                panel_address = address(panels, (panel * taps_h + first_tap) * taps_w * channels * PANEL)
                place = address(y, n * image + y_first + out * line_step + panel * PANEL)
                for column in range(0, out_w, block_rows):
                    rows = min(block_rows, out_w - column)
                    a = line_address + 4 * column * stride_w * channels
                    c = place + 4 * column * column_step
                    for call in range(calls):
                        last = call == calls - 1
                        multiply_block(
                            rows, columns,
                            a + 4 * call * dilation_w * channels, stride_w * channels, 1, dilation_h * pitch,
                            panel_address + 4 * call * channels * PANEL, PANEL, taps_w * channels * PANEL,
                            inner, taps,
                            address(bias, panel * PANEL) if call == 0 else c, 0 if call == 0 else column_step,
                            c, column_step,
                            floor if last else NO_FLOOR,
                        )  # fmt: skip


@task_kernel
def kernel_gradient_lines(
    task,
    thread,
    x: floats(4),
    dy: floats(4),
    sums: floats(5),
    scratch: floats(2),
    walk: integers(1),
    images_per_task: int,
    block_rows: int,
):
    """sums[task] = dkernel of some images."""
    stride_h, stride_w, top, left, dilation_h, dilation_w, taps_h, taps_w = (
        walk[0],
        walk[1],
        walk[2],
        walk[3],
        walk[4],
        walk[5],
        walk[6],
        walk[7],
    )
    out_h, out_w = walk[8], walk[9]
    batch, height, width, channels = x.shape
    filters = dy.shape[3]
    padded_width = (out_w - 1) * stride_w + (taps_w - 1) * dilation_w + 1
    copies = left != 0 or padded_width > width
    pitch = (padded_width if copies else width) * channels
    whole_rows = dilation_w == 1 or taps_w == 1
    calls = 1 if whole_rows else taps_w
    values = taps_w * channels if whole_rows else channels
    together = max(1, SUMMED // (PANEL * out_w))  # lines of dy in one sum
    own = sums[task]
    for a in range(taps_h):
        for b in range(taps_w):
            for c in range(channels):
                for f in range(filters):
                    own[a, b, c, f] = ZERO
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        if copies:
            copy_lines(x, n, 0, height, left, padded_width, scratch[thread])
            source = address(scratch, thread * scratch.shape[1])
        else:
            source = address(x, n * height * width * channels)
        for first in range(0, out_h, together):
            for panel in range(0, filters, PANEL):
                columns = min(PANEL, filters - panel)
                for a in range(taps_h):
                    # Outputs whose line a lies inside the image.
                    shift = a * dilation_h - top
                    first_out = max(first, (-shift + stride_h - 1) // stride_h)
                    last_out = min(min(first + together, out_h), (height - 1 - shift) // stride_h + 1)
                    if last_out <= first_out:
                        continue
                    line_address = source + 4 * (first_out * stride_h + shift) * pitch
                    dy_address = address(dy, ((n * out_h + first_out) * out_w) * filters + panel)
                    for call in range(calls):
                        for m in range(0, values, block_rows):
                            rows = min(block_rows, values - m)
                            c = address(sums, (((task * taps_h + a) * taps_w + call) * channels + m) * filters + panel)
                            multiply_block(
                                rows, columns,
                                line_address + 4 * (call * dilation_w * channels + m), 1, stride_w * channels,
                                stride_h * pitch,
                                dy_address, filters, out_w * filters,
                                out_w, last_out - first_out,
                                c, filters, c, filters, NO_FLOOR,
                            )  # fmt: skip


@task_kernel
def add_parts(task, parts: floats(2), total: floats(1)):
    """total = Σ parts, one part after the other."""
    for i in range(len(total)):
        total[i] = parts[0, i]
    for part in range(1, len(parts)):
        for i in range(len(total)):
            total[i] += parts[part, i]
