"""Convolution along one axis by Winograd's method, stride 1, windows of 3 to 6, float32.

Channels and filters are multiples of 16. The method is that of `winograd.py` in two dimensions, with 1D tiles of eight
elements instead of 6×6: see `transforms_1d.py`. x (lines, width, channels), kernel (window, channels, filters), y
and dy (lines, outputs, filters). For each of the eight positions of a 1D tile

    products[p] = Bᵀ-transformed 1D tiles[p] · G-transformed kernel[p]             y = Aᵀ products
    sums[p]     = Σ over 1D tiles, Bᵀ-transformed x[p]ᵀ · G-transformed dy[p]      dkernel = Aᵀ sums

and the input gradient is the convolution of dy with the kernel flipped.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import LANES, multiply_block, multiply_rows, transpose_tile
from minikeras.kernels.convolution.direct_kernel_gradient import add_parts_job
from minikeras.kernels.convolution.geometry import TASKS, parts_of_a_sum
from minikeras.kernels.convolution.transforms_1d import (
    COUNTS,
    TILE1D,
    evaluate_tile1d,
    input_tile1d,
    interpolate_tile1d,
)
from minikeras.kernels.convolution.winograd import ZEROS, padded_step
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

# Elements of a block's transformed 1D tiles: 0.25 MB, so that they stay in the second-level cache.
BLOCK = 1 << 16
# 1D tiles of a part of a kernel gradient's sum, where there are more than two parts.
TILES_OF_A_PART = 512


def fits(window, channels, filters):
    """Whether the method supports such a convolution with stride 1."""
    return window in COUNTS and channels % LANES == 0 and filters % LANES == 0 and channels > 0 and filters > 0


def tiles1d_of_a_line(window, outputs):
    """The number of 1D tiles for these outputs."""
    return -(-outputs // (TILE1D + 1 - window))


def tile1d_jobs(x, kernel, bias, y, left, relu=False, weights=None):
    """Jobs that set y = convolution(x, kernel) + bias, or relu of it, with `left` zeros before each line.

    `bias` may be None. `weights` is the array that `kernel` was made from, if not `kernel`.
    """
    window, channels, filters = kernel.shape
    transformed = aligned((-(-filters // PANEL), TILE1D, padded_step(channels * PANEL)))
    kernel_job = transform_tile1d_kernel.job(-(-channels // LANES), kernel, transformed)
    kernel_job.preparing(kernel if weights is None else weights)
    bias = np.zeros(filters, np.float32) if bias is None else bias
    tiles = _tiles(len(y), window, y.shape[1], left)
    tasks, block = _blocks(tiles.count, channels + PANEL, block_shape()[0])
    buffers = (
        aligned((threads(), TILE1D * padded_step(block * channels))),
        aligned((threads(), TILE1D * padded_step(block * PANEL))),
    )
    block_rows = even_rows(block, block_shape()[0])
    floor = 0.0 if relu else -np.inf
    return [kernel_job, winograd_tiles1d.job(tasks, x, transformed, bias, y, *buffers, tiles, block, block_rows, floor)]


def tile1d_input_gradient_jobs(dy, kernel, dx, left, bias=None, relu=False):
    """Jobs that set dx: the convolution of dy with the kernel flipped, filters to channels; plus bias."""
    window, channels, filters = kernel.shape
    turned = aligned((window, filters, channels))
    turn_job = rotate_tile1d_kernel.job(window, kernel, turned).preparing(kernel)
    return [turn_job, *tile1d_jobs(dy, turned, bias, dx, window - 1 - left, relu, weights=kernel)]


def tile1d_kernel_gradient_jobs(x, dy, dkernel, left):
    """Jobs that set dkernel: sum the products of parts of the 1D tiles, add the sums, transform the total."""
    window, channels, filters = dkernel.shape
    tiles = _tiles(len(x), window, dy.shape[1], left)
    parts = parts_of_a_sum(tiles.count, tiles.count, TILES_OF_A_PART, filters % (2 * PANEL) == 0)
    share = -(-tiles.count // parts)
    panels = -(-filters // PANEL)
    panels_per_task = -(-panels // min(panels, -(-threads() // parts)))
    block = even_rows(share, _most(channels + filters, LANES))
    sums = aligned((parts, TILE1D, panels, channels * PANEL))
    scratch = (
        aligned((threads(), TILE1D * padded_step(block * channels))),
        aligned((threads(), panels_per_task * TILE1D * padded_step(block * PANEL))),
    )
    blocking = Blocking(share, block, panels_per_task, even_rows(channels, block_shape()[0]))
    tasks = parts * -(-panels // panels_per_task)
    jobs = [winograd_tile1d_gradients.job(tasks, x, dy, sums, *scratch, tiles, blocking)]
    if parts > 1:
        jobs.append(add_parts_job(sums.reshape(parts, -1), sums[0].reshape(-1)))
    return [*jobs, finish_tile1d_gradient.job(-(-channels // LANES), sums, dkernel)]


def _tiles(lines, window, outputs, left):
    across = tiles1d_of_a_line(window, outputs)
    return Tiles1D(TILE1D + 1 - window, left, across, lines * across)


def _blocks(tiles1d, elements, multiple):
    """(blocks, 1D tiles of a block) for these tiles' elements: equal blocks, at least one for each task."""
    blocks = max(-(-tiles1d // _most(elements, multiple)), min(TASKS, tiles1d // multiple), 1)
    return -(-tiles1d // -(-tiles1d // blocks)), -(-tiles1d // blocks)


def _most(elements, multiple):
    """The 1D tiles of the largest block, with these elements at each position."""
    return max(1, BLOCK // (TILE1D * elements) // multiple) * multiple


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def transform_tile1d_kernel(task, kernel: floats(3), transformed: floats(3)):
    """G · kernel for 16 channels: transformed (panels of filters, 8 positions, channels · 32)."""
    window, channels, filters = kernel.shape
    panels, _, place = transformed.shape
    for panel in range(panels):
        groups = min(PANEL, filters - panel * PANEL) // LANES
        for c in range(task * LANES, min(channels, (task + 1) * LANES)):
            evaluate_tile1d(
                window, address(kernel, c * filters + panel * PANEL), channels * filters,
                address(transformed, panel * TILE1D * place + c * PANEL), place, groups, address(ZEROS, 0), window,
            )  # fmt: skip


@task_kernel
def rotate_tile1d_kernel(task, kernel: floats(3), turned: floats(3)):
    """turned[−a, f, c] = kernel[a, c, f] for one tap a of the window."""
    window, channels, filters = kernel.shape
    source, target = address(kernel[task], 0), address(turned[window - 1 - task], 0)
    for c in range(0, channels, LANES):
        for f in range(0, filters, LANES):
            transpose_tile(source + 4 * (c * filters + f), filters, target + 4 * (f * channels + c), channels)


class Tiles1D(NamedTuple):
    """The 1D tiles of all lines."""

    outputs: int  # of a 1D tile
    left: int  # elements of padding before a line
    across: int  # 1D tiles in a line
    count: int  # of all lines


class Blocking(NamedTuple):
    """The share of one task in a kernel gradient."""

    tiles: int
    block: int  # 1D tiles that are transformed together
    panels: int
    block_rows: int  # channels that are multiplied together


@subroutine
def load_tile1d(x, n, column, target, step):
    """Bᵀ · the eight elements of line n from `column` on, zeros outside; the results `step` apart."""
    _, width, channels = x.shape
    input_tile1d(
        address(x, (n * width + column) * channels), channels, target, step, channels // LANES, address(ZEROS, 0),
        max(0, -column), min(TILE1D, width - column),
    )  # fmt: skip


@task_kernel
def winograd_tiles1d(
    task,
    thread,
    x: floats(3),
    transformed: floats(3),
    bias: floats(1),
    y: floats(3),
    inputs: floats(2),
    products: floats(2),
    tiles: Tiles1D,
    block: int,
    block_rows: int,
    floor: float,
):
    """y for one block of 1D tiles."""
    _, out_w, filters = y.shape
    channels, first = x.shape[2], task * block
    panels, _, kernel_step = transformed.shape
    count = min(block, tiles.count - first)
    input_step, product_step = padded_step(block * channels), padded_step(block * PANEL)
    inputs_address, products_address = address(inputs[thread], 0), address(products[thread], 0)
    for t in range(count):
        n, i = divmod(first + t, tiles.across)
        load_tile1d(x, n, i * tiles.outputs - tiles.left, inputs_address + 4 * t * channels, input_step)
    for panel in range(panels):
        columns = min(PANEL, filters - panel * PANEL)
        for place in range(TILE1D):
            multiply_rows(
                count, columns, channels, inputs_address + 4 * place * input_step, channels,
                address(transformed, (panel * TILE1D + place) * kernel_step), PANEL,
                products_address + 4 * place * product_step, PANEL, block_rows,
            )  # fmt: skip
        for t in range(count):
            n, i = divmod(first + t, tiles.across)
            column = i * tiles.outputs
            interpolate_tile1d(
                tiles.outputs, products_address + 4 * t * PANEL, product_step,
                address(y, (n * out_w + column) * filters + panel * PANEL), filters, columns // LANES,
                address(bias, panel * PANEL), out_w - column, floor,
            )  # fmt: skip


@task_kernel
def winograd_tile1d_gradients(
    task,
    thread,
    x: floats(3),
    dy: floats(3),
    sums: floats(4),
    inputs: floats(2),
    gradients: floats(2),
    tiles: Tiles1D,
    blocking: Blocking,
):
    """sums[part] (8 positions, panels of filters, channels · 32) of one part of the 1D tiles, some panels."""
    _, out_w, filters = dy.shape
    channels, parts, panels = x.shape[2], sums.shape[0], sums.shape[2]
    part, first_panel = task % parts, task // parts * blocking.panels
    last_panel = min(panels, first_panel + blocking.panels)
    input_step, gradient_step = padded_step(blocking.block * channels), padded_step(blocking.block * PANEL)
    inputs_address, gradients_address = address(inputs[thread], 0), address(gradients[thread], 0)
    begin, end = min(tiles.count, part * blocking.tiles), min(tiles.count, (part + 1) * blocking.tiles)
    if begin == end:
        for place in range(TILE1D):
            for panel in range(first_panel, last_panel):
                sums[part, place, panel] = np.float32(0)
    for first in range(begin, end, blocking.block):
        count = min(blocking.block, end - first)
        for t in range(count):
            n, i = divmod(first + t, tiles.across)
            column = i * tiles.outputs
            load_tile1d(x, n, column - tiles.left, inputs_address + 4 * t * channels, input_step)
            for panel in range(first_panel, last_panel):
                place = (panel - first_panel) * TILE1D * gradient_step + t * PANEL
                evaluate_tile1d(
                    tiles.outputs, address(dy, (n * out_w + column) * filters + panel * PANEL), filters,
                    gradients_address + 4 * place, gradient_step,
                    min(PANEL, filters - panel * PANEL) // LANES, address(ZEROS, 0), out_w - column,
                )  # fmt: skip
        for place in range(TILE1D):
            for panel in range(first_panel, last_panel):
                for c in range(0, channels, blocking.block_rows):
                    result = address(sums[part, place, panel], c * PANEL)
                    multiply_block(
                        min(blocking.block_rows, channels - c), min(PANEL, filters - panel * PANEL),
                        inputs_address + 4 * (place * input_step + c), 1, channels, 0,
                        gradients_address + 4 * ((panel - first_panel) * TILE1D + place) * gradient_step, PANEL, 0,
                        count, 1,
                        address(ZEROS, 0) if first == begin else result, 0 if first == begin else PANEL,
                        result, PANEL, NO_FLOOR,
                    )  # fmt: skip


@task_kernel
def finish_tile1d_gradient(task, sums: floats(4), dkernel: floats(3)):
    """dkernel = Aᵀ · sums[0] for 16 channels."""
    window, channels, filters = dkernel.shape
    _, _, panels, elements = sums.shape
    for panel in range(panels):
        groups = min(PANEL, filters - panel * PANEL) // LANES
        for c in range(task * LANES, min(channels, (task + 1) * LANES)):
            interpolate_tile1d(
                window, address(sums[0, 0, panel], c * PANEL), panels * elements,
                address(dkernel, c * filters + panel * PANEL), channels * filters, groups,
                address(ZEROS, 0), window, NO_FLOOR,
            )  # fmt: skip
