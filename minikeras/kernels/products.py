"""Matrix products in float32: C = max(floor, start + A · B), cut into blocks for the micro-kernel.

`multiply_block` computes one block of at most `processor.block_shape()` (14 rows × 32 columns with AVX-512);
`multiply_rows` goes over a matrix with it. A and B are given by addresses and steps between their rows and columns, so
that a transposed matrix, an image seen as patches or a part of a larger matrix needs no copy. `start` is what the sum
begins with: zeros (`start_row` 0 repeats one row), a bias, or what C already holds.
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.registry import native, subroutine

PANEL = 32  # columns that are done at a time
NO_FLOOR = np.float32(-np.inf)


def even_rows(rows, most):
    """The block height that cuts `rows` into equal blocks of at most `most`."""
    return -(-rows // max(1, -(-rows // most))) if rows > 0 else 1


@native("minikeras.kernels.machine.micro_kernel:multiply_block")
def multiply_block(
    rows, columns, a, a_row, a_inner, a_outer, b, b_inner, b_outer, inner, outer, start, start_row, c, c_row, floor
):
    """C[i, :] = max(floor, start[i, :] + Σ_o Σ_k A[i, o, k] · B[o, k, :]), the reference of the micro-kernel.

    A[i, o, k] is the number at address a + i·a_row + o·a_outer + k·a_inner, B[o, k, j] that at b + o·b_outer +
    k·b_inner + j; start and C likewise. Steps count numbers. All four lengths are at least 1.
    """
    a_values = view(a, (rows, outer, inner), (a_row, a_outer, a_inner))
    b_values = view(b, (outer, inner, columns), (b_outer, b_inner, 1))
    total = view(start, (rows, columns), (start_row, 1)) + np.einsum("iok,okj->ij", a_values, b_values)
    view(c, (rows, columns), (c_row, 1))[...] = np.maximum(total, floor)


@subroutine
def multiply_rows(
    first, last, columns, a, a_row, a_step, b, b_step, terms, start, start_row, c, c_row, floor, block_rows
):
    """Rows `first` to `last` of C = max(floor, start + A · B); C has `columns` columns, A `terms`.

    Steps count numbers, addresses point at row 0. `block_rows` is the height of a block.
    """
    for column in range(0, columns, PANEL):
        width = min(PANEL, columns - column)
        for row in range(first, last, block_rows):
            rows = min(block_rows, last - row)
            multiply_block(
                rows,
                width,
                a + 4 * row * a_row,
                a_row,
                a_step,
                0,
                b + 4 * column,
                b_step,
                0,
                terms,
                1,
                start + 4 * (row * start_row + column),
                start_row,
                c + 4 * (row * c_row + column),
                c_row,
                floor,
            )
