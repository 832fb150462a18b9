"""Gradients divided by a loss scale and clipped, as jobs; the formulas are in `optimizers/clipping.py`.

The results are separate arrays, since other code may still read the gradients.
"""

import numpy as np

from minikeras.kernels.addresses import floats_at
from minikeras.kernels.optimizer_jobs import LENGTH, add_up, chunks_of, spans_of, table_of_chunks
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel


class ClippedGradients:
    """The jobs that clip gradients.

    Args:
        sizes: how many elements each gradient has.
        kind: "clipvalue", "clipnorm", "global_clipnorm", or None where there is no limit.
        limit: for the absolute values, for the norm of each gradient, for the norm of all together.
        scale: the number by which all gradients are divided first.

    Attributes:
        jobs: the jobs.
        results: the clipped gradients, flat.
        point_to: function to call with the gradients, in order.
    """

    def __init__(self, sizes, kind, limit, scale):
        self.results = [np.empty(size, np.float32) for size in sizes]
        table = table_of_chunks(sizes, 1, [False] * len(sizes), self.results)
        self.point_to = table.point_to
        count = len(table)
        if kind in (None, "clipvalue"):
            self.jobs = [clip_by_value.job(count, table, scale, np.inf if kind is None else limit)]
        else:
            everything = np.broadcast_to(np.array([0, count]), (count, 2)).copy()
            spans = everything if kind == "global_clipnorm" else spans_of([i for i, *_ in chunks_of(sizes)])
            kernel = clip_by_global_norm if kind == "global_clipnorm" else clip_by_norm
            sums, totals = np.zeros((count, 1), np.float32), np.zeros((count, 1), np.float32)
            self.jobs = [
                squares_of_gradients.job(count, table, sums, scale),
                add_up.job(1, spans, sums, totals),
                kernel.job(count, table, totals, scale, limit),
            ]


@task_kernel
def clip_by_value(task, table: integers(2), scale: float, limit: float):
    """min(max(g / scale, −limit), limit) for one chunk."""
    g, result = floats_at(table[task, 0], table[task, LENGTH]), floats_at(table[task, 1], table[task, LENGTH])
    for i in range(g.size):
        result[i] = np.minimum(np.maximum(g[i] / scale, -limit), limit)


@task_kernel
def squares_of_gradients(task, table: integers(2), sums: floats(2), scale: float):
    """Σ (g / scale)² of one chunk."""
    sums[task, 0] = sum_of_scaled_squares(floats_at(table[task, 0], table[task, LENGTH]), scale)


@subroutine(fastmath={"reassoc"})  # 16 sums at a time
def sum_of_scaled_squares(g, scale):
    """Σ (g / scale)²."""
    total = np.float32(0)
    for i in range(g.size):
        total += g[i] / scale * (g[i] / scale)
    return total


@task_kernel
def clip_by_norm(task, table: integers(2), totals: floats(2), scale: float, limit: float):
    """(g / scale) · limit / max(‖g / scale‖, limit) for one chunk."""
    g, result = floats_at(table[task, 0], table[task, LENGTH]), floats_at(table[task, 1], table[task, LENGTH])
    divisor = np.maximum(np.sqrt(totals[task, 0]), limit)
    for i in range(g.size):
        result[i] = g[i] / scale * limit / divisor


@task_kernel
def clip_by_global_norm(task, table: integers(2), totals: floats(2), scale: float, limit: float):
    """(g / scale) · limit · min(1 / norm, 1 / limit) for one chunk; all NaN if the norm is not finite."""
    g, result = floats_at(table[task, 0], table[task, LENGTH]), floats_at(table[task, 1], table[task, LENGTH])
    norm = np.sqrt(totals[task, 0])
    one = np.float32(1)
    factor = limit * np.minimum(one / norm, one / limit) + (norm - norm)
    for i in range(g.size):
        result[i] = g[i] / scale * factor
