"""Axes in reverse order, as a job. Any elements: arrays are passed as bytes."""

import math

import numpy as np

from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.tasks import bytes_, task_kernel

BYTES_OF_A_TASK = 1 << 16


def flip_jobs(x, y, axis):
    """The job that sets y[…, i, …] = x[…, length − 1 − i, …] along one axis, for contiguous arrays of one dtype."""
    outer, length = math.prod(x.shape[:axis]), x.shape[axis]
    x, y = (a.reshape(outer, length, -1).view(np.uint8) for a in (x, y))
    per_task = max(1, BYTES_OF_A_TASK // (length * x.shape[2]))
    return [flip_lines.job(-(-outer // per_task), x, y, per_task)]


@task_kernel
def flip_lines(task, x: bytes_(3), y: bytes_(3), per_task: int):
    """y[n, i] = x[n, length − 1 − i] for some n."""
    count, length, size = x.shape
    for n in range(task * per_task, min(count, (task + 1) * per_task)):
        for i in range(length):
            copy_bytes(address(y, (n * length + i) * size), address(x, (n * length + length - 1 - i) * size), size)
