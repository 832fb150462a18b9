"""Passes over float32 arrays of any shape as jobs: sums of two arrays, relu, dropout's mask, moving averages.

Arrays are given flat. A task takes a piece of `PIECE` numbers.
"""

import numpy as np

from minikeras.kernels.tasks import bytes_, floats, task_kernel

ZERO = np.float32(0)
PIECE = 1 << 14  # 64 kB of each array: enough work for a thread to be worth waking


def add_jobs(a, b, y, relu=False):
    """The job that sets y = a + b, or relu of it."""
    return [add_pieces.job(_tasks(y), a, b, y, 0.0 if relu else -np.inf)]


def relu_jobs(x, y):
    """The job that sets y = max(x, 0)."""
    return [relu_pieces.job(_tasks(y), x, y)]


def scaled_add_jobs(x, scale, shift, y, relu=False):
    """The job that sets y = x · scale + shift, or relu of it, for matrices x and y and vectors scale and shift."""
    rows = max(1, PIECE // x.shape[1])
    return [scale_and_shift.job(-(-len(x) // rows), x, scale, shift, y, 0.0 if relu else -np.inf, rows)]


def keep_scaled_jobs(x, mask, y, scale):
    """The job that sets y = scale · x where the mask (bytes) is not 0, else 0."""
    return [keep_scaled_pieces.job(_tasks(y), x, mask, y, scale)]


def move_towards_jobs(moving, statistic, momentum):
    """The job that sets moving = moving · momentum + statistic · (1 − momentum)."""
    return [move_towards.job(1, moving, statistic, momentum, 1.0 - momentum)]


def _tasks(y):
    return -(-y.size // PIECE)


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def add_pieces(task, a: floats(1), b: floats(1), y: floats(1), floor: float):
    """y = max(floor, a + b) for one piece; NaN stays NaN."""
    for i in range(task * PIECE, min(len(y), (task + 1) * PIECE)):
        value = a[i] + b[i]
        y[i] = floor if value < floor else value


@task_kernel
def relu_pieces(task, x: floats(1), y: floats(1)):
    """y = max(x, 0) for one piece; NaN stays NaN."""
    for i in range(task * PIECE, min(len(y), (task + 1) * PIECE)):
        y[i] = ZERO if x[i] < ZERO else x[i]


@task_kernel
def scale_and_shift(task, x: floats(2), scale: floats(1), shift: floats(1), y: floats(2), floor: float, rows: int):
    """y = max(floor, x · scale + shift) for some rows."""
    for i in range(task * rows, min(len(x), (task + 1) * rows)):
        for j in range(len(scale)):
            value = x[i, j] * scale[j] + shift[j]
            y[i, j] = floor if value < floor else value


@task_kernel
def keep_scaled_pieces(task, x: floats(1), mask: bytes_(1), y: floats(1), scale: float):
    """y = scale · x where mask, else 0, for one piece."""
    for i in range(task * PIECE, min(len(y), (task + 1) * PIECE)):
        y[i] = x[i] * scale if mask[i] else ZERO


@task_kernel
def move_towards(task, moving: floats(1), statistic: floats(1), momentum: float, rest: float):
    """moving = moving · momentum + statistic · rest."""
    for i in range(len(moving)):
        moving[i] = moving[i] * momentum + statistic[i] * rest
