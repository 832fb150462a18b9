"""The kernel gradient of a 2D convolution by Winograd's method (see `winograd.py`).

    dkernel = Aᵀ (Σ over tiles of Bᵀ-transformed xᵀ · G-transformed dy) A

Here dy takes the role of the kernel, and the kernel that of the outputs. For each of the 36 positions of a tile the sum
over tiles is a matrix product, (channels × tiles) · (tiles × filters), a block of tiles at a time.

The 36 · channels · filters sums mostly exceed the second-level cache, and each block reads and writes them. So a task
computes only one or three of the six lines of positions, for all tiles. Then its sums stay in the cache and are not
shared; x and dy are read, and in part transformed, once for each task, which costs less. With few channels and filters
a task computes all lines of its part of the tiles.
Two threads on an Intel Sapphire Rapids, in ms, all lines at once with separate sums per thread, and this: 16×16×16,
64→128 0.90, 0.71; 32×7×7, 64→64 0.21, 0.18; 16×32×32, 64→64 1.44, 1.39; 128→128 1.64, 1.66.
"""

from math import gcd

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.convolution.transforms import (
    TILE,
    gradient_lines_2,
    gradient_lines_4,
    input_lines,
    kernel_gradient_tile_3,
    kernel_gradient_tile_5,
)
from minikeras.kernels.convolution.winograd import LANES, PLACES, ZEROS, as_two, padded_step
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows, multiply_block
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

# Elements of dkernel, for each tap, up to which the sums of three lines of positions, 0.6 MB, stay in the cache.
FEW_SUMS = 1 << 13
# And up to which those of all positions do. One core of an Ice Lake, µs, three lines in each of two passes over a block
# of tiles, and all at once: 32×32×32, 16→16 1184, 1060; 48→16 2832, 2780; 32×16×16, 16→32 366, 331; 32→32 598, 525.
FEWEST_SUMS = 1 << 11


def winograd_kernel_gradient_jobs(x, dy, dkernel, pads):
    """Jobs that set dkernel: sum the products of all tiles by lines of positions, then transform the sums.

    x may be two arrays, whose channels follow each other.
    """
    window, _, channels, filters = dkernel.shape
    outputs = TILE + 1 - window
    tiles_h, tiles_w = -(-dy.shape[1] // outputs), -(-dy.shape[2] // outputs)
    tiles = len(dy) * tiles_h * tiles_w
    lines = TILE if channels * filters <= FEWEST_SUMS else 3 if channels * filters <= FEW_SUMS else 1
    groups = TILE // lines
    parts = min(threads() // gcd(threads(), groups), tiles)  # of the tiles, so that all threads have as many tasks
    share = -(-tiles // parts)
    block = even_rows(share, 48 if lines > 1 else 64 if channels * filters <= 2 * FEW_SUMS else 128)
    panels = -(-filters // PANEL)
    sums = aligned((parts, panels, PLACES, padded_step(channels * PANEL)))
    buffers = (
        scratch(lines * TILE * padded_step(block * channels)),
        scratch(panels * lines * TILE * padded_step(block * PANEL)),
    )
    shape = np.array([window, pads[0][0], pads[1][0], tiles_h, tiles_w, block, share, lines], np.int64)
    block_rows = even_rows(channels, block_shape()[0])
    return [
        winograd_kernel_gradient_tiles.job(parts * groups, *as_two(x), dy, sums, *buffers, shape, block_rows),
        finish_kernel_gradient.job(-(-channels // LANES), sums, dkernel),
    ]


@task_kernel
def winograd_kernel_gradient_tiles(
    task,
    thread,
    x: floats(4),
    second_x: floats(4),
    dy: floats(4),
    sums: floats(4),
    inputs: floats(2),
    gradients: floats(2),
    shape: integers(1),
    block_rows: int,
):
    """sums[part] (panels of filters, 36 positions, channels · 32) of one part of the tiles, some lines of positions.

    `shape` is (window, top, left, tiles in a column, in a row, in a block, in a part, lines of a task).
    """
    window, top, left, tiles_h, tiles_w = shape[0], shape[1], shape[2], shape[3], shape[4]
    block, share, lines = shape[5], shape[6], shape[7]
    batch, channels = len(x), x.shape[3] + second_x.shape[3]
    filters = dy.shape[3]
    outputs = TILE + 1 - window
    parts, panels = sums.shape[:2]
    part, first_line = task % parts, task // parts * lines
    places = lines * TILE
    input_step, gradient_step = padded_step(block * channels), padded_step(block * PANEL)
    inputs_address, gradients_address = address(inputs[thread], 0), address(gradients[thread], 0)
    width = min(PANEL, filters)
    tiles = batch * tiles_h * tiles_w
    begin, end = min(tiles, part * share), min(tiles, (part + 1) * share)
    if begin == end:
        for panel in range(panels):
            for place in range(first_line * TILE, first_line * TILE + places):
                sums[part, panel, place] = np.float32(0)
    for first in range(begin, end, block):
        count = min(block, end - first)
        for t in range(count):
            n, rest = divmod(first + t, tiles_h * tiles_w)
            i, j = divmod(rest, tiles_w)
            line, column = i * outputs, j * outputs
            target = inputs_address + 4 * t * channels
            load_input_lines(x, n, line - top, column - left, first_line, lines, target, input_step)
            if channels > x.shape[3]:
                second = target + 4 * x.shape[3]
                load_input_lines(second_x, n, line - top, column - left, first_line, lines, second, input_step)
            target = gradients_address + 4 * t * width
            load_gradient_lines(dy, n, line, column, outputs, first_line, lines, target, gradient_step)
        add_places(
            sums, part, first_line * TILE, places, channels, filters, block_rows, count, first == begin,
            inputs_address, input_step, gradients_address, gradient_step, width,
        )  # fmt: skip


@subroutine
def add_places(
    sums, part, first, places, channels, filters, block_rows, count, begins,
    inputs, input_step, gradients, gradient_step, width,
):  # fmt: skip
    """Add to the sums of some positions, or set them if it `begins`, the products of `count` transformed tiles."""
    for place in range(places):
        for panel in range(sums.shape[1]):
            for c in range(0, channels, block_rows):
                result = address(sums[part, panel, first + place], c * PANEL)
                multiply_block(
                    min(block_rows, channels - c), min(PANEL, filters - panel * PANEL),
                    inputs + 4 * (place * input_step + c), 1, channels, 0,
                    gradients + 4 * (panel * places + place) * gradient_step, width, 0,
                    count, 1,
                    address(ZEROS, 0) if begins else result, 0 if begins else PANEL,
                    result, PANEL, NO_FLOOR,
                )  # fmt: skip


@subroutine
def load_input_lines(x, n, line, column, first, count, target, step):
    """Bᵀ-transform the 6×6 elements of image n from (line, column) on, zeros outside: some lines of the result."""
    _, height, width, channels = x.shape
    source = address(x, ((n * height + line) * width + column) * channels)
    top, bottom, left, right = max(0, -line), min(TILE, height - line), max(0, -column), min(TILE, width - column)
    input_lines(
        first, count, source, width * channels, channels, target, step, channels // LANES,
        address(ZEROS, 0), top, bottom, left, right,
    )  # fmt: skip


@subroutine
def load_gradient_lines(dy, n, line, column, outputs, first, count, target, step):
    """G-transform the outputs × outputs elements of dy from (line, column) on, zeros outside: some lines, by panels."""
    _, out_h, out_w, filters = dy.shape
    line_step, bottom, right = out_w * filters, out_h - line, out_w - column
    zeros = address(ZEROS, 0)
    for f in range(0, filters, PANEL):
        source = address(dy, ((n * out_h + line) * out_w + column) * filters + f)
        place = target + 4 * (f // PANEL) * count * TILE * step
        groups = min(PANEL, filters - f) // LANES
        if outputs == 4:
            gradient_lines_4(first, count, source, line_step, filters, place, step, groups, zeros, 0, bottom, 0, right)
        else:
            gradient_lines_2(first, count, source, line_step, filters, place, step, groups, zeros, 0, bottom, 0, right)


@task_kernel
def finish_kernel_gradient(task, sums: floats(4), dkernel: floats(4)):
    """dkernel = Aᵀ · Σ sums · A for 16 channels, the parts added in order."""
    window, _, channels, filters = dkernel.shape
    parts, panels, _, step = sums.shape
    first, last = task * LANES, min(channels, (task + 1) * LANES)
    line, column = window * channels * filters, channels * filters
    for panel in range(panels):
        for part in range(1, parts):
            for place in range(PLACES):
                total = floats_at(address(sums[0, panel, place], first * PANEL), (last - first) * PANEL)
                values = floats_at(address(sums[part, panel, place], first * PANEL), (last - first) * PANEL)
                for i in range(len(total)):
                    total[i] += values[i]
        groups = min(PANEL, filters - panel * PANEL) // LANES
        for c in range(first, last):
            source = address(sums[0, panel], c * PANEL)
            target = address(dkernel, c * filters + panel * PANEL)
            if window == 3:
                kernel_gradient_tile_3(source, TILE * step, step, target, line, column, groups)
            else:
                kernel_gradient_tile_5(source, TILE * step, step, target, line, column, groups)
