"""Stacks of matrix products as jobs: C[n] = A[n] · B[n] for strided matrices, all float32.

A and B may be views: transposed, with axes between those of the matrix, or with one matrix for several n. So a batched
product, an einsum or its gradient needs no copies where the summed axis, or the one next to it, has unit stride.
Each task computes some matrices, or some rows of one, by the micro-kernel of `blocks.py`.
"""

import math
from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.blocks import multiply_block, multiply_rows
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, Matrix, even_rows, pack_panel
from minikeras.kernels.registry import subroutine
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.kernels.tasks import floats, integers, task_kernel

MULTIPLICATIONS = 1 << 17  # of a task, at least
ITEM = 4


def batched_product_jobs(a, b, c):
    """The jobs that set c[n] = a[n] @ b[n].

    Args:
        a: (*batch, rows, terms), any view.
        b: (*batch, terms, columns), any view.
        c: (*batch, rows, columns), a view that shares no memory with them.
    """
    if c.strides[-1] != ITEM and c.shape[-1] > 1:
        if c.strides[-2] == ITEM or c.shape[-2] == 1:
            return batched_product_jobs(b.swapaxes(-1, -2), a.swapaxes(-1, -2), c.swapaxes(-1, -2))
        product = aligned(c.shape)
        return [*batched_product_jobs(a, b, product), *copy_jobs(product, c)]
    made = []
    if not _is_packable(b):
        made, b = _copied(b)
    (rows, terms), columns = a.shape[-2:], b.shape[-1]
    offsets = np.stack([_offsets(x) for x in (a, b, c)])
    count = offsets.shape[1]
    matrices = [Matrix(x, *[step // ITEM for step in x.strides[-2:]]) for x in (a, b, c)]
    packs = matrices[1].column != 1 and columns > 1
    block = even_rows(rows, block_shape()[0])
    blocks = -(-rows // block)
    rows_per_part = -(-blocks // _parts(blocks, count, rows * terms * columns)) * block
    parts = -(-rows // rows_per_part)
    per_task = max(1, MULTIPLICATIONS // max(1, rows_per_part * terms * columns))
    blocking = StackBlocking(rows, terms, columns, block, rows_per_part, per_task, int(packs))
    job = multiply_stack.job(
        -(-count * parts // per_task), *matrices, np.ascontiguousarray(offsets), np.zeros(PANEL, np.float32),
        scratch(terms * PANEL if packs else 0), blocking,
    )  # fmt: skip
    return [*made, job]


def _is_packable(b):
    """Whether rows of B, or its columns, are contiguous."""
    return ITEM in (b.strides[-1] if b.shape[-1] > 1 else ITEM, b.strides[-2] if b.shape[-2] > 1 else ITEM)


def _copied(x):
    """(the jobs that copy a view, the copy)"""
    copy = aligned(x.shape)
    return copy_jobs(x, copy), copy


def _offsets(x):
    """The offset of each matrix from the first element of a view, in bytes."""
    total = np.zeros((), np.int64)
    for length, step in zip(x.shape[:-2], x.strides[:-2], strict=True):
        total = total[..., None] + np.arange(length) * step
    return total.reshape(-1)


def _parts(blocks, count, multiplications):
    """The number of parts into which each product's rows are divided, so that all threads have work."""
    if count >= 2 * threads() or multiplications * count < 2 * MULTIPLICATIONS:
        return 1
    return max(1, min(math.ceil(4 * threads() / count), blocks))


class StackBlocking(NamedTuple):
    """The shape of each product of a stack, and how these are divided into tasks."""

    rows: int
    terms: int
    columns: int
    block_rows: int
    rows_per_part: int  # of one product
    per_task: int  # parts of a task
    packs: int


@task_kernel
def multiply_stack(
    task, thread, a: Matrix, b: Matrix, c: Matrix, offsets: integers(2), zeros: floats(1), panels: floats(2),
    blocking: StackBlocking,
):  # fmt: skip
    """Some products, or some rows of them."""
    parts = (blocking.rows + blocking.rows_per_part - 1) // blocking.rows_per_part
    panel, zero = address(panels[thread], 0), address(zeros, 0)
    for item in range(task * blocking.per_task, min(offsets.shape[1] * parts, (task + 1) * blocking.per_task)):
        n, first = item // parts, item % parts * blocking.rows_per_part
        multiply_matrices(
            min(blocking.rows_per_part, blocking.rows - first), blocking.columns, blocking.terms, blocking.block_rows,
            Matrix(a.start + offsets[0, n] + 4 * first * a.row, a.row, a.column),
            Matrix(b.start + offsets[1, n], b.row, b.column),
            Matrix(c.start + offsets[2, n] + 4 * first * c.row, c.row, 1),
            zero, panel, blocking.packs, 0,
        )  # fmt: skip


@subroutine
def multiply_matrices(rows, columns, terms, block_rows, a, b, c, zeros, panel, packs, adds):
    """C = A · B, or C += A · B if it `adds`, for `Matrix`es; B is packed panel by panel if it `packs`."""
    for column in range(0, columns, PANEL):
        width = min(PANEL, columns - column)
        place, step = b.start + 4 * column * b.column, b.row
        if packs:
            pack_panel(place, b.row, b.column, panel, PANEL, terms, width)
            place, step = panel, PANEL
        first = c.start + 4 * column
        if a.column == 1 and adds == 0:
            multiply_rows(rows, width, terms, a.start, a.row, place, step, first, c.row, block_rows)
        else:
            for row in range(0, rows, block_rows):
                target = first + 4 * row * c.row
                multiply_block(
                    min(block_rows, rows - row), width,
                    a.start + 4 * row * a.row, a.row, a.column, 0,
                    place, step, 0, terms, 1,
                    target if adds else zeros, c.row if adds else 0, target, c.row, NO_FLOOR,
                )  # fmt: skip
