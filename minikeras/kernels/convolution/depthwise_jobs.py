"""Depthwise 2D convolution in float32 as jobs: one filter per channel, any stride, dilation and padding.

x (batch, height, width, channels), kernel (*window, channels), y and dy (batch, *outputs, channels). There is little
arithmetic for each element read, so nothing is copied: outputs whose window crosses an edge are computed column by
column with the taps inside. As in `direct.py` the input gradient is computed by phases of the stride; the kernel is
flipped by negative strides.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, view
from minikeras.kernels.convolution.direct_kernel_gradient import add_parts_job
from minikeras.kernels.convolution.geometry import (
    TASKS,
    ConvolutionGeometry,
    geometry_of,
    lines_of_a_task,
    parts_of_a_sum,
    phase_of,
)
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import depthwise_outputs
from minikeras.kernels.registry import native, subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

ZERO = np.float32(0)
LANES = 16
MAX_TAPS = 8  # in one call of a micro-kernel
# Elements of the result computed together, all phases of the strides: 64 kB. Input gradient, 3×3 with stride 2, on
# one core: 8×56×56×96 886 µs phase by phase, 567 with this; 16×28×28×128 543, 358; with 512 kB 631 and 382.
CHUNK = 1 << 14
OUTPUTS_OF_A_PART = 512  # outputs that one part of the kernel gradient sums


@native("minikeras.kernels.machine.depthwise:depthwise_block")
def depthwise_block(
    outputs, channels, x, x_output, x_tap, x_line, kernel, kernel_tap, kernel_line, taps_w, taps_h, start, y, y_step,
    floor,
):  # fmt: skip
    """y[j] = max(floor, start + Σ_a Σ_b x[j, a, b] · kernel[a, b]) for some outputs, at most `depthwise_outputs`.

    `channels` is a multiple of 16, or less than 16.
    """
    values = view(x, (outputs, taps_h, taps_w, channels), (x_output, x_line, x_tap, 1))
    weights = view(kernel, (taps_h, taps_w, channels), (kernel_line, kernel_tap, 1))
    total = view(start, (channels,), (1,)) + np.einsum("jabc,abc->jc", values, weights)
    view(y, (outputs, channels), (y_step, 1))[...] = np.maximum(total, floor)


@native("minikeras.kernels.machine.depthwise:depthwise_gradient")
def depthwise_gradient(taps, channels, x, x_output, x_tap, dy, dy_step, outputs, sums, sums_step):
    """sums[b] += Σ_j x[j, b] · dy[j] for up to eight taps.

    `channels` is a multiple of 16, or less than 16.
    """
    values = view(x, (outputs, taps, channels), (x_output, x_tap, 1))
    gradients = view(dy, (outputs, channels), (dy_step, 1))
    view(sums, (taps, channels), (sums_step, 1))[...] += np.einsum("jbc,jc->bc", values, gradients)


def depthwise_jobs(x, kernel, bias, y, strides, pads, dilation, relu=False):
    """The jobs that set y to each channel's convolution plus `bias` (or None), or relu of it."""
    taps_h, taps_w, channels = kernel.shape
    out_h, out_w = y.shape[1:3]
    geometry = ConvolutionGeometry(
        *strides, pads[0][0], pads[1][0], *dilation, taps_h, taps_w, out_h, out_w, 0, out_w * channels, channels
    )
    return [_lines_job(x, kernel, bias, y, [(*geometry, taps_w * channels, channels)], relu)]


def depthwise_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation):
    """The jobs that set dx."""
    geometries = []
    _, height, width, channels = dx.shape
    line = kernel.shape[1] * channels
    for row in range(min(strides[0], height)):
        for column in range(min(strides[1], width)):
            down = phase_of(row, strides[0], pads[0][0], dilation[0], kernel.shape[0])
            across = phase_of(column, strides[1], pads[1][0], dilation[1], kernel.shape[1])
            last = (down.first + (down.taps - 1) * down.step) * line
            last += (across.first + (across.taps - 1) * across.step) * channels
            geometry = ConvolutionGeometry(
                1, 1, down.before, across.before, down.dilation, across.dilation, down.taps, across.taps,
                -(-(height - row) // strides[0]), -(-(width - column) // strides[1]),
                (row * width + column) * channels, strides[0] * width * channels, strides[1] * channels, max(0, last),
            )  # fmt: skip
            geometries.append((*geometry, -down.step * line, -across.step * channels))
    return [_lines_job(dy, kernel, None, dx, geometries, relu=False)]


def depthwise_kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation):
    """The jobs that set dkernel: partial sums over parts of the images, which are then added.

    With more threads than parts each computes some of the channels.
    """
    batch, out_h, out_w, channels = dy.shape
    divisible = channels % (2 * LANES) == 0
    images = -(-batch // parts_of_a_sum(batch * out_h * out_w, batch, OUTPUTS_OF_A_PART, divisible))
    parts = -(-batch // images)
    slices = min(-(-threads() // parts), max(1, channels // LANES))
    channels_of_a_task = -(-channels // (slices * LANES)) * LANES
    sums = dkernel[None] if parts == 1 else aligned((parts, *dkernel.shape))
    geometry = ConvolutionGeometry(
        *strides, pads[0][0], pads[1][0], *dilation, *dkernel.shape[:2], out_h, out_w, 0, 0, 0
    )
    tasks = parts * -(-channels // channels_of_a_task)
    job = depthwise_kernel_gradient_lines.job(tasks, x, dy, sums, geometry, images, channels_of_a_task)
    return [job] if parts == 1 else [job, add_parts_job(sums.reshape(parts, -1), dkernel.reshape(-1))]


def _lines_job(x, kernel, bias, y, geometries, relu):
    """`geometries`: one for each phase of the strides, each followed by the kernel's steps by line and by tap."""
    bias = np.zeros(y.shape[3], np.float32) if bias is None else bias
    geometries = np.array(geometries, np.int64)
    longest = ConvolutionGeometry(*geometries[0, :14].tolist())  # phases of the first lines have most
    _, lines, _ = lines_of_a_task(len(x), longest)
    lines = min(lines, max(1, CHUNK // longest.line_step))
    chunks = len(x) * -(-longest.out_h // lines)
    per_task = -(-chunks // TASKS)
    floor = 0.0 if relu else -np.inf
    return depthwise_lines.job(
        -(-chunks // per_task), x, kernel, bias, y, geometries, lines, per_task, depthwise_outputs(), floor
    )


@subroutine
def columns_inside(width, out_w, stride, left, taps, dilation):
    """(first, last): the outputs first … last − 1, whose windows are inside the line."""
    first = min(out_w, max(0, (left + stride - 1) // stride))
    last = min(out_w, (width - 1 - (taps - 1) * dilation + left) // stride + 1)
    return first, max(first, last)


@subroutine
def edge_column(edge, inside):
    """The column of an output whose window is not inside its line: first those at the left, then at the right."""
    first, last = inside
    return edge if edge < first else last + edge - first


@subroutine
def taps_inside(column, width, stride, left, taps, dilation):
    """(first, last): the taps of one output's window that are inside the line."""
    start = column * stride - left
    first = max(0, -(start // dilation))
    return first, max(first, min(taps, (width - start + dilation - 1) // dilation))


@task_kernel
def depthwise_lines(
    task,
    x: floats(4),
    kernel: floats(3),
    bias: floats(1),
    y: floats(4),
    geometries: integers(2),
    lines: int,
    chunks_per_task: int,
    most: int,
    floor: float,
):
    """y for some chunks: `lines` lines of an image, for each geometry, up to `most` outputs at a time."""
    parts = (geometries[0, 8] + lines - 1) // lines
    for chunk in range(task * chunks_per_task, min(len(x) * parts, (task + 1) * chunks_per_task)):
        for number in range(len(geometries)):
            convolve_lines(
                x, kernel, bias, y, geometries[number], chunk // parts, chunk % parts * lines, lines, most, floor
            )


class Lines(NamedTuple):
    """Adjacent lines of outputs whose windows have the same taps above and below; addresses."""

    x: int  # of x's first line in the first window
    y: int  # of the first output
    count: int
    taps_h: int


class Taps(NamedTuple):
    """Taps of the kernel: the address of the first one, and the steps between lines and within one, in elements."""

    start: int
    line: int
    tap: int


class Windows(NamedTuple):
    """Windows with equal taps: the address of the first element of x, and steps in elements."""

    count: int
    x: int
    step: int  # to the next window
    tap: int
    line: int
    taps_w: int
    taps_h: int


@subroutine
def convolve_lines(x, kernel, bias, y, row, n, first_out, lines, most, floor):
    """Some lines of image n by a `ConvolutionGeometry`, followed by the kernel's steps by line and by tap."""
    geometry = geometry_of(row)
    stride, top, dilation = geometry.stride_h, geometry.top, geometry.dilation_h
    height, width, channels = x.shape[1:]
    image = y.shape[1] * y.shape[2] * channels
    inside = columns_inside(
        width, geometry.out_w, geometry.stride_w, geometry.left, geometry.taps_w, geometry.dilation_w
    )
    top_inside, bottom_inside = columns_inside(height, geometry.out_h, stride, top, geometry.taps_h, dilation)
    last_out = min(geometry.out_h, first_out + lines)
    out = first_out
    while out < last_out:
        # Outputs at the edges are computed by columns: several lines at once, where their windows cross no edge line.
        together = min(most, min(bottom_inside, last_out) - out) if top_inside <= out < bottom_inside else 1
        line = out * stride - top
        first_tap, last_tap = taps_inside(out, height, stride, top, geometry.taps_h, dilation)
        block = Lines(
            address(x, 0) + 4 * (n * height + line + first_tap * dilation) * width * channels,
            address(y, n * image + geometry.first + out * geometry.line_step),
            together,
            last_tap - first_tap if geometry.taps_w > 0 else 0,
        )
        taps = Taps(address(kernel, 0) + 4 * (geometry.kernel + first_tap * row[14]), row[14], row[15])
        set_inside(x, block, geometry, inside, taps, bias, most, floor)
        set_edges(x, block, geometry, inside, taps, bias, floor)
        out += together


@subroutine
def set_inside(x, block, geometry, inside, taps, bias, most, floor):
    """The outputs whose windows are inside their line of x, up to `most` of a line at a time."""
    width, channels = x.shape[2:]
    first, last = inside
    # Blocks of equal size: one of fewer than five outputs takes as long as one of nine, by the latency of each sum.
    # 16×14×14×128, 5×5 on one core: 360 µs one by one at the edges and by eight inside, 257 with this.
    blocks = max(1, (last - first + most - 1) // most)
    step = max(1, (last - first + blocks - 1) // blocks)
    for row in range(block.count):
        for column in range(first, last, step):
            pixel = row * geometry.stride_h * width + column * geometry.stride_w - geometry.left
            windows = Windows(
                min(step, last - column), block.x + 4 * pixel * channels, geometry.stride_w * channels,
                geometry.dilation_w * channels, geometry.dilation_h * width * channels, geometry.taps_w, block.taps_h,
            )  # fmt: skip
            place = block.y + 4 * (row * geometry.line_step + column * geometry.column_step)
            set_outputs(windows, taps, channels, address(bias, 0), place, geometry.column_step, floor)


@subroutine
def set_edges(x, block, geometry, inside, taps, bias, floor):
    """The other outputs, a column of the block at a time, with the taps that are inside."""
    width, channels = x.shape[2:]
    for edge in range(inside[0] + geometry.out_w - inside[1]):
        column = edge_column(edge, inside)
        first, last = taps_inside(column, width, geometry.stride_w, geometry.left, geometry.taps_w, geometry.dilation_w)
        pixel = column * geometry.stride_w - geometry.left + first * geometry.dilation_w
        windows = Windows(
            block.count, block.x + 4 * pixel * channels, geometry.stride_h * width * channels,
            geometry.dilation_w * channels, geometry.dilation_h * width * channels, last - first, block.taps_h,
        )  # fmt: skip
        own = Taps(taps.start + 4 * first * taps.tap, taps.line, taps.tap)
        place = block.y + 4 * column * geometry.column_step
        set_outputs(windows, own, channels, address(bias, 0), place, geometry.line_step, floor)


@subroutine
def set_outputs(windows, taps, channels, start, y, y_step, floor):
    """`depthwise_block` for any number of channels: groups of 16, then the remainder."""
    whole = channels // LANES * LANES
    for c in range(0, channels, max(LANES, whole)):
        depthwise_block(
            windows.count, whole if c < whole else channels - c,
            windows.x + 4 * c, windows.step, windows.tap, windows.line,
            taps.start + 4 * c, taps.tap, taps.line, windows.taps_w, windows.taps_h,
            start + 4 * c, y + 4 * c, y_step, floor,
        )  # fmt: skip


class Channels(NamedTuple):
    """Adjacent channels of images."""

    first: int
    count: int
    pitch: int  # all channels


@task_kernel
def depthwise_kernel_gradient_lines(
    task, x: floats(4), dy: floats(4), sums: floats(4), geometry: ConvolutionGeometry, images_per_task: int,
    channels_per_task: int,
):  # fmt: skip
    """sums[part] = dkernel of some images, for some channels."""
    part, first = task % len(sums), task // len(sums) * channels_per_task
    channels = Channels(first, min(channels_per_task, x.shape[3] - first), x.shape[3])
    own = sums[part]
    for a in range(own.shape[0]):
        for b in range(own.shape[1]):
            for c in range(channels.first, channels.first + channels.count):
                own[a, b, c] = ZERO
    inside = columns_inside(
        x.shape[2], geometry.out_w, geometry.stride_w, geometry.left, geometry.taps_w, geometry.dilation_w
    )
    for n in range(part * images_per_task, min(len(x), (part + 1) * images_per_task)):
        add_inside(x, dy, n, own, channels, geometry, inside)
        add_edges(x, dy, n, own, channels, geometry, inside)


@subroutine
def add_inside(x, dy, n, sums, channels, geometry, inside):
    """Add the terms of image n's outputs with windows inside their line, one line of outputs and taps at a time."""
    height, width, pitch = x.shape[1:]
    left_end, right_end = inside
    for out in range(geometry.out_h):
        for a in range(geometry.taps_h):
            line = out * geometry.stride_h - geometry.top + a * geometry.dilation_h
            if 0 <= line < height and left_end < right_end:
                pixel = (n * height + line) * width + left_end * geometry.stride_w - geometry.left
                add_channels(
                    0, geometry.taps_w, channels,
                    address(x, pixel * pitch), geometry.stride_w * pitch, geometry.dilation_w * pitch,
                    address(dy, ((n * geometry.out_h + out) * geometry.out_w + left_end) * pitch), pitch,
                    right_end - left_end, address(sums, a * geometry.taps_w * pitch),
                )  # fmt: skip


@subroutine
def add_edges(x, dy, n, sums, channels, geometry, inside):
    """Add the terms of the other outputs, a column of outputs and a line of taps at a time."""
    height, width, pitch = x.shape[1:]
    for a in range(geometry.taps_h):
        shift = a * geometry.dilation_h - geometry.top
        first_out, last_out = columns_inside(height, geometry.out_h, geometry.stride_h, -shift, 1, 1)
        line = n * height + first_out * geometry.stride_h + shift
        for edge in range(inside[0] + geometry.out_w - inside[1]):
            column = edge_column(edge, inside)
            first, last = taps_inside(
                column, width, geometry.stride_w, geometry.left, geometry.taps_w, geometry.dilation_w
            )
            pixel = line * width + column * geometry.stride_w - geometry.left + first * geometry.dilation_w
            add_channels(
                first, last, channels,
                address(x, pixel * pitch), geometry.stride_h * width * pitch, geometry.dilation_w * pitch,
                address(dy, ((n * geometry.out_h + first_out) * geometry.out_w + column) * pitch),
                geometry.out_w * pitch, last_out - first_out, address(sums, a * geometry.taps_w * pitch),
            )  # fmt: skip


@subroutine
def add_channels(first, last, channels, x, x_output, x_tap, dy, dy_step, outputs, sums):
    """`depthwise_gradient` for taps `first` to before `last` and some `Channels`; the first tap's pixel is at x."""
    end, whole = channels.first + channels.count, channels.count // LANES * LANES
    for b in range(first, last, MAX_TAPS):
        for c in range(channels.first, end, max(LANES, whole)):
            depthwise_gradient(
                min(MAX_TAPS, last - b), whole if c - channels.first < whole else end - c,
                x + 4 * ((b - first) * x_tap + c), x_output, x_tap, dy + 4 * c, dy_step, outputs,
                sums + 4 * (b * channels.pitch + c), channels.pitch,
            )  # fmt: skip
