"""The matrices of Winograd's convolution with six points, and the transforms of tiles.

Two polynomials of degree r − 1 and m − 1 are multiplied by evaluating both at r + m − 1 points, multiplying the values,
and interpolating. A convolution is its transpose: m outputs of a window of r elements cost r + m − 1 products instead
of m · r. The points are 0, 1, −1, 2, −2 and ∞, for r + m − 1 = 6:

    y = Aᵀ[(G g) ⊙ (Bᵀ d)]     d: 6 inputs, g: r kernel elements, y: m outputs

In two dimensions each is applied to the lines and then to the columns of a tile. F(4, 3), four outputs of a window of
three, needs 36 products for a tile of 4×4 outputs, the definition 144.

An image whose pixels appear twice along each axis, as after nearest-neighbour upsampling, is the polynomial
(1 + z) x(z²): its value at −1 is 0. So 25 of a tile's 36 products are left, and a tile is transformed from 4×4 pixels
of x; likewise the gradient of x, where the outputs that fall on one pixel are added up.

Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015 (arXiv:1509.09308); the matrices
follow from the points as below (S. Winograd, "Arithmetic Complexity of Computations", 1980).
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.registry import native

POINTS = (0, 1, -1, 2, -2)  # and ∞
EMPTY = POINTS.index(-1)
"""The point at which images whose pixels appear twice are 0."""
TILE = len(POINTS) + 1
"""Elements along one axis of an input tile."""

INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
"""Bᵀ: row i has the coefficients of Π (x − p) over the points p other than the i-th; the last row over all."""


def evaluation(count, points=POINTS):
    """G: `count` elements, as a polynomial, at the points, each divided by Π (p − q) over the other points q."""
    rows = []
    for point in points:
        scale = np.prod([point - other for other in points if other != point])
        rows.append(tuple(float(point**power / scale) for power in range(count)))
    return (*rows, (0.0,) * (count - 1) + (1.0,))


def interpolation(count, points=POINTS):
    """Aᵀ: `count` outputs from the products at the points."""
    return tuple(
        (*(float(point**power) for point in points), 1.0 if power == count - 1 else 0.0) for power in range(count)
    )


def upsampled(matrix):
    """Bᵀ for the four pixels a, b, c, d of a line a b b c c d."""
    return tuple(tuple(float(x) for x in (row[0], row[1] + row[2], row[3] + row[4], row[5])) for row in matrix)


def pooled(matrix):
    """Aᵀ for the sums of outputs 0 and 1, 2 and 3, …"""
    return tuple(
        tuple(a + b for a, b in zip(first, second, strict=True))
        for first, second in zip(matrix[::2], matrix[1::2], strict=True)
    )


# name → matrix. Windows are 3×3, with tiles of 4×4 outputs, or 5×5, with tiles of 2×2. In the kernel gradient dy takes
# the kernel's role, and the kernel that of the outputs. Tiles of images may cross an edge.
KERNEL_TRANSFORMS = {
    "kernel_tile_3": evaluation(3),
    "kernel_tile_5": evaluation(5),
    "kernel_gradient_tile_3": interpolation(3),
    "kernel_gradient_tile_5": interpolation(5),
}
READING_TRANSFORMS = {
    "input_tile": INPUT,
    "upsampled_tile": upsampled(INPUT),
    "gradient_tile_4": evaluation(4),
    "gradient_tile_2": evaluation(2),
}
WRITING_TRANSFORMS = {
    "output_tile_4": interpolation(4),
    "output_tile_2": interpolation(2),
    "pooled_tile": pooled(interpolation(4)),
}


def transformed(matrix, tile):
    """T · tile · Tᵀ for each channel of a tile (size, size, channels)."""
    matrix = np.array(matrix, np.float32)
    read = np.flatnonzero(matrix.any(axis=0))  # the others may be uninitialized
    return np.einsum("ik,klc,jl->ijc", matrix[:, read], tile[np.ix_(read, read)], matrix[:, read])


def _native(name, reference):
    reference.__name__ = name
    return native(f"minikeras.kernels.machine.winograd_transforms:{name}")(reference)


# The functions below take addresses; steps between lines and columns count elements, `groups` 16 channels each.


def _kernel_transform(name):
    matrix = KERNEL_TRANSFORMS[name]
    given, taken = len(matrix), len(matrix[0])

    def transform(source, source_line, source_column, target, target_line, target_column, groups):
        tile = view(source, (taken, taken, 16 * groups), (source_line, source_column, 1))
        view(target, (given, given, 16 * groups), (target_line, target_column, 1))[...] = transformed(matrix, tile)

    return _native(name, transform)


def _reading_transform(name):
    matrix = READING_TRANSFORMS[name]
    given, taken = len(matrix), len(matrix[0])

    def transform(
        source, source_line, source_column, target, target_line, target_column, groups, zeros, top, bottom, left, right
    ):
        """Lines top to bottom − 1 of the tile, and columns left to right − 1, are read; others are zeros.

        `zeros` is the address of 16 of them.
        """
        tile = _tile(taken, source, source_line, source_column, groups, top, bottom, left, right)
        view(target, (given, given, 16 * groups), (target_line, target_column, 1))[...] = transformed(matrix, tile)

    return _native(name, transform)


def _tile(size, source, source_line, source_column, groups, top, bottom, left, right):
    tile = np.zeros((size, size, 16 * groups), np.float32)
    inside = tile[top : max(top, bottom), left : max(left, right)]
    first = source + 4 * (top * source_line + left * source_column)
    inside[...] = view(first, inside.shape, (source_line, source_column, 1))
    return tile


def _writing_transform(name):
    matrix = WRITING_TRANSFORMS[name]
    taken = len(matrix[0])

    def transform(
        source,
        source_line,
        source_column,
        target,
        target_line,
        target_column,
        groups,
        bias,
        bottom,
        right,
        streams,
        floor,
    ):
        """max(floor, T · tile · Tᵀ + bias); lines before `bottom` of it and columns before `right` are written.

        With `streams` a whole tile is written with non-temporal stores, and the target must be aligned to a cache line.
        """
        tile = view(source, (taken, taken, 16 * groups), (source_line, source_column, 1))
        values = np.maximum(transformed(matrix, tile) + view(bias, (16 * groups,), (1,)), floor)[:bottom, :right]
        view(target, values.shape, (target_line, target_column, 1))[...] = values

    return _native(name, transform)


input_tile = _reading_transform("input_tile")
upsampled_tile = _reading_transform("upsampled_tile")
gradient_tile_4 = _reading_transform("gradient_tile_4")
gradient_tile_2 = _reading_transform("gradient_tile_2")
output_tile_4 = _writing_transform("output_tile_4")
output_tile_2 = _writing_transform("output_tile_2")
pooled_tile = _writing_transform("pooled_tile")
kernel_tile_3 = _kernel_transform("kernel_tile_3")
kernel_tile_5 = _kernel_transform("kernel_tile_5")
kernel_gradient_tile_3 = _kernel_transform("kernel_gradient_tile_3")
kernel_gradient_tile_5 = _kernel_transform("kernel_gradient_tile_5")
