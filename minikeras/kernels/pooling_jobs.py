"""Pooling of float32 images as jobs, for any window, stride and padding; `pooling.py` has the definitions.

x and dx (batch, height, width, channels); y, dy and argmax (batch, out_h, out_w, channels). The innermost loops run
over channels, which lie side by side, so that one instruction handles 16 of them.

A window's maximum is remembered by its place in the image. The gradient then goes through the places of dx and takes dy
where a window that sees the place remembers it: comparisons and no scattered writes. Windows that do not overlap write
each place once. Measured on two cores: 32×26×26×32, 2×2, forward 60 µs, gradient 66 (TensorFlow: 121 and 1820).
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.tasks import floats, indices, integers, task_kernel

ZERO, ONE = np.float32(0), np.float32(1)
LOWEST = np.float32(np.finfo(np.float32).min)
TASKS = 16


def max_pool_jobs(x, y, argmax, window, strides, pads):
    """The job that sets y to the maxima and argmax to where they lie (see `pooling.max_pool_with_argmax`)."""
    tasks, images = _tasks(len(x))
    return [max_pool_images.job(tasks, x, y, argmax, _geometry(window, strides, pads), images)]


def max_pool_gradient_jobs(dy, argmax, dx, window, strides, pads, positive=None):
    """The job that sets dx: dy at each maximum's place.

    Given `positive`, the maxima y of a relu's output, it also passes that relu: it is 0 where y is not positive.
    """
    tasks, images = _tasks(len(dx))
    overlaps = int(strides[0] < window[0] or strides[1] < window[1])
    masks = int(positive is not None)
    y = positive if masks else dy
    return [max_pool_gradient_images.job(
        tasks, dy, argmax, y, dx, _geometry(window, strides, pads), overlaps, masks, images
    )]  # fmt: skip


def average_pool_jobs(x, y, window, strides, pads):
    """The job that sets y to the means over the part of each window inside the image."""
    tasks, images = _tasks(len(x))
    return [average_pool_images.job(tasks, x, y, _geometry(window, strides, pads), images)]


def average_pool_gradient_jobs(dy, dx, window, strides, pads):
    """The job that sets dx: dy / count, added up at every place that its window sees."""
    tasks, images = _tasks(len(dx))
    shares = aligned((tasks, dx.shape[3]))
    return [average_pool_gradient_images.job(tasks, dy, dx, shares, _geometry(window, strides, pads), images)]


def _tasks(batch):
    """(number of tasks, images of a task)."""
    images = max(1, -(-batch // TASKS))
    return -(-batch // images), images


def _geometry(window, strides, pads):
    return np.array([*window, *strides, pads[0][0], pads[1][0]], np.int64)


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def max_pool_images(task, x: floats(4), y: floats(4), argmax: indices(4), geometry: integers(1), images_per_task: int):
    """Maxima and their places for some images."""
    window_h, window_w, stride_h, stride_w, top, left = (
        geometry[0], geometry[1], geometry[2], geometry[3], geometry[4], geometry[5],
    )  # fmt: skip
    batch, height, width, channels = x.shape
    _, out_h, out_w, _ = y.shape
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        for i in range(out_h):
            first_row, last_row = max(i * stride_h - top, 0), min(i * stride_h - top + window_h, height)
            for j in range(out_w):
                first_column, last_column = max(j * stride_w - left, 0), min(j * stride_w - left + window_w, width)
                best, place = y[n, i, j], argmax[n, i, j]
                start = np.int32((first_row * width + first_column) * channels)
                if last_row - first_row == 2 and last_column - first_column == 2:
                    # The usual window, its four maxima kept in registers: three times as fast as the loop below.
                    p, q = x[n, first_row, first_column], x[n, first_row, first_column + 1]
                    r, s = x[n, first_row + 1, first_column], x[n, first_row + 1, first_column + 1]
                    right, below = np.int32(channels), np.int32(width * channels)
                    for c in range(channels):
                        value = p[c] if p[c] > LOWEST else LOWEST
                        step = np.int32(0)
                        step = right if q[c] > value else step
                        value = q[c] if q[c] > value else value
                        step = below if r[c] > value else step
                        value = r[c] if r[c] > value else value
                        step = below + right if s[c] > value else step
                        value = s[c] if s[c] > value else value
                        best[c] = value
                        place[c] = start + step + np.int32(c)
                    continue
                for c in range(channels):
                    best[c] = LOWEST
                    place[c] = start + np.int32(c)
                for row in range(first_row, last_row):
                    for column in range(first_column, last_column):
                        values = x[n, row, column]
                        position = np.int32((row * width + column) * channels)
                        for c in range(channels):
                            greater = values[c] > best[c]
                            place[c] = position + np.int32(c) if greater else place[c]
                            best[c] = values[c] if greater else best[c]


@task_kernel
def max_pool_gradient_images(
    task,
    dy: floats(4),
    argmax: indices(4),
    y: floats(4),
    dx: floats(4),
    geometry: integers(1),
    overlaps: int,
    masks: int,
    images_per_task: int,
):
    """dx for some images."""
    window_h, window_w, stride_h, stride_w, top, left = (
        geometry[0], geometry[1], geometry[2], geometry[3], geometry[4], geometry[5],
    )  # fmt: skip
    batch, height, width, channels = dx.shape
    _, out_h, out_w, _ = dy.shape
    covered_h = out_h * stride_h - top if stride_h == window_h else 0
    covered_w = out_w * stride_w - left if stride_w == window_w else 0
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        if overlaps or covered_h == 0 or covered_w == 0:
            dx[n] = ZERO
        elif covered_h < height or covered_w < width:  # what no window sees
            for row in range(height):
                for column in range(covered_w if row < covered_h else 0, width):
                    values = dx[n, row, column]
                    for c in range(channels):
                        values[c] = ZERO
        for i in range(out_h):
            first_row, last_row = max(i * stride_h - top, 0), min(i * stride_h - top + window_h, height)
            for j in range(out_w):
                first_column, last_column = max(j * stride_w - left, 0), min(j * stride_w - left + window_w, width)
                gradient, place, value = dy[n, i, j], argmax[n, i, j], y[n, i, j]
                for row in range(first_row, last_row):
                    for column in range(first_column, last_column):
                        result = dx[n, row, column]
                        position = np.int32((row * width + column) * channels)
                        if overlaps:
                            for c in range(channels):
                                chosen = place[c] == position + np.int32(c)
                                result[c] += gradient[c] if chosen else ZERO
                        elif masks:
                            for c in range(channels):
                                chosen = (place[c] == position + np.int32(c)) & (value[c] > ZERO)
                                result[c] = gradient[c] if chosen else ZERO
                        else:
                            for c in range(channels):
                                chosen = place[c] == position + np.int32(c)
                                result[c] = gradient[c] if chosen else ZERO
        if overlaps and masks:
            # Windows that overlap add up first. A place in no window has dx 0, and one that is some window's maximum
            # is positive in x exactly if that maximum is.
            for i in range(out_h):
                for j in range(out_w):
                    for c in range(channels):
                        if not y[n, i, j, c] > ZERO:
                            position = argmax[n, i, j, c] // channels
                            dx[n, position // width, position % width, c] = ZERO


@task_kernel
def average_pool_images(task, x: floats(4), y: floats(4), geometry: integers(1), images_per_task: int):
    """Means for some images."""
    window_h, window_w, stride_h, stride_w, top, left = (
        geometry[0], geometry[1], geometry[2], geometry[3], geometry[4], geometry[5],
    )  # fmt: skip
    batch, height, width, channels = x.shape
    _, out_h, out_w, _ = y.shape
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        for i in range(out_h):
            first_row, last_row = max(i * stride_h - top, 0), min(i * stride_h - top + window_h, height)
            for j in range(out_w):
                first_column, last_column = max(j * stride_w - left, 0), min(j * stride_w - left + window_w, width)
                total = y[n, i, j]
                for c in range(channels):
                    total[c] = ZERO
                for row in range(first_row, last_row):
                    for column in range(first_column, last_column):
                        values = x[n, row, column]
                        for c in range(channels):
                            total[c] += values[c]
                count = np.float32((last_row - first_row) * (last_column - first_column))
                for c in range(channels):
                    total[c] /= count


@task_kernel
def average_pool_gradient_images(
    task, dy: floats(4), dx: floats(4), shares: floats(2), geometry: integers(1), images_per_task: int
):
    """dx for some images."""
    window_h, window_w, stride_h, stride_w, top, left = (
        geometry[0], geometry[1], geometry[2], geometry[3], geometry[4], geometry[5],
    )  # fmt: skip
    batch, height, width, channels = dx.shape
    _, out_h, out_w, _ = dy.shape
    share = shares[task]
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        dx[n] = ZERO
        for i in range(out_h):
            first_row, last_row = max(i * stride_h - top, 0), min(i * stride_h - top + window_h, height)
            for j in range(out_w):
                first_column, last_column = max(j * stride_w - left, 0), min(j * stride_w - left + window_w, width)
                count = np.float32((last_row - first_row) * (last_column - first_column))
                for c in range(channels):
                    share[c] = dy[n, i, j, c] / count
                for row in range(first_row, last_row):
                    for column in range(first_column, last_column):
                        result = dx[n, row, column]
                        for c in range(channels):
                            result[c] += share[c]
