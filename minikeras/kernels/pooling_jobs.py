"""Pooling of float32 images as jobs, for any window, stride and padding; `pooling.py` has the definitions.

x and dx (batch, height, width, channels); y, dy and argmax (batch, out_h, out_w, channels). The innermost loops run
over channels, which lie side by side, so that one instruction handles 16 of them.

A window's maximum is remembered by its place in the image. The gradient then goes through the places of dx and takes dy
where a window that sees the place remembers it: comparisons and no scattered writes. Windows that do not overlap write
each place once. The usual window, 2×2 with strides of 2 and no padding, has micro-kernels of its own (see
`machine/pooling.py`). Measured on one core of a Xeon, these and loops left to Numba: 4×26×26×32, which stays in the
cache, forward 9 and 15 µs, gradient with relu and bias 12 and 23; 32×26×26×32 155 and 181, 178 and 261.
"""

import numpy as np

from minikeras.kernels.addresses import address, view
from minikeras.kernels.column_jobs import add_first_of_parts, relu_gradient_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import native
from minikeras.kernels.tasks import address_of, floats, indices, integers, task_kernel

ZERO, ONE = np.float32(0), np.float32(1)
LOWEST = np.float32(np.finfo(np.float32).min)
TASKS = 16
LANES = 16


@native("minikeras.kernels.machine.pooling:max_pool_line")
def max_pool_line(outputs, channels, pixel, upper, lower, y, places, first, line):
    """The maxima of `outputs` windows of 2×2 in two lines of an image, and their places, counted in numbers.

    `channels` is a multiple of sixteen, or less than sixteen. A pixel has `pixel` numbers, a line `line`; the first
    window's corner is at the place `first`.
    """
    shape, steps = (outputs, 2, channels), (2 * pixel, pixel, 1)
    values = np.stack([view(upper, shape, steps), view(lower, shape, steps)], axis=1).reshape(outputs, 4, channels)
    values = np.where(values > LOWEST, values, LOWEST)  # NaN is no maximum
    choice = values.argmax(axis=1)
    corner = first + 2 * pixel * np.arange(outputs)[:, None] + np.arange(channels)
    view(y, (outputs, channels), (pixel, 1))[...] = values.max(axis=1)
    found = corner + choice // 2 * line + choice % 2 * pixel
    view(places, (outputs, channels), (pixel, 1)).view(np.int32)[...] = found


@native("minikeras.kernels.machine.pooling:max_pool_gradient_line")
def max_pool_gradient_line(outputs, channels, pixel, dy, places, y, upper, lower, sums, first, line):
    """dx in the same two lines: dy at the maxima's places, else 0; and sums += Σ dy.

    Given the address of the maxima y, and not 0, dy counts where y is positive only.
    """
    gradients = view(dy, (outputs, channels), (pixel, 1))
    if y:
        gradients = np.where(view(y, (outputs, channels), (pixel, 1)) > 0, gradients, ZERO)
    view(sums, (channels,), (1,))[...] += gradients.sum(axis=0)
    found = view(places, (outputs, channels), (pixel, 1)).view(np.int32)
    corner = first + 2 * pixel * np.arange(outputs)[:, None] + np.arange(channels)
    for target, jump in ((upper, 0), (lower, line)):
        for step in (0, pixel):
            chosen = found == corner + jump + step
            view(target + 4 * step, (outputs, channels), (2 * pixel, 1))[...] = np.where(chosen, gradients, ZERO)


def max_pool_jobs(x, y, argmax, window, strides, pads):
    """The job that sets y to the maxima and argmax to where they lie (see `pooling.max_pool_with_argmax`)."""
    tasks, images = _tasks(len(x))
    if _is_usual(window, strides, pads):
        return [max_pool_lines.job(tasks, x, y, argmax, images)]
    return [max_pool_images.job(tasks, x, y, argmax, _geometry(window, strides, pads), images)]


def max_pool_gradient_jobs(dy, argmax, dx, window, strides, pads, positive=None, dbias=None):
    """The jobs that set dx: dy at each maximum's place.

    Given `positive`, the maxima y of a relu's output, it also passes that relu: it is 0 where y is not positive. Given
    `dbias`, that becomes the sum of dx over all places.
    """
    tasks, images = _tasks(len(dx))
    if _is_usual(window, strides, pads):
        parts = aligned((tasks, 1, dx.shape[3]))
        y = 0 if positive is None else address_of(positive)
        job = max_pool_gradient_lines.job(tasks, dy, argmax, y, dx, parts, images)
        job.holds = (positive,)
        return [job] if dbias is None else [job, add_first_of_parts.job(1, parts, dbias)]
    if dbias is not None:
        masked = aligned(dy.shape)
        mask_jobs = relu_gradient_jobs(_rows(dy), _rows(dy if positive is None else positive), _rows(masked), dbias)
        return [*mask_jobs, *max_pool_gradient_jobs(masked, argmax, dx, window, strides, pads)]
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


def _is_usual(window, strides, pads):
    """Whether windows of 2×2 stand side by side."""
    return tuple(window) == tuple(strides) == (2, 2) and not any(map(any, pads))


def _rows(array):
    return array.reshape(-1, array.shape[-1])


def _tasks(batch):
    """(number of tasks, images of a task)."""
    images = max(1, -(-batch // TASKS))
    return -(-batch // images), images


def _geometry(window, strides, pads):
    return np.array([*window, *strides, pads[0][0], pads[1][0]], np.int64)


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def max_pool_lines(task, x: floats(4), y: floats(4), argmax: indices(4), images_per_task: int):
    """Maxima of windows of 2×2 and their places for some images."""
    batch, _, width, channels = x.shape
    _, out_h, out_w, _ = y.shape
    whole, line = channels // LANES * LANES, width * channels
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        for i in range(out_h):
            for c in range(0, channels, max(LANES, whole)):
                first, out = 2 * i * line + c, (n * out_h + i) * out_w * channels + c
                upper = address(x, 0) + 4 * (n * x.shape[1] * line + first)
                max_pool_line(
                    out_w, whole if c < whole else channels - c, channels, upper, upper + 4 * line,
                    address(y, out), address(argmax, out), first, line,
                )  # fmt: skip


@task_kernel
def max_pool_gradient_lines(
    task, dy: floats(4), argmax: indices(4), y: int, dx: floats(4), parts: floats(3), images_per_task: int
):
    """dx for some images, and parts[task, 0] = the sum of what it holds. `y` is an address, 0 for none."""
    batch, height, width, channels = dx.shape
    _, out_h, out_w, _ = dy.shape
    whole, line = channels // LANES * LANES, width * channels
    for c in range(channels):
        parts[task, 0, c] = ZERO
    for n in range(task * images_per_task, min(batch, (task + 1) * images_per_task)):
        for row in range(height):  # what no window sees
            for column in range(2 * out_w if row < 2 * out_h else 0, width):
                values = dx[n, row, column]
                for c in range(channels):
                    values[c] = ZERO
        for i in range(out_h):
            for c in range(0, channels, max(LANES, whole)):
                first, out = 2 * i * line + c, (n * out_h + i) * out_w * channels + c
                upper = address(dx, 0) + 4 * (n * height * line + first)
                max_pool_gradient_line(
                    out_w, whole if c < whole else channels - c, channels, address(dy, out), address(argmax, out),
                    y + 4 * out if y else 0, upper, upper + 4 * line, address(parts, task * channels + c), first, line,
                )  # fmt: skip


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
