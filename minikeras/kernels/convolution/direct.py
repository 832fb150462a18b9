"""Convolution straight from the image, without gathering patches: float32, any stride, dilation, padding, channels.

The kernel_width × channels elements under one row of a window are contiguous, and those of the next window begin stride
× channels later. So a line of windows is a matrix with overlapping rows, which the micro-kernel reads in place: its
inner sum is along a row of the window, its outer sum over the window's rows.

    y[h, w, f]       = Σ_a Σ_(b,c) line(h·stride + a)[w·stride·C + (b,c)] · kernel[a, (b,c), f]

Rows of padding are skipped; for columns of padding the lines are copied to a workspace that stays in cache. The input
gradient is a convolution of dy with the kernel flipped, one for each phase of the stride; phases share the padded copy.
With a third axis the planes of a volume are images, and each image of y is a sum over several of them.

Each function returns jobs on given arrays (x (batch, *spatial, channels), kernel (*window, channels, filters), y and dy
(batch, *outputs, filters), with two or three spatial axes); strides, pads and dilation are as in `convolution`.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.blocks import multiply_block
from minikeras.kernels.convolution.geometry import (
    ConvolutionGeometry,
    geometry_of,
    lines_of_a_task,
    phase_of,
    planes_added,
    planes_read,
)
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

ZERO = np.float32(0)

# Elements of a block of the packed kernel, by which all lines of a chunk are multiplied: 32 kB, to stay in the cache.
# 64 channels, 3×3, one core: 16×32×32 178 GFLOP/s without, 187 with blocks (input gradient 179, 196).
IN_CACHE = 8192


def direct_jobs(x, kernel, bias, y, strides, pads, dilation, relu=False):
    """Jobs that set y = convolution(x, kernel) + bias, or relu of it. `bias` may be None."""
    kernel = as_volume(kernel)
    planes = planes_read(x, y, len(kernel), strides[0], pads[0][0], dilation[0])
    taps_d, taps_h, taps_w, channels, filters = kernel.shape
    panels = aligned((-(-filters // PANEL), taps_d, taps_h, taps_w * channels, PANEL))
    out_h, out_w = y.shape[-3:-1]
    geometry = ConvolutionGeometry(
        *strides[-2:], pads[-2][0], pads[-1][0], *dilation[-2:], taps_h, taps_w, out_h, out_w,
        0, out_w * filters, filters,
    )  # fmt: skip
    pack = pack_panels.job(len(panels), kernel, panels).preparing(kernel)
    return [pack, _lines_job(images_of(x), planes, panels.reshape(-1), bias, images_of(y), [geometry], relu)]


def direct_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias=None, relu=False):
    """Jobs that set dx, the gradient for x, plus bias: for each phase of the strides, a convolution with stride 1."""
    kernel = as_volume(kernel)
    planes = planes_added(dx, dy, len(kernel), strides[0], pads[0][0], dilation[0])
    strides, pads, dilation = strides[-2:], pads[-2:], dilation[-2:]
    dy, dx = images_of(dy), images_of(dx)
    taps_d, window_h, window_w, channels, filters = kernel.shape
    _, height, width, _ = dx.shape
    phases = [
        (row, column, phase_of(row, strides[0], pads[0][0], dilation[0], window_h),
         phase_of(column, strides[1], pads[1][0], dilation[1], window_w))
        for row in range(min(strides[0], height)) for column in range(min(strides[1], width))
    ]  # fmt: skip
    count = -(-channels // PANEL)
    sizes = [count * taps_d * down.taps * across.taps * filters * PANEL for _, _, down, across in phases]
    panels, place, jobs, geometries = aligned((sum(sizes),)), 0, [], []
    for (row, column, down, across), size in zip(phases, sizes, strict=True):
        geometry = ConvolutionGeometry(
            1, 1, down.before, across.before, down.dilation, across.dilation, down.taps, across.taps,
            -(-(height - row) // strides[0]), -(-(width - column) // strides[1]),
            (row * width + column) * channels, strides[0] * width * channels, strides[1] * channels, place,
        )  # fmt: skip
        geometries.append(geometry)
        if size:
            own = panels[place : place + size].reshape(count, taps_d, down.taps, across.taps * filters, PANEL)
            steps = np.array([down.first, down.step, across.first, across.step], np.int64)
            jobs.append(pack_flipped_panels.job(count, kernel, own, steps, across.taps).preparing(kernel))
            place += size
    return [*jobs, _lines_job(dy, planes, panels, bias, dx, geometries, relu)]


def as_volume(kernel):
    """A kernel with a depth axis, of one tap if it has none."""
    return kernel.reshape(-1, *kernel.shape[-4:])


def images_of(x):
    """The planes of a volume, or the images of x, along one axis."""
    return x.reshape(-1, *x.shape[-3:])


def _lines_job(x, planes, panels, bias, y, geometries, relu):
    """`geometries`: with the same lines of x and strides, for different positions of y."""
    if bias is None:
        bias = np.zeros(y.shape[3], np.float32)
    longest = max(geometries, key=lambda geometry: geometry.out_h)
    tasks, lines, chunks = lines_of_a_task(len(y), longest)
    left = max(0, *(geometry.left for geometry in geometries))
    right = max(left - geometry.left + geometry.right for geometry in geometries)
    top, bottom = max(geometry.top for geometry in geometries), max(geometry.bottom for geometry in geometries)
    most_lines = min(x.shape[1], (lines - 1) * longest.stride_h + top + bottom)
    padded = padded_scratch(x, left, right, most_lines)
    block_rows = even_rows(max(geometry.out_w for geometry in geometries), block_shape()[0])
    blocking = Blocking(longest.out_h, lines, chunks, left, right, top, bottom, block_rows)
    floor = 0.0 if relu else -np.inf
    return direct_lines.job(tasks, x, planes, panels, bias, y, padded, np.array(geometries, np.int64), blocking, floor)


def padded_scratch(x, left, right, lines):
    """The workspace for each thread's padded lines, empty if x needs no padding to the left and right."""
    if left == 0 and right <= x.shape[2]:
        return np.zeros((threads(), 1), np.float32)
    return scratch(max(1, lines) * right * x.shape[3])


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def pack_panels(task, kernel: floats(5), panels: floats(5)):
    """One panel: the kernel's columns 32 · task … packed contiguously, to stream through the cache."""
    taps_d, taps_h, taps_w, channels, filters = kernel.shape
    first = task * PANEL
    width = min(PANEL, filters - first)
    for d in range(taps_d):
        for a in range(taps_h):
            for b in range(taps_w):
                for c in range(channels):
                    for f in range(width):
                        panels[task, d, a, b * channels + c, f] = kernel[d, a, b, c, first + f]


@task_kernel
def pack_flipped_panels(task, kernel: floats(5), panels: floats(5), steps: integers(1), taps_w: int):
    """One panel of the kernel transposed (filters to channels), of some taps, the last tap of a plane first."""
    channels, filters = kernel.shape[3], kernel.shape[4]
    taps_d, taps_h = panels.shape[1], panels.shape[2]
    first = task * PANEL
    width = min(PANEL, channels - first)
    for d in range(taps_d):
        for a in range(taps_h):
            for b in range(taps_w):
                taps = kernel[d, steps[0] + (taps_h - 1 - a) * steps[1], steps[2] + (taps_w - 1 - b) * steps[3]]
                for f in range(filters):
                    for c in range(width):
                        panels[task, d, a, b * filters + f, c] = taps[first + c, f]


@subroutine
def copy_lines(x, n, first_line, last_line, left, padded_width, scratch):
    """The lines first_line … last_line of image n, with zeros to the left and right, contiguous in scratch."""
    height, width, channels = x.shape[1:]
    before = min(left, padded_width) * channels  # zeros, and elements of x
    copied = min(width * channels, padded_width * channels - before)
    for line in range(first_line, last_line):
        place = (line - first_line) * padded_width * channels
        for i in range(place, place + before):
            scratch[i] = ZERO
        copy_bytes(address(scratch, place + before), address(x, (n * height + line) * width * channels), 4 * copied)
        for i in range(place + before + copied, place + padded_width * channels):
            scratch[i] = ZERO


class Blocking(NamedTuple):
    """How the lines of all images are divided into tasks: a chunk is some lines of an image's outputs."""

    out_h: int
    lines: int  # of a chunk
    chunks_per_task: int
    left: int  # columns of padding before a line
    padded_width: int
    above: int  # lines that windows may touch above the one at stride times an output's, and from there on
    below: int
    block_rows: int


class Lines(NamedTuple):
    """Lines of an image, in place or padded."""

    start: int  # address of the line `first`
    first: int
    height: int  # of the image; 0 for one of zeros
    left: int  # columns of padding before a line
    pitch: int  # elements from line to line
    channels: int


class Outputs(NamedTuple):
    """Some lines of up to 32 channels of an image of y."""

    start: int  # address of these channels' first element
    first: int
    last: int  # the line after them
    columns: int
    bias: int  # address


@task_kernel
def direct_lines(
    task, thread, x: floats(4), planes: integers(2), panels: floats(1), bias: floats(1), y: floats(4),
    scratch: floats(2), geometries: integers(2), blocking: Blocking, floor: float,
):  # fmt: skip
    """y for some chunks, for each geometry. See `ConvolutionGeometry`, and `planes_read`."""
    height, width, channels = x.shape[1:]
    copies = blocking.left > 0 or blocking.padded_width > width
    pitch = (blocking.padded_width if copies else width) * channels
    parts = (blocking.out_h + blocking.lines - 1) // blocking.lines
    depth, filters, stride_h = planes.shape[1], y.shape[3], geometries[0, 0]
    for chunk in range(task * blocking.chunks_per_task, min(len(y) * parts, (task + 1) * blocking.chunks_per_task)):
        n = chunk // parts
        first_out = (chunk % parts) * blocking.lines
        last_out = min(blocking.out_h, first_out + blocking.lines)
        first_line = max(0, first_out * stride_h - blocking.above)
        last_line = min(height, (last_out - 1) * stride_h + blocking.below)
        last = depth - 1  # the last tap in depth that reads an image, or 0
        while last > 0 and planes[n, last] < 0:
            last -= 1
        begins = True
        for d in range(last + 1):
            image = planes[n, d]
            if image < 0 and d < last:
                continue
            source = address(x, (image * height + first_line) * width * channels)
            if copies and image >= 0:
                copy_lines(x, image, first_line, last_line, blocking.left, blocking.padded_width, scratch[thread])
                source = address(scratch, thread * scratch.shape[1])
            read = Lines(source, first_line, height if image >= 0 else 0, blocking.left, pitch, channels)
            for number in range(len(geometries)):
                geometry = geometry_of(geometries[number])
                terms = geometry.taps_h * geometry.taps_w * channels * PANEL  # of a panel for one tap in depth
                for panel in range((filters + PANEL - 1) // PANEL):
                    written = Outputs(
                        address(y, n * y.shape[1] * y.shape[2] * filters + panel * PANEL + geometry.first),
                        first_out, min(last_out, geometry.out_h), min(PANEL, filters - panel * PANEL),
                        address(bias, panel * PANEL),
                    )  # fmt: skip
                    taps = address(panels, geometry.kernel + (panel * depth + d) * terms)
                    lowest = floor if d == last else NO_FLOOR
                    convolve_lines(read, taps, written, geometry, begins, blocking.block_rows, lowest)
            begins = False


@subroutine
def convolve_lines(read, panel, written, geometry, begins, block_rows, floor):
    """Set `Outputs` to bias + sum if this `begins` them, else add the sum. `panel`: address of their packed kernel."""
    taps_h, taps_w, channels, dilation = geometry.taps_h, geometry.taps_w, read.channels, geometry.dilation_h
    whole_rows = geometry.dilation_w == 1 or taps_w <= 1  # the elements under a row of the window are contiguous
    calls = 1 if whole_rows else taps_w
    inner = taps_w * channels if whole_rows else channels
    parts = max(1, (taps_h * inner * PANEL + IN_CACHE - 1) // IN_CACHE)
    together = max(1, (taps_h + parts - 1) // parts)  # rows of the window in one call
    source = read.start + 4 * (read.left - geometry.left) * channels
    for call in range(calls):
        for tap in range(0, max(1, taps_h), together):
            starts = begins and call == tap == 0
            lowest = floor if call == calls - 1 and tap + together >= taps_h else NO_FLOOR
            for out in range(written.first, written.last):
                line = out * geometry.stride_h - geometry.top
                first_tap = max(tap, -(line // dilation))
                last_tap = min(min(tap + together, taps_h), (read.height - line + dilation - 1) // dilation)
                taps = max(0, last_tap - first_tap)
                if taps == 0 and not starts and lowest == NO_FLOOR:
                    continue
                line_address = source + 4 * ((line + first_tap * dilation - read.first) * read.pitch
                                             + call * geometry.dilation_w * channels)  # fmt: skip
                taps_address = panel + 4 * (first_tap * taps_w + call) * channels * PANEL
                for column in range(0, geometry.out_w, block_rows):
                    c = written.start + 4 * (out * geometry.line_step + column * geometry.column_step)
                    multiply_block(
                        min(block_rows, geometry.out_w - column), written.columns,
                        line_address + 4 * column * geometry.stride_w * channels, geometry.stride_w * channels, 1,
                        dilation * read.pitch,
                        taps_address, PANEL, taps_w * channels * PANEL, inner, taps,
                        written.bias if starts else c, 0 if starts else geometry.column_step, c, geometry.column_step,
                        lowest,
                    )  # fmt: skip
