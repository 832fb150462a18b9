"""The maximum of each channel over a whole image as jobs, in float32. (The mean is in `pooling_jobs.py`.)

x and dx (batch, pixels, channels); y and dy (batch, channels).
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.tasks import floats, task_kernel

ZERO, ONE = np.float32(0), np.float32(1)
ELEMENTS_PER_TASK = 1 << 14


def global_max_jobs(x, y):
    """The job that sets y = the largest x of each image and channel, NaN if any is."""
    tasks, images = _tasks(x)
    return [maxima_of_images.job(tasks, x, y, images)]


def global_max_gradient_jobs(dy, x, y, dx):
    """The job that sets dx = dy in equal parts at the positions where x is the maximum y, else 0."""
    tasks, images = _tasks(x)
    return [maxima_gradient_of_images.job(tasks, dy, x, y, dx, aligned((tasks, x.shape[2])), images)]


def _tasks(x):
    """(number of tasks, images of a task)."""
    images = max(1, ELEMENTS_PER_TASK // (x.shape[1] * x.shape[2]))
    return -(-len(x) // images), images


@task_kernel
def maxima_of_images(task, x: floats(3), y: floats(2), images_per_task: int):
    """Of some images."""
    batch, pixels, channels = x.shape
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        best = y[n]
        for c in range(channels):
            best[c] = x[n, 0, c]
        for pixel in range(1, pixels):
            for c in range(channels):
                value = x[n, pixel, c]
                best[c] = value if value > best[c] or value != value else best[c]


@task_kernel
def maxima_gradient_of_images(
    task, dy: floats(2), x: floats(3), y: floats(2), dx: floats(3), shares: floats(2), images_per_task: int
):
    """Of some images; `shares[task]` is scratch for the parts."""
    batch, pixels, channels = x.shape
    share = shares[task]
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        for c in range(channels):
            share[c] = ZERO
        for pixel in range(pixels):
            for c in range(channels):
                share[c] += ONE if x[n, pixel, c] == y[n, c] else ZERO
        for c in range(channels):
            share[c] = dy[n, c] / share[c]
        for pixel in range(pixels):
            for c in range(channels):
                dx[n, pixel, c] = share[c] * (ONE if x[n, pixel, c] == y[n, c] else ZERO)
