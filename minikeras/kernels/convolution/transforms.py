"""The matrices of Winograd's convolution with six points, and what each transform of tiles computes.

Two polynomials of degree r − 1 and m − 1 are multiplied by evaluating both at r + m − 1 points, multiplying the values,
and interpolating. A convolution is the transpose of that: m outputs of a window of r numbers cost r + m − 1 products
instead of m · r. The points here are 0, 1, −1, 2, −2 and ∞, which serves r + m − 1 = 6:

    y = Aᵀ[(G g) ⊙ (Bᵀ d)]     d: 6 inputs, g: r kernel numbers, y: m outputs

In two dimensions each is applied to the lines and then to the columns of a tile. F(4, 3), four outputs of a window of
three, needs 36 products for a tile of 4×4 outputs where the definition takes 144.

Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015 (arXiv:1509.09308); the matrices
follow from the points as below (S. Winograd, "Arithmetic Complexity of Computations", 1980).
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.registry import native

POINTS = (0, 1, -1, 2, -2)  # and ∞
TILE = len(POINTS) + 1
"""Numbers along one axis of an input tile."""

INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
"""Bᵀ: row i has the coefficients of Π (x − p) over the points p other than the i-th; the last row over all."""


def evaluation(count):
    """G: `count` numbers, as a polynomial, at the six points, each divided by Π (p − q) over the other points q."""
    rows = []
    for point in POINTS:
        scale = np.prod([point - other for other in POINTS if other != point])
        rows.append(tuple(float(point**power / scale) for power in range(count)))
    return (*rows, (0.0,) * (count - 1) + (1.0,))


def interpolation(count):
    """Aᵀ: `count` outputs from the products at the six points."""
    return tuple(
        (*(float(point**power) for point in POINTS), 1.0 if power == count - 1 else 0.0) for power in range(count)
    )


# name → (matrix, whether the result gets a bias and a floor). Windows are 3×3, with tiles of 4×4 outputs, or 5×5, with
# tiles of 2×2. In the kernel gradient dy is in the kernel's place, and the kernel in that of the outputs.
TRANSFORMS = {
    "input_tile": (INPUT, False),
    "kernel_tile_3": (evaluation(3), False),
    "output_tile_4": (interpolation(4), True),
    "gradient_tile_4": (evaluation(4), False),
    "kernel_gradient_tile_3": (interpolation(3), False),
    "kernel_tile_5": (evaluation(5), False),
    "output_tile_2": (interpolation(2), True),
    "gradient_tile_2": (evaluation(2), False),
    "kernel_gradient_tile_5": (interpolation(5), False),
}


def transform_reference(
    name, source, source_line, source_column, target, target_line, target_column, groups, bias, floor
):
    """Z = T · tile · Tᵀ for 16 · `groups` channels, at addresses with steps counted in numbers."""
    matrix, adds_bias = TRANSFORMS[name]
    matrix = np.array(matrix, np.float32)
    channels = 16 * groups
    tile = view(source, (matrix.shape[1], matrix.shape[1], channels), (source_line, source_column, 1))
    values = np.einsum("ik,klc,jl->ijc", matrix, tile, matrix)
    if adds_bias:
        values = np.maximum(values + view(bias, (channels,), (1,)), floor)
    view(target, (len(matrix), len(matrix), channels), (target_line, target_column, 1))[...] = values


def _native_transform(name):
    def transform(source, source_line, source_column, target, target_line, target_column, groups, bias, floor):
        transform_reference(
            name, source, source_line, source_column, target, target_line, target_column, groups, bias, floor
        )

    transform.__name__ = name
    return native(f"minikeras.kernels.machine.winograd_transforms:{name}")(transform)


input_tile = _native_transform("input_tile")
kernel_tile_3 = _native_transform("kernel_tile_3")
output_tile_4 = _native_transform("output_tile_4")
gradient_tile_4 = _native_transform("gradient_tile_4")
kernel_gradient_tile_3 = _native_transform("kernel_gradient_tile_3")
kernel_tile_5 = _native_transform("kernel_tile_5")
output_tile_2 = _native_transform("output_tile_2")
gradient_tile_2 = _native_transform("gradient_tile_2")
kernel_gradient_tile_5 = _native_transform("kernel_gradient_tile_5")
