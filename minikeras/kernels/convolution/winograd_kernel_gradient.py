"""The kernel gradient of a 2D convolution by Winograd's method (see `winograd.py`).

    dkernel = Aᵀ (Σ over tiles of Bᵀ-transformed xᵀ · G-transformed dy) A

Here dy is in the place of the kernel, and the kernel in that of the outputs. For each of the 36 places of a tile the
sum over tiles is a matrix product, (channels × tiles) · (tiles × filters). Each thread sums some of the tiles, a block
at a time, into sums of its own; at the end these are added in the order of the threads, and transformed.

All sums together, 36 · channels · filters numbers, mostly exceed the second-level cache and are read and written once
for each block. So they lie, as dy's transforms do, in panels of 32 filters, which are read from one end to the other:
16×16×16, 128→128 takes 2.3 ms on one core of an Intel Sapphire Rapids, by rows of all filters 2.7.
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.convolution.transforms import (
    TILE,
    gradient_tile_2,
    gradient_tile_4,
    kernel_gradient_tile_3,
    kernel_gradient_tile_5,
)
from minikeras.kernels.convolution.winograd import LANES, PLACES, ZEROS, apart, load_tile
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows, multiply_block
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel


def winograd_kernel_gradient_jobs(x, dy, dkernel, pads):
    """Jobs that set dkernel: each thread sums the products of some tiles, then the sums are added and transformed."""
    window, _, channels, filters = dkernel.shape
    outputs = TILE + 1 - window
    tiles_h, tiles_w = -(-dy.shape[1] // outputs), -(-dy.shape[2] // outputs)
    tiles = len(x) * tiles_h * tiles_w
    parts = max(1, min(threads(), tiles))
    share = -(-tiles // parts)
    block = even_rows(share, 48 if channels * filters <= 4096 else 64)
    panels = -(-filters // PANEL)
    sums = aligned((parts, panels, PLACES, apart(channels * PANEL)))
    scratch = (
        aligned((threads(), PLACES * apart(block * channels))),
        aligned((threads(), panels * PLACES * apart(block * PANEL))),
    )
    shape = np.array([window, pads[0][0], pads[1][0], tiles_h, tiles_w, block, share], np.int64)
    block_rows = even_rows(channels, block_shape()[0])
    return [
        winograd_kernel_gradient_tiles.job(parts, x, dy, sums, *scratch, shape, block_rows),
        finish_kernel_gradient.job(-(-channels // LANES), sums, dkernel),
    ]


@task_kernel
def winograd_kernel_gradient_tiles(
    task,
    thread,
    x: floats(4),
    dy: floats(4),
    sums: floats(4),
    inputs: floats(2),
    gradients: floats(2),
    shape: integers(1),
    block_rows: int,
):
    """sums[task] (panels of filters, 36 places, channels · 32) of one part of the tiles.

    `shape` is (window, top, left, tiles in a column, in a row, in a block, in a part).
    """
    window, top, left, tiles_h, tiles_w = shape[0], shape[1], shape[2], shape[3], shape[4]
    block, share = shape[5], shape[6]
    batch, _, _, channels = x.shape
    filters = dy.shape[3]
    outputs = TILE + 1 - window
    panels = sums.shape[1]
    input_step, gradient_step = apart(block * channels), apart(block * PANEL)
    inputs_address, gradients_address = address(inputs[thread], 0), address(gradients[thread], 0)
    tiles = batch * tiles_h * tiles_w
    begin, end = min(tiles, task * share), min(tiles, (task + 1) * share)
    if begin == end:
        for panel in range(panels):
            sums[task, panel] = np.float32(0)
    for first in range(begin, end, block):
        count = min(block, end - first)
        for t in range(count):
            n, rest = divmod(first + t, tiles_h * tiles_w)
            i, j = divmod(rest, tiles_w)
            line, column = i * outputs, j * outputs
            target = inputs_address + 4 * t * channels
            load_tile(x, n, line - top, column - left, target, input_step)
            target = gradients_address + 4 * t * PANEL
            load_gradient_tile(dy, n, line, column, outputs, target, gradient_step)
        for place in range(PLACES):
            for panel in range(panels):
                for c in range(0, channels, block_rows):
                    result = address(sums[task, panel, place], c * PANEL)
                    multiply_block(
                        min(block_rows, channels - c), min(PANEL, filters - panel * PANEL),
                        inputs_address + 4 * (place * input_step + c), 1, channels, 0,
                        gradients_address + 4 * (panel * PLACES + place) * gradient_step, PANEL, 0,
                        count, 1,
                        address(ZEROS, 0) if first == begin else result, 0 if first == begin else PANEL,
                        result, PANEL, NO_FLOOR,
                    )  # fmt: skip


@subroutine
def load_gradient_tile(dy, n, line, column, outputs, target, step):
    """G-transform the outputs × outputs numbers of dy from (line, column) on, zeros outside, panel by panel."""
    _, out_h, out_w, filters = dy.shape
    line_step, bottom, right = out_w * filters, out_h - line, out_w - column
    zeros = address(ZEROS, 0)
    for f in range(0, filters, PANEL):
        source = address(dy, ((n * out_h + line) * out_w + column) * filters + f)
        place = target + 4 * (f // PANEL) * PLACES * step
        groups = min(PANEL, filters - f) // LANES
        if outputs == 4:
            gradient_tile_4(source, line_step, filters, place, TILE * step, step, groups, zeros, 0, bottom, 0, right)
        else:
            gradient_tile_2(source, line_step, filters, place, TILE * step, step, groups, zeros, 0, bottom, 0, right)


@task_kernel
def finish_kernel_gradient(task, sums: floats(4), dkernel: floats(4)):
    """dkernel = Aᵀ · Σ sums · A for sixteen channels, the parts added in their order."""
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
