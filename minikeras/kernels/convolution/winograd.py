"""2D convolution by Winograd's method: windows 3×3 and 5×5, stride 1, channels and filters in multiples of 16, float32.

`transforms.py` has the mathematics. A tile of 6×6 inputs gives 4×4 outputs of a 3×3 window, or 2×2 of a 5×5 one. All
tiles of a block are transformed; then each of a tile's 36 positions is a matrix product, (tiles × channels) · (channels
× filters); then the products are transformed back:

    products[p] = Bᵀ-transformed tiles[p] · G-transformed kernel[p]        p = 0 … 35

A block has as many tiles (28 to 48) as fit its three buffers in the second-level cache. A quarter of the definition's
products (1/2.8 for 5×5): 16×32×32, 64→64, 3×3 takes 1.8 ms on two cores of an AMD Zen 4, directly 5.1; the products
reach 190 to 208 GFLOP/s on a core of an Intel Sapphire Rapids, of 225 in the first-level cache.

It is less accurate: by cancellation in the transforms an output's error is up to 1e-5 of the largest output, ten times
that of direct convolution. `config.set_convolution_algorithm` disables it for exact comparisons.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.blocks import LANES, multiply_rows, transpose_tile
from minikeras.kernels.convolution.transforms import (
    EMPTY,
    TILE,
    input_tile,
    kernel_tile_3,
    kernel_tile_5,
    upsampled_tile,
)
from minikeras.kernels.convolution.winograd_outputs import (
    Products,
    Tiles,
    fetch_tiles,
    outputs_of_tile,
    store_pooled_tiles,
    store_tiles,
)
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import PANEL, even_rows
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

POSITIONS = TILE * TILE
ZEROS = np.zeros(PANEL, np.float32)
NO_IMAGES = np.zeros((0, 0, 0, 0), np.float32)
# The blocks of a result are a multiple of this, so that as many threads have equal shares.
SHARES = 4


class Upsampled(NamedTuple):
    """Which image has half the size: each pixel stands for 2×2, as nearest-neighbour upsampling would repeat it.

    Of two parts the first is meant; the other has the full size. The window is 3×3, with one line of padding before.
    Forward, kernel and input gradient of 32×32×32, 32 + 16→16, one core of an Emerald Rapids, ms: with the copy
    (made beforehand) 1.64, 1.81, 1.57; without it 1.32, 1.49, 1.21.
    """

    x: int
    y: int


NEITHER = Upsampled(0, 0)


def fits(kernel_shape, strides, dilation):
    """Whether the method supports such a convolution."""
    height, width, channels, filters = kernel_shape
    return (
        height == width
        and height in (3, 5)
        and tuple(strides) == tuple(dilation) == (1, 1)
        and channels % LANES == 0
        and filters % LANES == 0
        and channels > 0
        and filters > 0
    )


def winograd_jobs(x, kernel, bias, y, pads, relu=False, weights=None, upsampled=NEITHER):
    """Jobs that set y = convolution(x, kernel) + bias with stride 1, or relu of it. `bias` may be None.

    x or y may be two arrays, whose channels follow each other, so that a concatenation needs no copy; the first of y
    has whole panels. `weights` is the array that `kernel` was made from, if not `kernel`. For `upsampled` see
    `Upsampled`.
    """
    window, _, channels, filters = kernel.shape
    transformed = aligned((-(-filters // PANEL), POSITIONS, padded_step(channels * PANEL)))
    kernel_job = transform_kernel.job(-(-channels // LANES), kernel, transformed)
    kernel_job.preparing(kernel if weights is None else weights)
    return [kernel_job, _tiles_job(x, transformed, bias, y, window, pads, relu, upsampled)]


def winograd_input_gradient_jobs(dy, kernel, dx, pads, bias=None, relu=False, upsampled=False):
    """Jobs that set dx: the convolution of dy with the kernel flipped, filters to channels; plus bias.

    If x was `upsampled`, so is dx: it has the sums of its gradients.
    """
    turned, turn_job, before = _turned(kernel, pads)
    of_dx = Upsampled(0, int(upsampled))
    return [turn_job, *winograd_jobs(dy, turned, bias, dx, before, relu, weights=kernel, upsampled=of_dx)]


def as_two(images):
    """(first, second) of arrays whose channels follow each other; the second is empty for one array."""
    return images if isinstance(images, tuple) else (images, NO_IMAGES)


def _turned(kernel, pads):
    """(the kernel flipped, with filters and channels exchanged, the job that makes it, the pads for it)."""
    window, _, channels, filters = kernel.shape
    turned = aligned((window, window, filters, channels))
    turn_job = rotate_kernel.job(window * window, kernel, turned).preparing(kernel)
    return turned, turn_job, tuple((window - 1 - pad[0], 0) for pad in pads)


def can_be_upsampled(window, pads):
    """Whether the method supports images whose pixels appear twice."""
    return tuple(window) == (3, 3) and tuple(pad[0] for pad in pads) == (1, 1)


def _tiles_job(x, transformed, bias, y, window, pads, relu, upsampled):
    x, y = as_two(x), as_two(y)
    batch, out_h, out_w = len(y[0]), *((1 + upsampled.y) * n for n in y[0].shape[1:3])
    channels, filters = (sum(part.shape[3] for part in parts) for parts in (x, y))
    if bias is None:
        bias = np.zeros(filters, np.float32)
    outputs = TILE + 1 - window
    down, across = -(-out_h // outputs), -(-out_w // outputs)
    count = batch * down * across
    panels, most = len(transformed), block_shape()[0]
    blocks = max(-(-count // (most * (3 if max(channels, filters) <= 64 else 2))), min(SHARES, count // most))
    # With fewer blocks than threads each computes some of the filters.
    panels_per_task = max(1, panels * blocks // threads()) if blocks < threads() else panels
    block = -(-count // (blocks if blocks < SHARES else -(-blocks // SHARES) * SHARES))
    tiles = Tiles(outputs, pads[0][0], pads[1][0], down, across, count, block, *upsampled)
    buffers = (
        scratch(POSITIONS * padded_step(block * channels)),
        scratch(POSITIONS * padded_step(block * PANEL)),
    )
    floor = 0.0 if relu else -np.inf
    tasks = -(-count // block) * -(-panels // panels_per_task)
    return winograd_tiles.job(
        tasks, *x, transformed, bias, *y, *buffers, tiles, panels_per_task, even_rows(block, most), floor
    )


@subroutine
def padded_step(elements):
    """`elements` rounded up to an odd number of cache lines, so that 36 matrices use different cache sets."""
    return ((elements + 15) // 16 | 1) * 16


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def transform_kernel(task, kernel: floats(4), transformed: floats(3)):
    """G · kernel · Gᵀ for 16 channels: transformed (panels of filters, 36 positions, channels · 32)."""
    window, _, channels, filters = kernel.shape
    panels, _, place = transformed.shape
    line, column = window * channels * filters, channels * filters
    for panel in range(panels):
        groups = min(PANEL, filters - panel * PANEL) // LANES
        for c in range(task * LANES, min(channels, (task + 1) * LANES)):
            source = address(kernel, c * filters + panel * PANEL)
            target = address(transformed, panel * POSITIONS * place + c * PANEL)
            if window == 3:
                kernel_tile_3(source, line, column, target, TILE * place, place, groups)
            else:
                kernel_tile_5(source, line, column, target, TILE * place, place, groups)


@task_kernel
def rotate_kernel(task, kernel: floats(4), turned: floats(4)):
    """turned[−a, −b, f, c] = kernel[a, b, c, f] for one tap (a, b) of the window."""
    window, _, channels, filters = kernel.shape
    a, b = divmod(task, window)
    source, target = address(kernel[a, b], 0), address(turned[window - 1 - a, window - 1 - b], 0)
    for c in range(0, channels, LANES):
        for f in range(0, filters, LANES):
            transpose_tile(source + 4 * (c * filters + f), filters, target + 4 * (f * channels + c), channels)


@subroutine
def tile_in_image(x, n, line, column, size):
    """(the address of image n's element (line, column), the lines and columns of a tile from there that lie inside).

    These as (first line, the line after the last, first column, the column after the last).
    """
    _, height, width, channels = x.shape
    source = address(x, ((n * height + line) * width + column) * channels)
    return source, max(0, -line), min(size, height - line), max(0, -column), min(size, width - column)


@subroutine
def load_tile(x, n, line, column, target, step):
    """Bᵀ-transform the 6×6 elements of image n from (line, column) on, zeros outside; the 36 results `step` apart."""
    width, channels = x.shape[2], x.shape[3]
    source, top, bottom, left, right = tile_in_image(x, n, line, column, TILE)
    input_tile(
        source, width * channels, channels, target, TILE * step, step, channels // LANES,
        address(ZEROS, 0), top, bottom, left, right,
    )  # fmt: skip


@subroutine
def load_upsampled_tile(x, n, line, column, target, step):
    """The same of the 4×4 pixels of image n that stand for 6×6 from the uneven `line` and `column` on."""
    width, channels = x.shape[2], x.shape[3]
    source, top, bottom, left, right = tile_in_image(x, n, (line + 1) // 2 - 1, (column + 1) // 2 - 1, 4)
    upsampled_tile(
        source, width * channels, channels, target, TILE * step, step, channels // LANES,
        address(ZEROS, 0), top, bottom, left, right,
    )  # fmt: skip


@subroutine
def is_empty(place):
    """Whether images whose pixels appear twice are 0 at a position."""
    return place // TILE == EMPTY or place % TILE == EMPTY


@task_kernel
def winograd_tiles(
    task,
    thread,
    x: floats(4),
    second_x: floats(4),
    transformed: floats(3),
    bias: floats(1),
    y: floats(4),
    second_y: floats(4),
    inputs: floats(2),
    products: floats(2),
    tiles: Tiles,
    panels_per_task: int,
    block_rows: int,
    floor: float,
):
    """y for one block of tiles and some panels of filters."""
    panels, _, kernel_step = transformed.shape
    parts = (panels + panels_per_task - 1) // panels_per_task
    first, first_panel = task // parts * tiles.block, task % parts * panels_per_task
    filters, channels = y.shape[3] + second_y.shape[3], x.shape[3] + second_x.shape[3]
    count = min(tiles.block, tiles.count - first)
    input_step, step = padded_step(tiles.block * channels), padded_step(tiles.block * PANEL)
    inputs_address, start = address(inputs[thread], 0), address(products[thread], 0)
    for t in range(count):
        n, line, column = outputs_of_tile(tiles, first + t)
        target = inputs_address + 4 * t * channels
        if tiles.upsampled_x:
            load_upsampled_tile(x, n, line - tiles.top, column - tiles.left, target, input_step)
        else:
            load_tile(x, n, line - tiles.top, column - tiles.left, target, input_step)
        if channels > x.shape[3]:
            load_tile(second_x, n, line - tiles.top, column - tiles.left, target + 4 * x.shape[3], input_step)
    for panel in range(first_panel, min(panels, first_panel + panels_per_task)):
        columns = min(PANEL, filters - panel * PANEL)
        for place in range(POSITIONS):
            if panel == first_panel:
                share = first + count * place // POSITIONS, first + count * (place + 1) // POSITIONS
                fetch_tiles(y, *share, tiles.count)
                fetch_tiles(second_y, *share, tiles.count)
            empty = is_empty(place)
            begin = x.shape[3] if tiles.upsampled_x and empty else 0  # the channels before are 0
            if begin == channels:
                clear(start + 4 * place * step, count * PANEL)
            elif not (tiles.upsampled_y and empty and panel * PANEL < y.shape[3]):
                multiply_rows(
                    count, columns, channels - begin, inputs_address + 4 * (place * input_step + begin), channels,
                    address(transformed, (panel * POSITIONS + place) * kernel_step + begin * PANEL), PANEL,
                    start + 4 * place * step, PANEL, block_rows,
                )  # fmt: skip
        bias_address = address(bias, panel * PANEL)
        if panel * PANEL >= y.shape[3]:
            second = Products(start, step, first, count, panel * PANEL - y.shape[3], columns)
            store_tiles(second_y, tiles, second, bias_address, floor)
        else:
            results = Products(start, step, first, count, panel * PANEL, columns)
            if tiles.upsampled_y:
                store_pooled_tiles(y, tiles, results, bias_address, floor)
            else:
                store_tiles(y, tiles, results, bias_address, floor)


@subroutine
def clear(start, count):
    """Set some elements to 0."""
    elements = floats_at(start, count)
    for i in range(count):
        elements[i] = np.float32(0)
