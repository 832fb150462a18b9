"""2D convolution by Winograd's method: windows 3×3 and 5×5, stride 1, channels and filters in multiples of 16, float32.

`transforms.py` has the mathematics. A tile of 6×6 inputs gives 4×4 outputs of a 3×3 window, or 2×2 of a 5×5 one. All
tiles of a block are transformed; then each of the 36 places of a tile is a matrix product by itself, (tiles × channels)
· (channels × filters); then the products are transformed back:

    products[p] = Bᵀ-transformed tiles[p] · G-transformed kernel[p]        p = 0 … 35

A block has as many tiles (28 to 48) as keep its three buffers in the second-level cache. Four times fewer products than
the definition (2.8 times for 5×5): 16×32×32, 64→64, 3×3 takes 1.8 ms on two cores of an AMD Zen 4, directly 5.1.

It is less exact: the transforms cancel digits, so that an output's error is up to 1e-5 of the largest output, ten times
that of direct convolution. `config.set_convolution_algorithm` turns it off for exact comparisons.
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.convolution.transforms import (
    TILE,
    gradient_tile_2,
    gradient_tile_4,
    input_tile,
    kernel_gradient_tile_3,
    kernel_gradient_tile_5,
    kernel_tile_3,
    kernel_tile_5,
    output_tile_2,
    output_tile_4,
)
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows, multiply_block
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

PLACES = TILE * TILE
LANES = 16
ZERO = np.float32(0)
ZEROS = np.zeros(PANEL, np.float32)


def fits(kernel_shape, strides, dilation):
    """Whether the method is made for such a convolution."""
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


def winograd_jobs(x, kernel, bias, y, pads, relu=False, weights=None):
    """Jobs that set y = convolution(x, kernel) + bias with stride 1, or relu of it. `bias` may be None.

    `weights` is what `kernel` was made from, if it is not that itself.
    """
    window, _, channels, filters = kernel.shape
    transformed = aligned((PLACES, -(-filters // PANEL), channels, PANEL))
    kernel_job = transform_kernel.job(-(-channels // LANES), kernel, transformed)
    kernel_job.preparing(kernel if weights is None else weights)
    return [kernel_job, _tiles_job(x, transformed, bias, y, window, pads, relu)]


def winograd_input_gradient_jobs(dy, kernel, dx, pads, bias=None, relu=False):
    """Jobs that set dx: the convolution of dy with the kernel turned round, filters to channels; plus bias."""
    window, _, channels, filters = kernel.shape
    turned = aligned((window, window, filters, channels))
    turn_job = turn_kernel.job(window * window, kernel, turned).preparing(kernel)
    before = tuple((window - 1 - pad[0], 0) for pad in pads)
    return [turn_job, *winograd_jobs(dy, turned, bias, dx, before, relu, weights=kernel)]


def winograd_kernel_gradient_jobs(x, dy, dkernel, pads):
    """Jobs that set dkernel: each thread sums the products of some tiles, then the sums are added and transformed."""
    window, _, channels, filters = dkernel.shape
    outputs = TILE + 1 - window
    tiles_h, tiles_w = -(-dy.shape[1] // outputs), -(-dy.shape[2] // outputs)
    tiles = len(x) * tiles_h * tiles_w
    parts = max(1, min(threads(), tiles))
    block = 48 if channels * filters <= 4096 else 64
    block = max(1, min(block, -(-tiles // parts)))
    sums = aligned((parts, PLACES, channels, filters))
    shape = np.array([window, pads[0][0], pads[1][0], tiles_h, tiles_w, block, parts], np.int64)
    jobs = [
        winograd_kernel_gradient_tiles.job(
            parts, x, dy, sums, *_tile_buffers(block, channels, filters), shape, _kernel_gradient_rows(channels)
        ),
        finish_kernel_gradient.job(-(-channels // LANES), sums, dkernel),
    ]
    return jobs


def _kernel_gradient_rows(channels):
    most = block_shape()[0]
    return 12 if most >= 12 and channels % 12 == 0 else even_rows(channels, most)


def _tile_buffers(block, channels, filters):
    """Scratch of each thread: transformed tiles of x, of dy, and one tile before its transform."""
    size = max(channels, filters)
    return (
        aligned((threads(), PLACES * apart(block * channels))),
        aligned((threads(), PLACES * apart(block * filters))),
        aligned((threads(), PLACES * size)),
    )


def _tiles_job(x, transformed, bias, y, window, pads, relu):
    batch, out_h, out_w, filters = y.shape
    channels = x.shape[3]
    if bias is None:
        bias = np.zeros(filters, np.float32)
    outputs = TILE + 1 - window
    tiles_h, tiles_w = -(-out_h // outputs), -(-out_w // outputs)
    tiles = batch * tiles_h * tiles_w
    most = block_shape()[0]
    block = 3 * most if max(channels, filters) <= 64 else 2 * most
    while block > most and tiles < 4 * block:
        block -= most
    if tiles <= most:
        block = max(1, -(-tiles // 2))
    shape = np.array([window, pads[0][0], pads[1][0], tiles_h, tiles_w, block], np.int64)
    buffers = (
        aligned((threads(), PLACES * apart(block * channels))),
        aligned((threads(), PLACES * apart(block * PANEL))),
        aligned((threads(), PLACES * max(channels, PANEL))),
    )
    floor = 0.0 if relu else -np.inf
    return winograd_tiles.job(-(-tiles // block), x, transformed, bias, y, *buffers, shape, most, floor)


@subroutine
def apart(numbers):
    """`numbers` rounded up to an odd count of cache lines, so that 36 matrices do not fight for the same cache sets."""
    return ((numbers + 15) // 16 | 1) * 16


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def transform_kernel(task, kernel: floats(4), transformed: floats(4)):
    """G · kernel · Gᵀ for sixteen channels: transformed (36 places, panels, channels, 32)."""
    window, _, channels, filters = kernel.shape
    panels = transformed.shape[1]
    place = panels * channels * PANEL
    for panel in range(panels):
        groups = min(PANEL, filters - panel * PANEL) // LANES
        for c in range(task * LANES, min(channels, (task + 1) * LANES)):
            source = address(kernel, c * filters + panel * PANEL)
            target = address(transformed, (panel * channels + c) * PANEL)
            if window == 3:
                kernel_tile_3(
                    source, 3 * channels * filters, channels * filters, target, TILE * place, place, groups, 0, ZERO
                )
            else:
                kernel_tile_5(
                    source, 5 * channels * filters, channels * filters, target, TILE * place, place, groups, 0, ZERO
                )


@task_kernel
def turn_kernel(task, kernel: floats(4), turned: floats(4)):
    """turned[−a, −b, f, c] = kernel[a, b, c, f] for one place (a, b) of the window."""
    window, _, channels, filters = kernel.shape
    a, b = divmod(task, window)
    source, target = kernel[a, b], turned[window - 1 - a, window - 1 - b]
    for first in range(0, channels, LANES):  # sixteen columns at a time, so that lines written stay in the cache
        for f in range(filters):
            for c in range(first, min(first + LANES, channels)):
                target[f, c] = source[c, f]


@subroutine
def load_tile(x, n, line, column, target, step, tile):
    """Bᵀ-transform the 6×6 numbers of image n from (line, column) on, zeros outside; the 36 results `step` apart."""
    _, height, width, channels = x.shape
    groups = channels // LANES
    if line >= 0 and column >= 0 and line + TILE <= height and column + TILE <= width:
        source = address(x, ((n * height + line) * width + column) * channels)
        input_tile(source, width * channels, channels, target, TILE * step, step, groups, 0, ZERO)
        return
    for i in range(TILE):
        for j in range(TILE):
            place = (i * TILE + j) * channels
            inside = 0 <= line + i < height and 0 <= column + j < width
            for c in range(channels):
                tile[place + c] = x[n, line + i, column + j, c] if inside else ZERO
    input_tile(address(tile, 0), TILE * channels, channels, target, TILE * step, step, groups, 0, ZERO)


@task_kernel
def winograd_tiles(
    task,
    thread,
    x: floats(4),
    transformed: floats(4),
    bias: floats(1),
    y: floats(4),
    inputs: floats(2),
    products: floats(2),
    tile: floats(2),
    shape: integers(1),
    block_rows: int,
    floor: float,
):
    """y for one block of tiles. `shape` is (window, top, left, tiles in a column, in a row, tiles in a block)."""
    window, top, left, tiles_h, tiles_w, block = shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]
    batch, filters = len(y), y.shape[3]
    channels = x.shape[3]
    outputs = TILE + 1 - window
    first = task * block
    count = min(block, batch * tiles_h * tiles_w - first)
    input_step, product_step = apart(block * channels), apart(block * PANEL)
    inputs_address, products_address = address(inputs[thread], 0), address(products[thread], 0)
    for t in range(count):
        n, rest = divmod(first + t, tiles_h * tiles_w)
        i, j = divmod(rest, tiles_w)
        target = inputs_address + 4 * t * channels
        load_tile(x, n, i * outputs - top, j * outputs - left, target, input_step, tile[thread])
    panels = transformed.shape[1]
    for panel in range(panels):
        columns = min(PANEL, filters - panel * PANEL)
        for place in range(PLACES):
            for t in range(0, count, block_rows):
                multiply_block(
                    min(block_rows, count - t), columns,
                    inputs_address + 4 * (place * input_step + t * channels), channels, 1, 0,
                    address(transformed, (place * panels + panel) * channels * PANEL), PANEL, 0,
                    channels, 1,
                    address(ZEROS, 0), 0,
                    products_address + 4 * (place * product_step + t * PANEL), PANEL, NO_FLOOR,
                )  # fmt: skip
        for t in range(count):
            n, rest = divmod(first + t, tiles_h * tiles_w)
            i, j = divmod(rest, tiles_w)
            store_tile(
                y, n, i * outputs, j * outputs, panel * PANEL, columns, outputs,
                products_address + 4 * t * PANEL, product_step, address(bias, panel * PANEL), floor, tile[thread],
            )  # fmt: skip


@subroutine
def store_tile(y, n, line, column, first_filter, filters, outputs, source, step, bias, floor, tile):
    """Aᵀ-transform one tile of products and write the part of it that lies in image n of y."""
    _, out_h, out_w, all_filters = y.shape
    groups = filters // LANES
    whole = line + outputs <= out_h and column + outputs <= out_w
    if whole:
        target = address(y, ((n * out_h + line) * out_w + column) * all_filters + first_filter)
        line_step, column_step = out_w * all_filters, all_filters
    else:
        target, line_step, column_step = address(tile, 0), outputs * filters, filters
    if outputs == 4:
        output_tile_4(source, TILE * step, step, target, line_step, column_step, groups, bias, floor)
    else:
        output_tile_2(source, TILE * step, step, target, line_step, column_step, groups, bias, floor)
    if not whole:
        for i in range(min(outputs, out_h - line)):
            for j in range(min(outputs, out_w - column)):
                for f in range(filters):
                    y[n, line + i, column + j, first_filter + f] = tile[(i * outputs + j) * filters + f]


@task_kernel
def winograd_kernel_gradient_tiles(
    task,
    thread,
    x: floats(4),
    dy: floats(4),
    sums: floats(4),
    inputs: floats(2),
    gradients: floats(2),
    tile: floats(2),
    shape: integers(1),
    block_rows: int,
):
    """sums[task] (36 places, channels, filters) of one part of the tiles; `shape` as above, and the number of parts."""
    window, top, left, tiles_h, tiles_w, block, parts = (
        shape[0],
        shape[1],
        shape[2],
        shape[3],
        shape[4],
        shape[5],
        shape[6],
    )
    batch, _, _, channels = x.shape
    filters = dy.shape[3]
    outputs = TILE + 1 - window
    tiles = batch * tiles_h * tiles_w
    share = (tiles + parts - 1) // parts
    input_step, gradient_step = apart(block * channels), apart(block * filters)
    inputs_address, gradients_address = address(inputs[thread], 0), address(gradients[thread], 0)
    own = address(sums[task], 0)
    begin, end = min(tiles, task * share), min(tiles, (task + 1) * share)
    if begin == end:
        for i in range(PLACES):
            sums[task, i] = ZERO
    for first in range(begin, end, block):
        count = min(block, end - first)
        for t in range(count):
            n, rest = divmod(first + t, tiles_h * tiles_w)
            i, j = divmod(rest, tiles_w)
            line, column = i * outputs, j * outputs
            target = inputs_address + 4 * t * channels
            load_tile(x, n, line - top, column - left, target, input_step, tile[thread])
            load_gradient_tile(
                dy, n, line, column, outputs, gradients_address + 4 * t * filters, gradient_step, tile[thread]
            )
        for place in range(PLACES):
            for panel in range(0, filters, PANEL):
                columns = min(PANEL, filters - panel)
                for c in range(0, channels, block_rows):
                    result = own + 4 * ((place * channels + c) * filters + panel)
                    multiply_block(
                        min(block_rows, channels - c), columns,
                        inputs_address + 4 * (place * input_step + c), 1, channels, 0,
                        gradients_address + 4 * (place * gradient_step + panel), filters, 0,
                        count, 1,
                        address(ZEROS, 0) if first == begin else result, 0 if first == begin else filters,
                        result, filters, NO_FLOOR,
                    )  # fmt: skip


@subroutine
def load_gradient_tile(dy, n, line, column, outputs, target, step, tile):
    """G-transform the outputs × outputs numbers of dy from (line, column) on, zeros outside."""
    _, out_h, out_w, filters = dy.shape
    groups = filters // LANES
    if line + outputs <= out_h and column + outputs <= out_w:
        source = address(dy, ((n * out_h + line) * out_w + column) * filters)
        line_step, column_step = out_w * filters, filters
    else:
        source, line_step, column_step = address(tile, 0), outputs * filters, filters
        for i in range(outputs):
            for j in range(outputs):
                place = (i * outputs + j) * filters
                inside = line + i < out_h and column + j < out_w
                for f in range(filters):
                    tile[place + f] = dy[n, line + i, column + j, f] if inside else ZERO
    if outputs == 4:
        gradient_tile_4(source, line_step, column_step, target, TILE * step, step, groups, 0, ZERO)
    else:
        gradient_tile_2(source, line_step, column_step, target, TILE * step, step, groups, 0, ZERO)


@task_kernel
def finish_kernel_gradient(task, sums: floats(4), dkernel: floats(4)):
    """dkernel = Aᵀ · Σ sums · A for sixteen channels, the parts added in their order."""
    window, _, channels, filters = dkernel.shape
    groups = filters // LANES
    for c in range(task * LANES, min(channels, (task + 1) * LANES)):
        for part in range(1, len(sums)):
            for place in range(PLACES):
                for f in range(filters):
                    sums[0, place, c, f] += sums[part, place, c, f]
        source, step = address(sums, c * filters), channels * filters
        target = address(dkernel, c * filters)
        if window == 3:
            kernel_gradient_tile_3(source, TILE * step, step, target, 3 * step, step, groups, 0, ZERO)
        else:
            kernel_gradient_tile_5(source, TILE * step, step, target, 5 * step, step, groups, 0, ZERO)
