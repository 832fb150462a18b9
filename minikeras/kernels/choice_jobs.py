"""Comparisons with a number, and choices by truths, as jobs. Truths are bytes, arrays are flat."""

import numpy as np

from minikeras.kernels.formula_kernels import PIECE
from minikeras.kernels.tasks import bytes_, floats, task_kernel

ZERO = np.float32(0)


def below_jobs(x, limit, truths, or_equal):
    """The job that sets truths = (x < limit), or (x ≤ limit)."""
    return [below_pieces.job(_tasks(x), x, limit, truths, int(or_equal))]


def above_jobs(x, limit, truths, or_equal):
    """The job that sets truths = (x > limit), or (x ≥ limit)."""
    return [above_pieces.job(_tasks(x), x, limit, truths, int(or_equal))]


def choose_jobs(truths, a, b, y):
    """The job that sets y = a where true, else b."""
    return [choose_pieces.job(_tasks(y), truths, a, b, y)]


def keep_jobs(truths, x, y, where):
    """The job that sets y = x where the truths are `where`, else 0."""
    return [keep_pieces.job(_tasks(y), truths, x, y, int(where))]


def _tasks(x):
    return -(-x.size // PIECE)


@task_kernel
def below_pieces(task, x: floats(1), limit: float, truths: bytes_(1), or_equal: int):
    """For one piece."""
    x, truths = x[task * PIECE : (task + 1) * PIECE], truths[task * PIECE : (task + 1) * PIECE]
    for i in range(len(x)):
        truths[i] = 1 if x[i] < limit or (or_equal and x[i] == limit) else 0


@task_kernel
def above_pieces(task, x: floats(1), limit: float, truths: bytes_(1), or_equal: int):
    """For one piece."""
    x, truths = x[task * PIECE : (task + 1) * PIECE], truths[task * PIECE : (task + 1) * PIECE]
    for i in range(len(x)):
        truths[i] = 1 if x[i] > limit or (or_equal and x[i] == limit) else 0


@task_kernel
def choose_pieces(task, truths: bytes_(1), a: floats(1), b: floats(1), y: floats(1)):
    """For one piece."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    truths, a, b, y = truths[piece], a[piece], b[piece], y[piece]
    for i in range(len(y)):
        y[i] = a[i] if truths[i] else b[i]


@task_kernel
def keep_pieces(task, truths: bytes_(1), x: floats(1), y: floats(1), where: int):
    """For one piece."""
    piece = slice(task * PIECE, (task + 1) * PIECE)
    truths, x, y = truths[piece], x[piece], y[piece]
    for i in range(len(y)):
        y[i] = x[i] if truths[i] == where else ZERO
