"""The kernel gradient of a 2D convolution by Winograd's method (see `winograd.py`).

    dkernel = Aᵀ (Σ over tiles of Bᵀ-transformed xᵀ · G-transformed dy) A

Here dy takes the role of the kernel, and the kernel that of the outputs. For each of the 36 positions of a tile the sum
over tiles is a matrix product, (channels × tiles) · (tiles × filters), a block of tiles at a time.

The 36 · channels · filters sums mostly exceed the second-level cache, and each block reads and writes them. So a task
computes only one or three of the six lines of positions, for all tiles. Then its sums stay in the cache and are not
shared; x and dy are read, and in part transformed, once for each task, which costs less. With few channels and filters
a task computes all lines of its part of the tiles. With more threads than such tasks, each computes some of the
filters: that changes no sum, so results do not depend on the number of threads.
Two threads on an Intel Sapphire Rapids, in ms, all lines at once with separate sums per thread, and this: 16×16×16,
64→128 0.90, 0.71; 32×7×7, 64→64 0.21, 0.18; 16×32×32, 64→64 1.44, 1.39; 128→128 1.64, 1.66.
"""

from math import gcd
from typing import NamedTuple

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.blocks import LANES, multiply_block
from minikeras.kernels.convolution.geometry import parts_of_a_sum
from minikeras.kernels.convolution.transforms import (
    TILE,
    doubled_lines,
    gradient_lines_2,
    gradient_lines_4,
    input_lines,
    kernel_gradient_tile_3,
    kernel_gradient_tile_5,
)
from minikeras.kernels.convolution.winograd import (
    POSITIONS,
    ZEROS,
    as_two,
    clear,
    is_empty,
    padded_step,
    tile_in_image,
)
from minikeras.kernels.convolution.winograd_outputs import Tiles, outputs_of_tile
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

# Elements of dkernel, for each tap, up to which the sums of three lines of positions, 0.6 MB, stay in the cache.
FEW_SUMS = 1 << 13
# And up to which those of all positions do. One core of an Ice Lake, µs, three lines in each of two passes over a block
# of tiles, and all at once: 32×32×32, 16→16 1184, 1060; 48→16 2832, 2780; 32×16×16, 16→32 366, 331; 32→32 598, 525.
MIN_SUMS = 1 << 11
# Tiles of a part, where there are more than two: adding the sums of another one takes 1 % of its time.
TILES_OF_A_PART = 512


def winograd_kernel_gradient_jobs(x, dy, dkernel, pads, doubled=False):
    """Jobs that set dkernel: sum the products of all tiles by lines of positions, then transform the sums.

    x may be two arrays, whose channels follow each other. If `doubled`, each pixel of the first stands for 2×2.
    """
    window, _, channels, filters = dkernel.shape
    outputs = TILE + 1 - window
    down, across = -(-dy.shape[1] // outputs), -(-dy.shape[2] // outputs)
    count = len(dy) * down * across
    lines = TILE if channels * filters <= MIN_SUMS else 3 if channels * filters <= FEW_SUMS else 1
    divisible = filters % (2 * PANEL) == 0
    parts = parts_of_a_sum(count, count, TILES_OF_A_PART, divisible) if lines == TILE else 1
    share = -(-count // parts)
    block = even_rows(share, 48 if lines > 1 else 64 if channels * filters <= 2 * FEW_SUMS else 128)
    panels, tasks = -(-filters // PANEL), parts * TILE // lines
    panels_per_task = -(-panels // min(panels, threads() // gcd(threads(), tasks)))
    sums = aligned((parts, panels, POSITIONS, padded_step(channels * PANEL)))
    buffers = (
        scratch(lines * TILE * padded_step(block * channels)),
        scratch(panels_per_task * lines * TILE * padded_step(block * PANEL)),
    )
    tiles = Tiles(outputs, pads[0][0], pads[1][0], down, across, count, block, int(doubled), 0)
    cut = Cut(share, lines, panels_per_task, even_rows(channels, block_shape()[0]))
    tasks *= -(-panels // panels_per_task)
    return [
        winograd_kernel_gradient_tiles.job(tasks, *as_two(x), dy, sums, *buffers, tiles, cut),
        finish_kernel_gradient.job(-(-channels // LANES), sums, dkernel),
    ]


class Cut(NamedTuple):
    """The share of one task."""

    tiles: int  # of a part
    lines: int  # of positions
    panels: int
    block_rows: int  # channels that are multiplied together


class Share(NamedTuple):
    """The part of the sums that a task computes, and its transformed blocks of x and dy."""

    part: int
    first_line: int  # of positions
    lines: int
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
    cut: Cut,
):
    """sums[part] (panels of filters, 36 positions, channels · 32) of one part of the tiles, some lines of positions."""
    channels, filters = x.shape[3] + second_x.shape[3], dy.shape[3]
    parts, panels = sums.shape[:2]
    part, rest = task % parts, task // parts
    groups = TILE // cut.lines
    first_panel = rest // groups * cut.panels
    share = Share(
        part, rest % groups * cut.lines, cut.lines, first_panel, min(cut.panels, panels - first_panel),
        address(inputs[thread], 0), padded_step(tiles.block * channels),
        address(gradients[thread], 0), padded_step(tiles.block * PANEL), min(PANEL, filters),
    )  # fmt: skip
    begin, end = min(tiles.count, part * cut.tiles), min(tiles.count, (part + 1) * cut.tiles)
    for first in range(begin, end, tiles.block):
        count = min(tiles.block, end - first)
        for t in range(count):
            n, line, column = outputs_of_tile(tiles, first + t)
            target = share.inputs + 4 * t * channels
            if tiles.doubled_x:
                load_doubled_lines(x, n, line - tiles.top, column - tiles.left, target, share)
            else:
                load_input_lines(x, n, line - tiles.top, column - tiles.left, target, share)
            if channels > x.shape[3]:
                load_input_lines(second_x, n, line - tiles.top, column - tiles.left, target + 4 * x.shape[3], share)
            load_gradient_lines(dy, n, line, column, tiles.outputs, share.gradients + 4 * t * share.width, share)
        doubled_channels = x.shape[3] if tiles.doubled_x else 0
        add_products(sums, share, channels, doubled_channels, filters, cut.block_rows, count, first == begin)


@subroutine
def add_products(sums, share, channels, doubled_channels, filters, block_rows, count, begins):
    """Add the products of `count` transformed tiles to the sums of a `Share`, or set them if it `begins`."""
    positions = share.lines * TILE
    for place in range(positions):
        first_channel = doubled_channels if is_empty(share.first_line * TILE + place) else 0
        for panel in range(share.panels):
            if begins and first_channel > 0:
                own = sums[share.part, share.first_panel + panel, share.first_line * TILE + place]
                clear(address(own, 0), first_channel * PANEL)
            for c in range(first_channel, channels, block_rows):
                own = sums[share.part, share.first_panel + panel, share.first_line * TILE + place]
                result = address(own, c * PANEL)
                multiply_block(
                    min(block_rows, channels - c), min(PANEL, filters - (share.first_panel + panel) * PANEL),
                    share.inputs + 4 * (place * share.input_step + c), 1, channels, 0,
                    share.gradients + 4 * (panel * positions + place) * share.gradient_step, share.width, 0,
                    count, 1,
                    address(ZEROS, 0) if begins else result, 0 if begins else PANEL,
                    result, PANEL, NO_FLOOR,
                )  # fmt: skip


@subroutine
def load_input_lines(x, n, line, column, target, share):
    """Bᵀ-transform the 6×6 elements of image n from (line, column) on, zeros outside: the lines of a `Share`."""
    width, channels = x.shape[2], x.shape[3]
    source, top, bottom, left, right = tile_in_image(x, n, line, column, TILE)
    input_lines(
        share.first_line, share.lines, source, width * channels, channels, target, share.input_step, channels // LANES,
        address(ZEROS, 0), top, bottom, left, right,
    )  # fmt: skip


@subroutine
def load_doubled_lines(x, n, line, column, target, share):
    """The same of the 4×4 pixels of image n that stand for 6×6 from the uneven `line` and `column` on."""
    width, channels = x.shape[2], x.shape[3]
    source, top, bottom, left, right = tile_in_image(x, n, (line + 1) // 2 - 1, (column + 1) // 2 - 1, 4)
    doubled_lines(
        share.first_line, share.lines, source, width * channels, channels, target, share.input_step, channels // LANES,
        address(ZEROS, 0), top, bottom, left, right,
    )  # fmt: skip


@subroutine
def load_gradient_lines(dy, n, line, column, outputs, target, share):
    """G-transform the outputs × outputs elements of dy from (line, column) on, zeros outside: a `Share`, by panels."""
    _, out_h, out_w, filters = dy.shape
    line_step, bottom, right = out_w * filters, out_h - line, out_w - column
    zeros = address(ZEROS, 0)
    for panel in range(share.panels):
        f = (share.first_panel + panel) * PANEL
        source = address(dy, ((n * out_h + line) * out_w + column) * filters + f), line_step, filters
        place = target + 4 * panel * share.lines * TILE * share.gradient_step
        groups = min(PANEL, filters - f) // LANES
        lines = share.first_line, share.lines
        if outputs == 4:
            gradient_lines_4(*lines, *source, place, share.gradient_step, groups, zeros, 0, bottom, 0, right)
        else:
            gradient_lines_2(*lines, *source, place, share.gradient_step, groups, zeros, 0, bottom, 0, right)


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
