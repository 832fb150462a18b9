"""Convolution along one axis by Winograd's method, stride 1, windows of 3 to 6, float32.

Channels and filters are multiples of 16. The method is that of `winograd.py` in two dimensions, with 1D tiles of eight
elements instead of 6×6: see `transforms_1d.py`. x (lines, width, channels), kernel (window, channels, filters), y
and dy (lines, outputs, filters). For each of the eight positions of a 1D tile

    products[p] = Bᵀ-transformed 1D tiles[p] · G-transformed kernel[p]             y = Aᵀ products
    sums[p]     = Σ over 1D tiles, Bᵀ-transformed x[p]ᵀ · G-transformed dy[p]      dkernel = Aᵀ sums

and the input gradient is the convolution of dy with the kernel flipped.
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.convolution.direct import add_parts
from minikeras.kernels.convolution.geometry import TASKS
from minikeras.kernels.convolution.transforms_1d import (
    COUNTS,
    TILE1D,
    evaluate_tile1d,
    input_tile1d,
    interpolate_tile1d,
)
from minikeras.kernels.convolution.winograd import LANES, ZEROS, multiply_places, padded_step
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows, multiply_block, transpose_tile
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

# Elements of a block's transformed 1D tiles: 0.25 MB, so that they stay in the second-level cache.
BLOCK = 1 << 16


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
    across = tiles1d_of_a_line(window, y.shape[1])
    tasks, block = _blocks(len(y) * across, channels + PANEL, block_shape()[0])
    shape = np.array([window, left, across, block], np.int64)
    buffers = (
        aligned((threads(), TILE1D * padded_step(block * channels))),
        aligned((threads(), TILE1D * padded_step(block * PANEL))),
    )
    block_rows = even_rows(block, block_shape()[0])
    floor = 0.0 if relu else -np.inf
    return [kernel_job, winograd_tiles1d.job(tasks, x, transformed, bias, y, *buffers, shape, block_rows, floor)]


def tile1d_input_gradient_jobs(dy, kernel, dx, left, bias=None, relu=False):
    """Jobs that set dx: the convolution of dy with the kernel flipped, filters to channels; plus bias."""
    window, channels, filters = kernel.shape
    turned = aligned((window, filters, channels))
    turn_job = turn_tile1d_kernel.job(window, kernel, turned).preparing(kernel)
    return [turn_job, *tile1d_jobs(dy, turned, bias, dx, window - 1 - left, relu, weights=kernel)]


def tile1d_kernel_gradient_jobs(x, dy, dkernel, left):
    """Jobs that set dkernel: each task sums the products of some 1D tiles; the sums are added and transformed."""
    window, channels, filters = dkernel.shape
    across = tiles1d_of_a_line(window, dy.shape[1])
    tiles1d = len(x) * across
    parts = max(1, min(threads(), tiles1d))
    share = -(-tiles1d // parts)
    panels = -(-filters // PANEL)
    _, block = _blocks(share, channels + filters, LANES)
    sums = aligned((parts, TILE1D, panels, channels * PANEL))
    scratch = (
        aligned((threads(), TILE1D * padded_step(block * channels))),
        aligned((threads(), panels * TILE1D * padded_step(block * PANEL))),
    )
    shape = np.array([window, left, across, block, share], np.int64)
    block_rows = even_rows(channels, block_shape()[0])
    jobs = [winograd_tile1d_gradients.job(parts, x, dy, sums, *scratch, shape, block_rows)]
    if parts > 1:
        jobs.append(add_parts.job(1, sums.reshape(parts, -1), sums[0].reshape(-1)))
    return [*jobs, finish_tile1d_gradient.job(-(-channels // LANES), sums, dkernel)]


def _blocks(tiles1d, elements, multiple):
    """(blocks, 1D tiles of a block) for these tiles' elements: equal blocks, at least one for each task."""
    most = max(1, BLOCK // (TILE1D * elements) // multiple) * multiple
    blocks = max(-(-tiles1d // most), min(TASKS, tiles1d // multiple), 1)
    return -(-tiles1d // -(-tiles1d // blocks)), -(-tiles1d // blocks)


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
def turn_tile1d_kernel(task, kernel: floats(3), turned: floats(3)):
    """turned[−a, f, c] = kernel[a, c, f] for one tap a of the window."""
    window, channels, filters = kernel.shape
    source, target = address(kernel[task], 0), address(turned[window - 1 - task], 0)
    for c in range(0, channels, LANES):
        for f in range(0, filters, LANES):
            transpose_tile(source + 4 * (c * filters + f), filters, target + 4 * (f * channels + c), channels)


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
    shape: integers(1),
    block_rows: int,
    floor: float,
):
    """y for one block of 1D tiles. `shape` is (window, left, 1D tiles of a line, of a block)."""
    window, left, across, block = shape[0], shape[1], shape[2], shape[3]
    lines, out_w, filters = y.shape
    channels, outputs, first = x.shape[2], TILE1D + 1 - window, task * block
    panels, _, kernel_step = transformed.shape
    count = min(block, lines * across - first)
    input_step, product_step = padded_step(block * channels), padded_step(block * PANEL)
    inputs_address, products_address = address(inputs[thread], 0), address(products[thread], 0)
    for t in range(count):
        n, i = divmod(first + t, across)
        load_tile1d(x, n, i * outputs - left, inputs_address + 4 * t * channels, input_step)
    for panel in range(panels):
        columns = min(PANEL, filters - panel * PANEL)
        multiply_places(
            TILE1D, count, block_rows, channels, columns, inputs_address, input_step,
            address(transformed, panel * TILE1D * kernel_step), kernel_step, products_address, product_step,
        )  # fmt: skip
        for t in range(count):
            n, i = divmod(first + t, across)
            interpolate_tile1d(
                outputs, products_address + 4 * t * PANEL, product_step,
                address(y, (n * out_w + i * outputs) * filters + panel * PANEL), filters, columns // LANES,
                address(bias, panel * PANEL), out_w - i * outputs, floor,
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
    shape: integers(1),
    block_rows: int,
):
    """sums[task] (8 positions, panels of filters, channels · 32) of one part of the 1D tiles.

    `shape` is (window, left, 1D tiles of a line, of a block, of a part).
    """
    window, left, across, block, share = shape[0], shape[1], shape[2], shape[3], shape[4]
    lines, out_w, filters = dy.shape
    channels, outputs, panels = x.shape[2], TILE1D + 1 - window, sums.shape[2]
    input_step, gradient_step = padded_step(block * channels), padded_step(block * PANEL)
    inputs_address, gradients_address = address(inputs[thread], 0), address(gradients[thread], 0)
    begin, end = min(lines * across, task * share), min(lines * across, (task + 1) * share)
    if begin == end:
        sums[task] = np.float32(0)
    for first in range(begin, end, block):
        count = min(block, end - first)
        for t in range(count):
            n, i = divmod(first + t, across)
            load_tile1d(x, n, i * outputs - left, inputs_address + 4 * t * channels, input_step)
            for panel in range(panels):
                evaluate_tile1d(
                    outputs, address(dy, (n * out_w + i * outputs) * filters + panel * PANEL), filters,
                    gradients_address + 4 * (panel * TILE1D * gradient_step + t * PANEL), gradient_step,
                    min(PANEL, filters - panel * PANEL) // LANES, address(ZEROS, 0), out_w - i * outputs,
                )  # fmt: skip
        for place in range(TILE1D):
            for panel in range(panels):
                for c in range(0, channels, block_rows):
                    result = address(sums[task, place, panel], c * PANEL)
                    multiply_block(
                        min(block_rows, channels - c), min(PANEL, filters - panel * PANEL),
                        inputs_address + 4 * (place * input_step + c), 1, channels, 0,
                        gradients_address + 4 * (panel * TILE1D + place) * gradient_step, PANEL, 0,
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
