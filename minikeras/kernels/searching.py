"""Positions of values in a sorted sequence, by bisection: NumPy's own, or for many float32 or int32 values a job."""

import numpy as np

from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles
from minikeras.kernels.tasks import LARGE, indices, task_kernel

CHUNK = 1 << 12  # values of a task
MAX_INT32 = np.int32(0x7FFFFFFF)


def searchsorted(sequence, values, side):
    """The index for inserting each value into a sorted sequence: before equal elements, or after for "right"; int32.

    As for NumPy, NaN is greater than any number. NumPy's bisection takes branches that no processor predicts:
    a million values in a thousand take it 80 ms, the job 12.
    """
    if values.size < LARGE or values.dtype.name not in ("float32", "int32") or not compiles(values):
        return np.asarray(np.searchsorted(sequence, values, side=side), np.int32)
    positions = np.empty(values.shape, np.int32)
    keys = [np.ascontiguousarray(x if x.dtype == np.int32 else ordered_integers(x)) for x in (sequence, values)]
    run_prepared(searching_jobs, (keys[0], keys[1].reshape(-1), positions.reshape(-1)), int(side == "right"))
    return positions


def ordered_integers(x):
    """int32 values in the order of float32 values: their bits, inverted except for the sign if negative."""
    bits = (x + np.float32(0)).view(np.int32)  # −0.0 becomes 0.0
    keys = bits ^ ((bits >> 31) & MAX_INT32)
    is_nan = np.isnan(x)
    if is_nan.any():
        keys[is_nan] = MAX_INT32
    return keys


def searching_jobs(sequence, values, positions, right):
    """The job of `searchsorted`, of flat arrays of integers."""
    return [search_chunks.job(-(-values.size // CHUNK), sequence, values, positions, right)]


@task_kernel
def search_chunks(task, sequence: indices(1), values: indices(1), positions: indices(1), right: int):
    """Bisects for all values of a chunk at once, since each has equally many elements left.

    A negative difference, shifted, is −1, which saves a branch: with one it takes four times as long.
    """
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    values, positions = values[chunk], positions[chunk]
    for i in range(len(values)):
        positions[i] = 0
    left = len(sequence)
    while left > 0:
        half = (left + 1) >> 1
        for i in range(len(values)):
            place = positions[i]
            passes = (sequence[place + half - 1] - (values[i] + right)) >> 63
            positions[i] = place + (half & passes)
        left -= half
