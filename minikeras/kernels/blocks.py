"""Blocks of matrices in float32: multiplied, transposed, copied, fetched.

The vector code is in `machine/`; the functions here are its references. Blocks are given by addresses and strides.
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.registry import native

LANES = 16


@native("minikeras.kernels.machine.micro_kernel:multiply_block")
def multiply_block(
    rows, columns, a, a_row, a_inner, a_outer, b, b_inner, b_outer, inner, outer, start, start_row, c, c_row, floor
):
    """C[i, :] = max(floor, start[i, :] + Σ_o Σ_k A[i, o, k] · B[o, k, :]), the reference of the micro-kernel.

    A[i, o, k] is the element at address a + i·a_row + o·a_outer + k·a_inner, B[o, k, j] that at b + o·b_outer +
    k·b_inner + j; start and C likewise. Strides count elements. All four lengths are at least 1.
    """
    a_values = view(a, (rows, outer, inner), (a_row, a_outer, a_inner))
    b_values = view(b, (outer, inner, columns), (b_outer, b_inner, 1))
    product = a_values.reshape(rows, -1) @ b_values.reshape(-1, columns)
    total = view(start, (rows, columns), (start_row, 1)) + product
    view(c, (rows, columns), (c_row, 1))[...] = np.maximum(total, floor)


@native("minikeras.kernels.machine.micro_kernel:multiply_rows")
def multiply_rows(rows, columns, terms, a, a_row, b, b_row, c, c_row, block_rows):
    """C = A · B for any number of rows, without gaps in A, in blocks of `block_rows`: `multiply_block` without options.

    While a block is multiplied the next rows of A are fetched. Winograd's method with `multiply_block` and with this,
    one core of an Emerald Rapids, µs: 32×32×32, 16→16 813, 737; 16→48 1975, 1841; 32×16×16, 32→32 496, 450.
    """
    product = view(a, (rows, terms), (a_row, 1)) @ view(b, (terms, columns), (b_row, 1))
    view(c, (rows, columns), (c_row, 1))[...] = product


@native("minikeras.kernels.machine.copying:transpose_tile")
def transpose_tile(source, source_row, target, target_row):
    """target[j, i] = source[i, j] for 16 × 16 elements."""
    view(target, (LANES, LANES), (target_row, 1))[...] = view(source, (LANES, LANES), (source_row, 1)).T


@native("minikeras.kernels.machine.copying:copy_block")
def copy_block(source, source_row, target, target_row, rows, columns):
    """target[i, j] = source[i, j]."""
    view(target, (rows, columns), (target_row, 1))[...] = view(source, (rows, columns), (source_row, 1))


@native("minikeras.kernels.machine.copying:scale_block")
def scale_block(source, source_row, target, target_row, rows, columns, factor):
    """target[i, j] = factor · source[i, j]."""
    view(target, (rows, columns), (target_row, 1))[...] = view(source, (rows, columns), (source_row, 1)) * factor


@native("minikeras.kernels.machine.copying:copy_chunks")
def copy_chunks(source, source_row, target, target_chunk, rows, chunks, width):
    """target[p, k, :] = source[k, p, :]: each of the rows k is cut into chunks p of `width` elements, 48 at most."""
    cut = view(source, (chunks, rows, width), (width, source_row, 1))
    view(target, (chunks, rows, width), (target_chunk, width, 1))[...] = cut


@native("minikeras.kernels.machine.copying:fetch")
def fetch(start, elements):
    """Prefetch elements that will be read soon into the second-level cache. Any address may be given."""


@native("minikeras.kernels.machine.copying:fetch_to_write")
def fetch_to_write(start, elements):
    """The same for elements that will be written soon."""
