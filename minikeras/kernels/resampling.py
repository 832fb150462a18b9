"""Weighted sums along an axis, as in resized images, and their gradient:

    y[n, i, j] = Σ_k weights[i, k] · x[n, indices[i, k], j]        dx[n, m, j] = Σ over indices[i, k] = m of
                                                                                 weights[i, k] · dy[n, i, j]

x (before, length, after), y (before, outputs, after): the axes before the one, the axis, and those after it.
"""

import math

import numpy as np

from minikeras.kernels.block_jobs import add_scaled_row, clear_row
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import fits_jobs, floats, integers, task_kernel

ELEMENTS_PER_TASK = 1 << 14
NARROW = 8  # rows of fewer elements are summed element by element
FEW = 4  # up to this many inputs per output are gathered and added by the reference; more use a matrix product


def resample(x, axis, indices, weights):
    """y[…, i, …] = Σ_k weights[i, k] · x[…, indices[i, k], …]

    Args:
        x: an array.
        axis: along which to sum.
        indices, weights: (outputs, inputs per output), integers and floats; there are jobs for float32.
    """
    x = np.ascontiguousarray(x)  # one form for images of channels first and last
    indices = np.ascontiguousarray(indices, np.int64)
    if not fits_jobs(x, weights):
        return resample_reference(x, axis, indices, weights)
    y = aligned((*x.shape[:axis], len(indices), *x.shape[axis + 1 :]))
    run_prepared(resample_jobs, (_blocks(x, axis), indices, weights, _blocks(y, axis)))
    return y


def resample_gradient(dy, axis, indices, weights, length):
    """dx[…, indices[i, k], …] += weights[i, k] · dy[…, i, …]; `length` is that of dx along the axis."""
    dy = np.ascontiguousarray(dy)
    indices = np.ascontiguousarray(indices, np.int64)
    if not fits_jobs(dy, weights):
        matrix = matrix_of(indices, weights, length).astype(dy.dtype)
        return _product_along(matrix.T, dy, axis)
    dx = aligned((*dy.shape[:axis], length, *dy.shape[axis + 1 :]))
    run_prepared(resample_gradient_jobs, (_blocks(dy, axis), indices, weights, _blocks(dx, axis)))
    return dx


def resample_reference(x, axis, indices, weights):
    """See `resample`.

    A weight is repeated for all values of a position, so that NumPy's loops are long even if the last axes are short:
    64 images of 28×28×3 to width 32 take 0.5 ms instead of 1.0, eight of 200×200×3 to width 224 3.6 instead of 17.
    """
    weights = weights.astype(x.dtype)
    if weights.shape[1] > FEW:
        return _product_along(matrix_of(indices, weights, x.shape[axis]), x, axis)
    positions = _blocks(x, axis)
    total = None
    for chosen, factors in zip(indices.T, weights.T, strict=True):
        part = positions.take(chosen, axis=1).reshape(len(positions), -1)
        part *= np.repeat(factors, positions.shape[2])
        total = part if total is None else np.add(total, part, out=total)
    return total.reshape(*x.shape[:axis], len(indices), *x.shape[axis + 1 :])


def matrix_of(indices, weights, length):
    """The weights as a matrix (outputs, length)."""
    matrix = np.zeros((len(indices), length), weights.dtype)
    np.add.at(matrix, (np.arange(len(indices))[:, None], indices), weights)
    return matrix


def _product_along(matrix, x, axis):
    return np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)


def _blocks(x, axis):
    return x.reshape(math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1 :]))


def resample_jobs(x, indices, weights, y):
    """The job that sets y to the sums."""
    rows = y.shape[0] * y.shape[1]
    per_task = max(1, ELEMENTS_PER_TASK // y.shape[2])
    return [resample_rows.job(-(-rows // per_task), x, indices, weights, y, per_task)]


def resample_gradient_jobs(dy, indices, weights, dx):
    """The job that sets dx to the gradient."""
    blocks = max(1, ELEMENTS_PER_TASK // (dy.shape[1] * dy.shape[2]))
    return [resample_gradient_of_blocks.job(-(-len(dx) // blocks), dy, indices, weights, dx, blocks)]


@subroutine
def scale_row(source, factor, target):
    """target = factor · source, for vectors."""
    for j in range(len(target)):
        target[j] = factor * source[j]


@task_kernel
def resample_rows(task, x: floats(3), indices: integers(2), weights: floats(2), y: floats(3), rows_per_task: int):
    """For some pairs n, i.

    Narrow rows are those along the width of images of few channels: 375×500×3 to 224×224 bilinearly 913 → 410 µs, 64
    images of 28×28 to 32×32 549 → 260 (two threads of an Emerald Rapids).
    """
    outputs, count, width = y.shape[1], indices.shape[1], y.shape[2]
    for row in range(task * rows_per_task, min(len(y) * outputs, (task + 1) * rows_per_task)):
        n, i = row // outputs, row % outputs
        if width < NARROW and count == 2:
            first, second = indices[i, 0], indices[i, 1]
            a, b = weights[i, 0], weights[i, 1]
            for j in range(width):
                y[n, i, j] = a * x[n, first, j] + b * x[n, second, j]
        elif width < NARROW:
            for j in range(width):
                total = weights[i, 0] * x[n, indices[i, 0], j]
                for k in range(1, count):
                    total += weights[i, k] * x[n, indices[i, k], j]
                y[n, i, j] = total
        else:
            scale_row(x[n, indices[i, 0]], weights[i, 0], y[n, i])
            for k in range(1, count):
                add_scaled_row(x[n, indices[i, k]], weights[i, k], y[n, i])


@task_kernel
def resample_gradient_of_blocks(
    task, dy: floats(3), indices: integers(2), weights: floats(2), dx: floats(3), blocks_per_task: int
):
    """For some blocks n."""
    for n in range(task * blocks_per_task, min(len(dx), (task + 1) * blocks_per_task)):
        for m in range(dx.shape[1]):
            clear_row(dx[n, m])
        for i in range(dy.shape[1]):
            for k in range(indices.shape[1]):
                add_scaled_row(dy[n, i], weights[i, k], dx[n, indices[i, k]])
