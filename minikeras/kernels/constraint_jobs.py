"""Constraints on weights as jobs, in place; the formulas are in `constraints/`."""

import numpy as np

from minikeras.kernels.activation_jobs import relu_chunks
from minikeras.kernels.memory import aligned
from minikeras.kernels.tasks import floats, task_kernel

ZERO = np.float32(0)
COLUMNS = 64  # per task: whole cache lines of each row


def non_negative_jobs(w):
    """The job that sets w = max(w, 0), flat."""
    return relu_chunks.jobs(w, w)


def norm_jobs(w, lowest, highest, rate, epsilon):
    """The job that moves the norm ‖w‖ of each column between two bounds, fully (rate 1) or in part.

    w ← w · (rate · clip(‖w‖, lowest, highest) + (1 − rate) · ‖w‖) / (ε + ‖w‖).  w (rows, columns).
    """
    factors = aligned((w.shape[1],))
    tasks = -(-w.shape[1] // COLUMNS)
    return [bound_columns.job(tasks, w, factors, lowest, highest, rate, 1.0 - rate, epsilon)]


@task_kernel
def bound_columns(
    task, w: floats(2), factors: floats(1), lowest: float, highest: float, rate: float, rest: float, epsilon: float
):
    """One task: some columns."""
    first, last = task * COLUMNS, min(w.shape[1], (task + 1) * COLUMNS)
    factor = factors[first:last]
    for j in range(len(factor)):
        factor[j] = ZERO
    for i in range(len(w)):
        row = w[i, first:last]
        for j in range(len(factor)):
            factor[j] += row[j] * row[j]
    for j in range(len(factor)):
        norm = np.sqrt(factor[j])
        factor[j] = (rate * np.minimum(np.maximum(norm, lowest), highest) + rest * norm) / (epsilon + norm)
    for i in range(len(w)):
        row = w[i, first:last]
        for j in range(len(factor)):
            row[j] *= factor[j]
