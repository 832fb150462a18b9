"""Where Winograd's tiles of outputs are, and how they are written, for `winograd.py`."""

from typing import NamedTuple

from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import LANES, fetch_to_write
from minikeras.kernels.convolution.transforms import (
    TILE,
    output_tile_2,
    output_tile_4,
    pooled_tile,
)
from minikeras.kernels.memory import LINE
from minikeras.kernels.products import PANEL
from minikeras.kernels.registry import subroutine

# Elements of a result, 8 MB, from which it uses non-temporal stores: it would not stay in the caches, and need not be
# read before it is written. 128×32×32, 64→64 takes 18.3 ms instead of 21.5 on one core; 4 MB lose 2 %.
STREAMED = 1 << 21


class Tiles(NamedTuple):
    """The tiles of all images, line by line, and how they are divided into blocks."""

    outputs: int  # of a tile along an axis
    top: int  # lines of padding above an image
    left: int
    down: int  # tiles in a column of an image
    across: int  # in a row
    count: int  # of all images
    block: int  # of a block
    upsampled_x: int  # see `Upsampled`
    upsampled_y: int


class Products(NamedTuple):
    """The products of the tiles of a block for some filters, up to a panel, at each position."""

    start: int  # address
    step: int  # from a position to the next, in elements
    first_tile: int
    tiles: int
    first_filter: int  # of y
    filters: int


@subroutine
def outputs_of_tile(tiles, number):
    """(image, line, column) of the first output of a tile."""
    n, place = divmod(number, tiles.down * tiles.across)
    i, j = divmod(place, tiles.across)
    return n, i * tiles.outputs, j * tiles.outputs


@subroutine
def fetch_tiles(y, first, last, tiles):
    """Prefetch roughly the elements of y that some of its tiles set, unless y is streamed."""
    start, end = y.size * first // tiles, y.size * last // tiles
    if not streams(y):
        fetch_to_write(address(y, 0) + 4 * start, end - start)


@subroutine
def streams(y):
    """Whether non-temporal stores write y."""
    return y.size >= STREAMED and address(y, 0) % LINE == 0


@subroutine
def store_tiles(y, tiles, products, bias, floor):
    """Aᵀ-transform `Products` and write max(floor, these + the bias at an address)."""
    _, out_h, out_w, pixel = y.shape
    line_step, groups, past_caches = out_w * pixel, products.filters // LANES, int(streams(y))
    for t in range(products.tiles):
        n, line, column = outputs_of_tile(tiles, products.first_tile + t)
        source = products.start + 4 * t * PANEL, TILE * products.step, products.step
        offset = ((n * out_h + line) * out_w + column) * pixel + products.first_filter
        target, bottom, right = address(y, offset), out_h - line, out_w - column
        if tiles.outputs == 4:
            output_tile_4(*source, target, line_step, pixel, groups, bias, bottom, right, past_caches, floor)
        else:
            output_tile_2(*source, target, line_step, pixel, groups, bias, bottom, right, past_caches, floor)


@subroutine
def store_pooled_tiles(y, tiles, products, bias, floor):
    """The same, for the sums of 2×2 outputs."""
    _, height, width, pixel = y.shape
    groups, past_caches = products.filters // LANES, int(streams(y))
    for t in range(products.tiles):
        n, line, column = outputs_of_tile(tiles, products.first_tile + t)
        line, column = line // 2, column // 2
        source = products.start + 4 * t * PANEL, TILE * products.step, products.step
        target = address(y, ((n * height + line) * width + column) * pixel + products.first_filter)
        pooled_tile(
            *source, target, width * pixel, pixel, groups, bias, height - line, width - column, past_caches, floor
        )
