"""softmax along the last axis: p = exp(x) / Σ exp(x)."""

import numpy as np

from minikeras.kernels.addresses import address, view
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import kernel, native, subroutine
from minikeras.kernels.tasks import floats, goes_by_jobs, task_kernel

PIECE = 1 << 14  # numbers of a task


def softmax(x):
    """p = exp(x − max x) / Σ exp(x − max x) along the last axis.  x (…, classes), any float dtype, which p keeps."""
    if not x.size:
        return x.copy()
    rows = np.ascontiguousarray(x.reshape(-1, x.shape[-1]))
    if not goes_by_jobs(rows):
        return softmax_rows(rows).reshape(x.shape)
    p = aligned(rows.shape)
    run_prepared(softmax_jobs, (rows, p))
    return p.reshape(x.shape)


def softmax_gradient(p, dp):
    """dx = p · (dp − Σ dp · p) along the last axis, from p = softmax(x) and the gradient dp.  Both (…, classes)."""
    if not p.size:
        return p.copy()
    rows = (-1, p.shape[-1])
    p_rows, dp_rows = np.ascontiguousarray(p.reshape(rows)), np.ascontiguousarray(dp.reshape(rows))
    if not goes_by_jobs(p_rows, dp_rows):
        return softmax_gradient_rows(p_rows, dp_rows).reshape(p.shape)
    dx = aligned(p_rows.shape)
    run_prepared(softmax_gradient_jobs, (p_rows, dp_rows, dx))
    return dx.reshape(p.shape)


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


@native("minikeras.kernels.machine.softmax:softmax_gradient_lines")
def softmax_gradient_lines(rows, classes, p, dp, dx):
    """dx = p · (dp − Σ dp · p) of each row, float32, given by addresses."""
    p, dp, dx = (_matrix(start, rows, classes) for start in (p, dp, dx))
    dx[...] = softmax_gradient_rows_reference(p, dp)


def _matrix(start, rows, columns):
    return view(start, (rows, columns), (columns, 1))


# --- as kernels ---------------------------------------------------------------------------------------------------


def softmax_rows_reference(x):
    """p = exp(x − max x) / Σ exp(x − max x) in each row.  x (rows, classes)."""
    exponentials = np.exp(x - x.max(axis=1, keepdims=True))  # exp overflows float32 above 88; the shift changes nothing
    return exponentials / exponentials.sum(axis=1, keepdims=True)


# Of the reference's time (float32, Intel Sapphire Rapids): 128×10 1/6, 128×100 and 1024×1000 1/4.
@kernel(reference=softmax_rows_reference, when=lambda x: x.dtype.char == "f")
def softmax_rows(x):
    p = np.empty_like(x)
    rows, classes = x.shape
    statistics = np.empty(2 * rows, np.float32)
    softmax_lines(rows, classes, address(x, 0), address(p, 0), address(statistics, 0))
    return p


def softmax_gradient_rows_reference(p, dp):
    """dx = p · (dp − Σ dp · p) in each row.  p, dp (rows, classes)."""
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))


@kernel(reference=softmax_gradient_rows_reference, when=lambda p, dp: p.dtype.char == dp.dtype.char == "f")
def softmax_gradient_rows(p, dp):
    dx = np.empty_like(p)
    rows, classes = p.shape
    softmax_gradient_lines(rows, classes, address(p, 0), address(dp, 0), address(dx, 0))
    return dx


# --- as jobs, whose tasks are some rows each ------------------------------------------------------------------------


def rows_of_a_task(matrix):
    """How many rows a task takes."""
    return max(1, PIECE // max(1, matrix.shape[1]))


def softmax_jobs(x, p):
    """The job of p = softmax(x), for each row."""
    per_task, statistics = rows_of_a_task(x), aligned((len(x), 2))
    return [softmax_part.job(-(-len(x) // per_task), x, p, statistics, per_task)]


def softmax_gradient_jobs(p, dp, dx):
    """The job of dx = p · (dp − Σ dp · p), for each row."""
    per_task = rows_of_a_task(p)
    return [softmax_gradient_part.job(-(-len(p) // per_task), p, dp, dx, per_task)]


@subroutine
def softmax_of_rows(task, rows_per_task, x, p, statistics):
    """p and statistics (see `softmax_lines`) of a task's rows: from the first of the two numbers that it gives on."""
    rows, classes = x.shape
    first, last = task * rows_per_task, min(rows, (task + 1) * rows_per_task)
    places = address(x, first * classes), address(p, first * classes), address(statistics, 2 * first)
    softmax_lines(last - first, classes, *places)
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
