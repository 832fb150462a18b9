"""The kernel gradient of a 2D convolution by Winograd's method (see `winograd.py`).

    dkernel = Aᵀ (Σ over tiles of Bᵀ-transformed xᵀ · G-transformed dy) A

Here dy takes the role of the kernel, and the kernel that of the outputs. For each of the 36 positions of a tile the sum
over tiles is a matrix product, (channels × tiles) · (tiles × filters), a block of tiles at a time.

A task adds up the products of a part of the tiles, or with many channels and filters, of which several sums would fill
the memory, those of all tiles. With more threads than such tasks, each computes some of the filters: that changes no
sum, so results do not depend on the number of threads.
"""

from math import gcd
from typing import NamedTuple

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.blocks import LANES, multiply_block
from minikeras.kernels.convolution.geometry import parts_of_a_sum
from minikeras.kernels.convolution.transforms import (
    TILE,
    gradient_tile_2,
    gradient_tile_4,
    kernel_gradient_tile_3,
    kernel_gradient_tile_5,
)
from minikeras.kernels.convolution.winograd import (
    POSITIONS,
    ZEROS,
    as_two,
    clear,
    is_empty,
    load_tile,
    load_upsampled_tile,
    padded_step,
)
from minikeras.kernels.convolution.winograd_outputs import Tiles, outputs_of_tile
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

# Elements of dkernel, for each tap, up to which there are several parts of the tiles, each with sums of its own.
FEW_SUMS = 1 << 13
# Tiles of a part, where there are more than two: adding the sums of another one takes 1 % of its time.
TILES_OF_A_PART = 512


def winograd_kernel_gradient_jobs(x, dy, dkernel, pads, upsampled=False):
    """Jobs that set dkernel: sum the products of all tiles at each position, then transform the sums.

    x may be two arrays, whose channels follow each other. If `upsampled`, each pixel of the first stands for 2×2.
    """
    window, _, channels, filters = dkernel.shape
    outputs = TILE + 1 - window
    down, across = -(-dy.shape[1] // outputs), -(-dy.shape[2] // outputs)
    count = len(dy) * down * across
    divisible = filters % (2 * PANEL) == 0
    parts = parts_of_a_sum(count, count, TILES_OF_A_PART, divisible) if channels * filters <= FEW_SUMS else 1
    share = -(-count // parts)
    block = even_rows(share, 48)
    panels = -(-filters // PANEL)
    panels_per_task = -(-panels // min(panels, threads() // gcd(threads(), parts)))
    sums = aligned((parts, panels, POSITIONS, padded_step(channels * PANEL)))
    buffers = (
        scratch(POSITIONS * padded_step(block * channels)),
        scratch(panels_per_task * POSITIONS * padded_step(block * PANEL)),
    )
    tiles = Tiles(outputs, pads[0][0], pads[1][0], down, across, count, block, int(upsampled), 0)
    blocking = Blocking(share, panels_per_task, even_rows(channels, block_shape()[0]))
    tasks = parts * -(-panels // panels_per_task)
    return [
        winograd_kernel_gradient_tiles.job(tasks, *as_two(x), dy, sums, *buffers, tiles, blocking),
        finish_kernel_gradient.job(-(-channels // LANES), sums, dkernel),
    ]


class Blocking(NamedTuple):
    """The share of one task."""

    tiles: int  # of a part
    panels: int
    block_rows: int  # channels that are multiplied together


class Share(NamedTuple):
    """The part of the sums that a task computes, and its transformed blocks of x and dy."""

    part: int
    first_panel: int
    panels: int
    inputs: int  # address
    input_step: int  # from a position to the next, in elements
    gradients: int  # address
    gradient_step: int
    width: int  # elements of a panel of dy


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
    tiles: Tiles,
    blocking: Blocking,
):
    """sums[part] (panels of filters, 36 positions, channels · 32) of one part of the tiles, some panels."""
    channels, filters = x.shape[3] + second_x.shape[3], dy.shape[3]
    parts, panels = sums.shape[:2]
    part, first_panel = task % parts, task // parts * blocking.panels
    share = Share(
        part, first_panel, min(blocking.panels, panels - first_panel),
        address(inputs[thread], 0), padded_step(tiles.block * channels),
        address(gradients[thread], 0), padded_step(tiles.block * PANEL), min(PANEL, filters),
    )  # fmt: skip
    begin, end = min(tiles.count, part * blocking.tiles), min(tiles.count, (part + 1) * blocking.tiles)
    for first in range(begin, end, tiles.block):
        count = min(tiles.block, end - first)
        for t in range(count):
            n, line, column = outputs_of_tile(tiles, first + t)
            target = share.inputs + 4 * t * channels
            if tiles.upsampled_x:
                load_upsampled_tile(x, n, line - tiles.top, column - tiles.left, target, share.input_step)
            else:
                load_tile(x, n, line - tiles.top, column - tiles.left, target, share.input_step)
            if channels > x.shape[3]:
                target += 4 * x.shape[3]
                load_tile(second_x, n, line - tiles.top, column - tiles.left, target, share.input_step)
            load_gradient_tile(dy, n, line, column, tiles.outputs, share.gradients + 4 * t * share.width, share)
        upsampled_channels = x.shape[3] if tiles.upsampled_x else 0
        add_products(sums, share, channels, upsampled_channels, filters, blocking.block_rows, count, first == begin)


@subroutine
def add_products(sums, share, channels, upsampled_channels, filters, block_rows, count, begins):
    """Add the products of `count` transformed tiles to the sums of a `Share`, or set them if it `begins`."""
    for place in range(POSITIONS):
        first_channel = upsampled_channels if is_empty(place) else 0
        for panel in range(share.panels):
            if begins and first_channel > 0:
                own = sums[share.part, share.first_panel + panel, place]
                clear(address(own, 0), first_channel * PANEL)
            for c in range(first_channel, channels, block_rows):
                own = sums[share.part, share.first_panel + panel, place]
                result = address(own, c * PANEL)
                multiply_block(
                    min(block_rows, channels - c), min(PANEL, filters - (share.first_panel + panel) * PANEL),
                    share.inputs + 4 * (place * share.input_step + c), 1, channels, 0,
                    share.gradients + 4 * (panel * POSITIONS + place) * share.gradient_step, share.width, 0,
                    count, 1,
                    address(ZEROS, 0) if begins else result, 0 if begins else PANEL,
                    result, PANEL, NO_FLOOR,
                )  # fmt: skip


@subroutine
def load_gradient_tile(dy, n, line, column, outputs, target, share):
    """G-transform the outputs × outputs elements of dy from (line, column) on, zeros outside: a `Share`, by panels."""
    _, out_h, out_w, filters = dy.shape
    line_step, bottom, right = out_w * filters, out_h - line, out_w - column
    zeros = address(ZEROS, 0)
    for panel in range(share.panels):
        f = (share.first_panel + panel) * PANEL
        source = address(dy, ((n * out_h + line) * out_w + column) * filters + f), line_step, filters
        place = target + 4 * panel * POSITIONS * share.gradient_step
        groups = min(PANEL, filters - f) // LANES
        steps = TILE * share.gradient_step, share.gradient_step
        if outputs == 4:
            gradient_tile_4(*source, place, *steps, groups, zeros, 0, bottom, 0, right)
        else:
            gradient_tile_2(*source, place, *steps, groups, zeros, 0, bottom, 0, right)


@task_kernel
def finish_kernel_gradient(task, sums: floats(4), dkernel: floats(4)):
    """dkernel = Aᵀ · Σ sums · A for 16 channels, the parts added in order."""
    window, _, channels, filters = dkernel.shape
    parts, panels, _, step = sums.shape
    first, last = task * LANES, min(channels, (task + 1) * LANES)
    line, column = window * channels * filters, channels * filters
    for panel in range(panels):
        for part in range(1, parts):
            for place in range(POSITIONS):
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
