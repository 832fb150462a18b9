"""softmax along the last axis: p = exp(x) / Σ exp(x).

Two forms: the reference in NumPy, and for float32 jobs, whose micro-kernels are vector code (`machine/softmax.py`).
"""

import numpy as np

from minikeras.kernels.addresses import address, view
from minikeras.kernels.memory import aligned, as_rows, empty, empty_like
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import native, subroutine
from minikeras.kernels.tasks import fits_jobs, floats, should_use_jobs, task_kernel

CHUNK = 1 << 14  # elements of a task


def softmax(x):
    """p = exp(x − max x) / Σ exp(x − max x) along the last axis.  x (…, classes), any float dtype, which p keeps."""
    x = np.ascontiguousarray(x)
    if not fits_jobs(x):
        return softmax_reference(x) if x.size else x.copy()
    p = empty_like(x)
    run_prepared(softmax_jobs, (x, p))
    return p


def log_softmax(x):
    """y = x − max x − ln Σ exp(x − max x) along the last axis.  x (…, classes), any float dtype, which y keeps."""
    if not (should_use_jobs(x) and x.ndim):
        return log_softmax_reference(x, -1)
    y, statistics = empty_like(x), empty((*x.shape[:-1], 2))
    run_prepared(statistics_jobs, (x, y, statistics))
    np.subtract(x, statistics[..., :1], out=y)
    y -= np.log(statistics[..., 1:])
    return y


def softmax_gradient(p, dp):
    """dx = p · (dp − Σ dp · p) along the last axis, from p = softmax(x) and the gradient dp.  Both (…, classes)."""
    p, dp = np.ascontiguousarray(p), np.ascontiguousarray(dp)
    if not fits_jobs(p, dp):
        return softmax_gradient_reference(p, dp) if p.size else p.copy()
    dx = empty_like(p)
    run_prepared(softmax_gradient_jobs, (p, dp, dx))
    return dx


# --- the references ---------------------------------------------------------------------------------------------------


def softmax_reference(x):
    """p = exp(x − max x) / Σ exp(x − max x) along the last axis."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))  # exp overflows float32 above 88; the shift cancels
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def log_softmax_reference(x, axis):
    """y = x − max x − ln Σ exp(x − max x) along `axis`."""
    shifted = x - x.max(axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def softmax_gradient_reference(p, dp):
    """dx = p · (dp − Σ dp · p) along the last axis."""
    return p * (dp - (dp * p).sum(axis=-1, keepdims=True))


# --- the micro-kernels in NumPy ---------------------------------------------------------------------------------------


@native("minikeras.kernels.machine.softmax:softmax_lines")
def softmax_lines(rows, classes, x, p, statistics):
    """p = softmax of each row of x, and statistics[i] = (max x[i], Σ exp(x[i] − max)), float32, given by addresses.

    A row with NaN or +∞, or with −∞ alone, has p and Σ NaN.
    """
    x_rows, p_rows = _matrix(x, rows, classes), _matrix(p, rows, classes)
    with np.errstate(invalid="ignore"):
        highest = x_rows.max(axis=1, keepdims=True)
        p_rows[...] = np.exp(x_rows - highest)
    total = p_rows.sum(axis=1, keepdims=True)
    p_rows /= total
    _matrix(statistics, rows, 2)[...] = np.hstack([highest, total])


@native("minikeras.kernels.machine.softmax:causal_softmax_lines")
def causal_softmax_lines(rows, classes, seen, x, p):
    """p = softmax of the first seen + i elements of row i of x, at most `classes`; the others of p are 0."""
    x_rows, p_rows = _matrix(x, rows, classes), _matrix(p, rows, classes)
    for i in range(rows):
        length = min(classes, seen + i)
        p_rows[i, :length] = softmax_reference(x_rows[i, :length])
        p_rows[i, length:] = 0


@native("minikeras.kernels.machine.softmax:softmax_gradient_lines")
def softmax_gradient_lines(rows, classes, p, dp, dx):
    """dx = p · (dp − Σ dp · p) of each row, float32, given by addresses."""
    p, dp, dx = (_matrix(start, rows, classes) for start in (p, dp, dx))
    dx[...] = softmax_gradient_reference(p, dp)


def _matrix(start, rows, columns):
    return view(start, (rows, columns), (columns, 1))


# --- as jobs, with some rows per task -------------------------------------------------------------------------------


def rows_of_a_task(matrix):
    """How many rows a task takes."""
    return max(1, CHUNK // max(1, matrix.shape[1]))


def softmax_jobs(x, p):
    """The job of p = softmax(x) along the last axis."""
    return statistics_jobs(x, p, aligned((as_rows(x).shape[0], 2)))


def statistics_jobs(x, p, statistics):
    """The job of p = softmax(x) and of each row's maximum and sum, statistics (…, 2); see `softmax_lines`."""
    x, p, statistics = as_rows(x), as_rows(p), as_rows(statistics)
    per_task = rows_of_a_task(x)
    return [softmax_part.job(-(-len(x) // per_task), x, p, statistics, per_task)]


def softmax_gradient_jobs(p, dp, dx):
    """The job of dx = p · (dp − Σ dp · p) along the last axis."""
    p, dp, dx = as_rows(p), as_rows(dp), as_rows(dx)
    per_task = rows_of_a_task(p)
    return [softmax_gradient_part.job(-(-len(p) // per_task), p, dp, dx, per_task)]


@subroutine
def softmax_of_rows(task, rows_per_task, x, p, statistics):
    """p and statistics (see `softmax_lines`) of a task's rows, from the first of the two integers that it returns."""
    rows, classes = x.shape
    first, last = task * rows_per_task, min(rows, (task + 1) * rows_per_task)
    positions = address(x, first * classes), address(p, first * classes), address(statistics, 2 * first)
    softmax_lines(last - first, classes, *positions)
    return first, last


@task_kernel
def softmax_part(task, x: floats(2), p: floats(2), statistics: floats(2), rows_per_task: int):
    """p = softmax(x) for some rows."""
    softmax_of_rows(task, rows_per_task, x, p, statistics)


@task_kernel
def softmax_gradient_part(task, p: floats(2), dp: floats(2), dx: floats(2), rows_per_task: int):
    """dx for some rows."""
    rows, classes = p.shape
    first, last = task * rows_per_task, min(rows, (task + 1) * rows_per_task)
    start = first * classes
    softmax_gradient_lines(last - first, classes, address(p, start), address(dp, start), address(dx, start))
