"""2D convolution to few channels: the pixels of a line fill the vector lanes, even for one channel.

`direct.py` puts the result's channels in the lanes; an image with one or three channels, such as the output of a
decoder or the input gradient of a first layer, fills one or three of 16. Here the lines of the input image are
transposed, so that a filter's values for neighbouring pixels are contiguous. The rows of the matrix product are the
lines of the window and the channels, and the contributions of an input line to several result lines are summed in the
cache, also transposed:

    dxᵀ[(h · stride + a, c), w] += Σ_b Σ_f kernel[(a, c), (b, f)] · dyᵀ[f, w − b]

As in `direct.py` each phase of the horizontal stride is a separate job. A convolution with stride 1 is the input
gradient of the one with the kernel flipped, and its kernel gradient that of the one with x and dy swapped.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import LANES, multiply_block, transpose_tile
from minikeras.kernels.convolution.direct_kernel_gradient import direct_kernel_gradient_jobs
from minikeras.kernels.convolution.geometry import ConvolutionGeometry, lines_of_a_task, phase_of
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, ZERO
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

# Time of `direct.py` / this (input gradient 3×3 with 32 filters, one core of an Intel Sapphire Rapids): images 32 wide
# with 1, 3, 8, 12 channels 9.0, 5.6, 2.6, 1.8; 14 wide 4.2, 3.0, 1.5, 1.0; 7 wide with 1, 3, 4 channels 2.7, 1.8, 1.5.
# With 8 filters instead of 32 the gain is less: 32 wide with 8 channels 1.3, with 12 none.
MAX_CHANNELS = 8
# Elements of a chunk's transposed result: 32 kB, so that they stay in the first-level cache.
CHUNK = 8192


class Result(NamedTuple):
    """The result of a phase: dx = max(floor, sums + bias)."""

    dx: floats(1)
    bias: floats(1)
    floor: float


class Workspace(NamedTuple):
    """Memory of each thread."""

    turned: floats(3)  # (threads, filters, columns): a transposed line of dy, with padding
    sums: floats(4)  # (threads, lines, channels, columns): transposed lines of dx


def suits(width, channels):
    """Whether this is faster for a result with these channels, and `width` pixels in a line (of one phase)."""
    return channels <= min(MAX_CHANNELS, width // 2)


def few_channels_jobs(x, kernel, bias, y, pads, dilation, relu=False):
    """Jobs that set y = convolution(x, kernel) + bias, or relu of it, with stride 1. `bias` may be None."""
    taps_h, taps_w, channels, filters = kernel.shape
    line, tap = taps_w * channels * filters, channels * filters
    turned = (taps_h - 1) * line + (taps_w - 1) * tap, -line, -tap, 1, filters
    window = [(taps - 1) * step for taps, step in zip(kernel.shape[:2], dilation, strict=True)]
    before = [extent - pad for extent, (pad, _) in zip(window, pads, strict=True)]
    return _jobs(x, kernel, turned, bias, y, kernel.shape[:2], (1, 1), before, dilation, relu)


def few_channels_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias=None, relu=False):
    """Jobs that set dx, the gradient for x, plus bias, or relu of it."""
    steps = 0, *(step // 4 for step in kernel.strides)
    before = [pad for pad, _ in pads]
    return _jobs(dy, kernel, steps, bias, dx, kernel.shape[:2], strides, before, dilation, relu)


def few_channels_kernel_gradient_jobs(x, dy, dkernel, pads, dilation):
    """Jobs that set dkernel, the gradient for the kernel, with stride 1 and padding less than the window.

    16×64×64, 32→3, 5×5 on one core: 14.2 ms by `direct.py`, 1.8 by this; 16×14×14, 16→8, 3×3: 102 µs, 54.
    """
    taps_h, taps_w, channels, filters = dkernel.shape
    turned = aligned((taps_h, taps_w, filters, channels))
    reach = [(taps - 1) * step for taps, step in zip(dkernel.shape[:2], dilation, strict=True)]
    before = [(extent - pad, 0) for extent, (pad, _) in zip(reach, pads, strict=True)]
    jobs = direct_kernel_gradient_jobs(dy, x, turned, (1, 1), before, dilation)
    taps, elements = taps_h * taps_w, filters * channels
    positions = np.array([(taps - 1) * elements, -elements, 0, 1, channels], np.int64)
    return [*jobs, pack_taps.job(1, turned.reshape(-1), dkernel.reshape(taps, 1, channels, filters), positions)]


def suits_kernel_gradient(kernel_shape, strides, pads, dilation):
    """Whether a kernel gradient is faster with x and dy swapped."""
    *window, channels, filters = kernel_shape
    reach = [(taps - 1) * step for taps, step in zip(window, dilation, strict=True)]
    fits = set(strides) == {1} and all(pad <= extent for (pad, _), extent in zip(pads, reach, strict=True))
    return fits and filters <= min(MAX_CHANNELS, channels // 2)


def _jobs(dy, kernel, steps, bias, dx, window, strides, before, dilation, relu):
    """`steps`: the offset of the first tap in the kernel, then the steps by line, tap, channel of dx, filter of dy."""
    jobs = []
    _, height, width, channels = dx.shape
    filters = dy.shape[3]
    bias = np.zeros(channels, np.float32) if bias is None else bias
    first, line, tap, channel, filter_step = steps
    for column in range(min(strides[1], width)):
        phase = phase_of(column, strides[1], before[1], dilation[1], window[1])
        columns = -(-(width - column) // strides[1])
        geometry = ConvolutionGeometry(
            strides[0], 1, before[0], phase.before, dilation[0], phase.dilation, window[0], phase.taps,
            height, columns, column * channels, width * channels, strides[1] * channels,
        )  # fmt: skip
        weights = aligned((window[0], channels, phase.taps, filters))
        if phase.taps:
            last = first + (phase.first + (phase.taps - 1) * phase.step) * tap
            positions = np.array([last, line, channel, -phase.step * tap, filter_step], np.int64)
            jobs.append(pack_taps.job(1, kernel.reshape(-1), weights, positions).preparing(kernel))
        jobs.append(_lines_job(dy, weights, bias, dx, geometry, relu))
    return jobs


def _lines_job(dy, weights, bias, dx, geometry, relu):
    channels, filters = weights.shape[1], dy.shape[3]
    pitch = _vectors(geometry.out_w) * LANES
    _, lines, _ = lines_of_a_task(len(dy), geometry)
    lines = min(lines, max(1, CHUNK // (channels * pitch)))
    chunks = len(dy) * -(-geometry.out_h // lines)
    tasks, _, per_task = lines_of_a_task(chunks, geometry._replace(out_h=1, out_w=64))
    length = geometry.out_w + max(0, geometry.taps_w - 1) * geometry.dilation_w
    turned = aligned((threads(), filters, (_vectors(length) | 1) * LANES))  # an odd number of cache lines apart
    turned[...] = 0  # the columns of padding stay zero
    sums = aligned((threads(), lines, channels, pitch))
    result = Result(dx.reshape(-1), bias, 0.0 if relu else -np.inf)
    return few_channels_lines.job(
        tasks, dy, weights, result, Workspace(turned, sums), geometry, per_task, block_shape()[0]
    )


def _vectors(elements):
    return -(-elements // LANES)


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def pack_taps(task, kernel: floats(1), weights: floats(4), positions: integers(1)):
    """weights[a, c, t, f] = kernel[first + a·line + c·channel + t·tap + f·filter], the five integers of `positions`."""
    for a in range(weights.shape[0]):
        for c in range(weights.shape[1]):
            for t in range(weights.shape[2]):
                place = positions[0] + a * positions[1] + c * positions[2] + t * positions[3]
                for f in range(weights.shape[3]):
                    weights[a, c, t, f] = kernel[place + f * positions[4]]


@subroutine
def transpose_line(dy, n, line, before, length, target):
    """target[f, before + w] = dy[n, line, w, f] within `length` columns; columns without a w stay unchanged."""
    width, filters = dy.shape[2], dy.shape[3]
    skipped, before = max(0, -before), max(0, min(before, length))
    copied = max(0, min(width - skipped, length - before))
    source = address(dy, ((n * dy.shape[1] + line) * width + skipped) * filters)
    pitch = target.shape[1]
    if copied < LANES or filters < LANES:
        for w in range(copied):
            for f in range(filters):
                target[f, before + w] = dy[n, line, skipped + w, f]
        return
    for w in range(0, copied, LANES):
        w = min(w, copied - LANES)  # the last tile overlaps the one before instead of being smaller
        for f in range(0, filters, LANES):
            f = min(f, filters - LANES)
            transpose_tile(source + 4 * (w * filters + f), filters, address(target, f * pitch + before + w), pitch)


@task_kernel
def few_channels_lines(
    task, thread, dy: floats(4), weights: floats(4), result: Result, workspace: Workspace,
    geometry: ConvolutionGeometry, chunks_per_task: int, block_rows: int,
):  # fmt: skip
    """One phase of dx for some chunks of as many lines of an image as the sums hold."""
    turned, sums = workspace.turned[thread], workspace.sums[thread]
    stride, top, dilation, taps = geometry.stride_h, geometry.top, geometry.dilation_h, geometry.taps_w
    length = geometry.out_w + max(0, taps - 1) * geometry.dilation_w
    lines = len(sums)
    parts = (geometry.out_h + lines - 1) // lines
    for chunk in range(task * chunks_per_task, min(len(dy) * parts, (task + 1) * chunks_per_task)):
        n = chunk // parts
        first = chunk % parts * lines
        last = min(geometry.out_h, first + lines)
        clear_lines(sums, last - first, geometry.out_w)
        for out in range(dy.shape[1]):
            shift = out * stride - top  # the line of dx at the window's first line
            first_tap = max(0, (first - shift + dilation - 1) // dilation)
            last_tap = min(geometry.taps_h, (last - 1 - shift) // dilation + 1)
            if taps > 0 and last_tap > first_tap:
                transpose_line(dy, n, out, geometry.left, length, turned)
                add_line(weights, turned, sums, shift - first, first_tap, last_tap, geometry, block_rows)
        image = result.dx[n * (len(result.dx) // len(dy)) + geometry.first :]
        store_lines(sums, result.bias, image, first, last, geometry, result.floor)


@subroutine
def clear_lines(sums, lines, columns):
    """sums[line, c, w] = 0 for the chunk's lines and columns."""
    for line in range(lines):
        for c in range(sums.shape[1]):
            for w in range(columns):
                sums[line, c, w] = ZERO


@subroutine
def add_line(weights, turned, sums, first_line, first_tap, last_tap, geometry, block_rows):
    """Add the products of one transposed line of dy and some lines of the window; tap 0 is `first_line` of the sums."""
    dilation, columns = geometry.dilation_h, geometry.out_w
    channels, taps, filters = weights.shape[1:]
    pitch = sums.shape[2]
    together = geometry.taps_h if dilation == 1 else 1  # lines of the window that are adjacent in dx
    for tap in range(first_tap, last_tap, together):
        count = min(together, last_tap - tap) * channels
        blocks = (count + block_rows - 1) // block_rows
        step = (count + blocks - 1) // blocks
        place = address(sums, (first_line + tap * dilation) * channels * pitch)
        for row in range(0, count, step):
            for w in range(0, columns, PANEL):
                c = place + 4 * (row * pitch + w)
                multiply_block(
                    min(step, count - row), min(PANEL, columns - w),
                    address(weights, (tap * channels + row) * taps * filters), taps * filters, 1, filters,
                    address(turned, w), turned.shape[1], geometry.dilation_w, filters, taps,
                    c, pitch, c, pitch, NO_FLOOR,
                )  # fmt: skip


@subroutine
def store_lines(sums, bias, image, first, last, geometry, floor):
    """Set the lines `first` to before `last` of an image of dx to max(floor, sums + bias)."""
    lowest = np.float32(floor)
    for line in range(first, last):
        for c in range(sums.shape[1]):
            place = line * geometry.line_step + c
            for w in range(geometry.out_w):
                value = sums[line - first, c, w] + bias[c]
                image[place + w * geometry.column_step] = lowest if value < lowest else value  # NaN stays
