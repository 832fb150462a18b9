"""Pooling of float32 images as jobs, for any window, stride and padding; `pooling.py` has the definitions.

x and dx (batch, height, width, channels); y, dy and argmax (batch, out_h, out_w, channels). Rows of windows that see
equally many rows and columns go to a micro-kernel (see `machine/pooling.py`); those clipped by the image's edges are
rows of their own.

A window's maximum is remembered by its position in the image. The gradient visits the positions that a window sees and
takes dy where the window's maximum is: comparisons and no scattered writes. Windows that do not overlap write each
position once.
"""

from itertools import groupby
from typing import NamedTuple

import numpy as np

from minikeras.kernels.addresses import address, view
from minikeras.kernels.column_jobs import add_first_of_parts
from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import native, subroutine
from minikeras.kernels.tasks import floats, integers, pointer, task_kernel

ZERO = np.float32(0)
LOWEST = np.float32(np.finfo(np.float32).min)
TASKS = 16
LANES = 16


def max_pool_jobs(x, y, argmax, window, strides, pads):
    """The job that sets y to the maxima and argmax, unless it is None, to their positions in the image.

    See `pooling.max_pool_with_argmax`.
    """
    return [max_pool_images.job(_tasks(x), x, y, argmax, _windows(x, y, window, strides, pads))]


def max_pool_gradient_jobs(dy, argmax, dx, window, strides, pads, positive=None, dbias=None):
    """The jobs that set dx: dy at each maximum's position.

    Given `positive`, the maxima y of a relu's output, the relu's gradient is applied too: dx is 0 where y is not
    positive. (A maximum is positive exactly if its position is, so the windows that share it agree.) Given `dbias`,
    that becomes the sum of dx over all positions.
    """
    parts = aligned((_tasks(dx), 1, dx.shape[3]))
    windows, writing = _windows(dx, dy, window, strides, pads), _writing(dy, window, strides, pads)
    job = max_pool_gradient_images.job(len(parts), dy, argmax, positive, dx, parts, windows, writing)
    return [job] if dbias is None else [job, add_first_of_parts.job(1, parts, dbias)]


def average_pool_jobs(x, y, window, strides, pads):
    """The job that sets y to the means over the part of each window inside the image."""
    return [average_pool_images.job(_tasks(x), x, y, _windows(x, y, window, strides, pads))]


def average_pool_gradient_jobs(dy, dx, window, strides, pads):
    """The job that sets dx: dy / count, added up at every position that its window sees."""
    windows, writing = _windows(dx, dy, window, strides, pads), _writing(dy, window, strides, pads)
    return [average_pool_gradient_images.job(_tasks(dx), dy, dx, windows, writing)]


class Windows(NamedTuple):
    """How the images' windows are processed: the calls of a micro-kernel for one image, which all images share."""

    rows: integers(2)  # of each row of windows: the first row of the image that it sees, how many rows
    calls: integers(2)  # of each call for such a row, see `Call`
    step: int  # elements from one window to the next
    images: int  # of a task


class Call(NamedTuple):
    """Windows of a row that see equally many columns, for some channels.

    Windows clipped at an edge have separate calls, and so have the last channels, fewer than 16.
    """

    corner: int  # the first element in a row of the image
    first: int  # the first element in the row of outputs
    windows: int
    columns: int  # that each sees
    channels: int


class Writing(NamedTuple):
    """How windows write into an image."""

    overlap: int  # whether they overlap, so that they add
    covered_h: int  # in how many rows a position has exactly one window, which sets it
    covered_w: int


def _tasks(images):
    """The number of tasks."""
    return -(-len(images) // _images_of_a_task(images))


def _images_of_a_task(images):
    return max(1, -(-len(images) // TASKS))


def _windows(image, outputs, window, strides, pads):
    _, height, width, channels = image.shape
    _, out_h, out_w, _ = outputs.shape
    rows = [_seen(i, window[0], strides[0], pads[0][0], height) for i in range(out_h)]
    columns = [_seen(j, window[1], strides[1], pads[1][0], width) for j in range(out_w)]
    whole = channels // LANES * LANES
    calls = []
    for _, run in groupby(range(out_w), lambda j: (columns[j][0] - j * strides[1], columns[j][1])):
        j, *others = run
        for c, together in ((0, whole), (whole, channels - whole)):
            if together:
                first, count = columns[j]
                calls.append(Call(first * channels + c, j * channels + c, 1 + len(others), count, together))
    images = _images_of_a_task(image)
    return Windows(np.array(rows, np.int64), np.array(calls, np.int64), strides[1] * channels, images)


def _seen(number, window, stride, before, size):
    """(the first pixel that a window sees along an axis, how many it sees)."""
    start = number * stride - before
    first = max(start, 0)
    return first, min(start + window, size) - first


def _writing(outputs, window, strides, pads):
    overlap = int(strides[0] < window[0] or strides[1] < window[1])
    if tuple(window) != tuple(strides):
        return Writing(overlap, 0, 0)
    covered = [n * s - before for n, s, (before, _) in zip(outputs.shape[1:3], strides, pads, strict=True)]
    return Writing(overlap, *covered)


# --- the micro-kernels in NumPy -------------------------------------------------------------------------------------
# Each is for `windows` windows in a row, which see `rows` × `columns` pixels of the image. A pixel has `pixel` elements
# of which `channels` are used, a multiple of 16, or less than 16. From a row of the image to the next there are `line`
# elements, from a window to the next `step`.


@native("minikeras.kernels.machine.pooling:max_pool_line")
def max_pool_line(windows, channels, pixel, rows, columns, line, step, x, y, positions, first, finds):
    """y = the maxima; if `finds`, positions = their positions in the image. The first window's corner is at `first`."""
    values = view(x, (windows, rows, columns, channels), (step, line, pixel, 1)).reshape(windows, -1, channels)
    values = np.where(values > LOWEST, values, LOWEST)  # NaN is never the maximum
    view(y, (windows, channels), (pixel, 1))[...] = values.max(axis=1)
    if finds:
        choice = values.argmax(axis=1)
        corner = first + step * np.arange(windows)[:, None] + np.arange(channels)
        found = corner + choice // columns * line + choice % columns * pixel
        view(positions, (windows, channels), (pixel, 1)).view(np.int32)[...] = found


@native("minikeras.kernels.machine.pooling:max_pool_gradient_line")
def max_pool_gradient_line(
    windows, channels, pixel, rows, columns, line, step, dy, positions, y, dx, sums, first, adds
):  # fmt: skip
    """dx = dy at the maxima's positions, else 0; added to dx if `adds`. And sums += Σ dy.

    If the address of the maxima y is not 0, dy counts only where y is positive.
    """
    gradients = view(dy, (windows, channels), (pixel, 1))
    if y:
        gradients = np.where(view(y, (windows, channels), (pixel, 1)) > 0, gradients, ZERO)
    view(sums, (channels,), (1,))[...] += gradients.sum(axis=0)
    found = view(positions, (windows, channels), (pixel, 1)).view(np.int32)
    distances = np.arange(rows)[:, None, None] * line + np.arange(columns)[:, None] * pixel + np.arange(channels)
    for number in range(windows):
        target = view(dx + 4 * number * step, (rows, columns, channels), (line, pixel, 1))
        chosen = found[number] == first + number * step + distances
        target[...] = np.where(chosen, gradients[number], ZERO) + (target if adds else ZERO)


@native("minikeras.kernels.machine.pooling:average_pool_line")
def average_pool_line(windows, channels, pixel, rows, columns, line, step, x, y):
    """y = the means."""
    values = view(x, (windows, rows, columns, channels), (step, line, pixel, 1))
    view(y, (windows, channels), (pixel, 1))[...] = values.sum(axis=(1, 2)) / np.float32(rows * columns)


@native("minikeras.kernels.machine.pooling:average_pool_gradient_line")
def average_pool_gradient_line(windows, channels, pixel, rows, columns, line, step, dy, dx, adds):
    """dx = dy / count, added to dx if `adds`."""
    share = view(dy, (windows, channels), (pixel, 1)) / np.float32(rows * columns)
    for number in range(windows):
        target = view(dx + 4 * number * step, (rows, columns, channels), (line, pixel, 1))
        target[...] = share[number] + (target if adds else ZERO)


# --- the loops ----------------------------------------------------------------------------------------------------


@subroutine
def call_of(windows, k):
    """The call number k of each row of windows."""
    call = windows.calls[k]
    return Call(call[0], call[1], call[2], call[3], call[4])


@task_kernel
def max_pool_images(task, x: floats(4), y: floats(4), positions: pointer, windows: Windows):
    """Maxima for some images, and their positions in the image unless `positions` is None."""
    batch, height, width, channels = x.shape
    _, out_h, out_w, _ = y.shape
    line, finds = width * channels, int(positions != 0)
    for n in range(task * windows.images, min(batch, (task + 1) * windows.images)):
        for i in range(out_h):
            first_row, rows = windows.rows[i, 0], windows.rows[i, 1]
            for k in range(len(windows.calls)):
                call = call_of(windows, k)
                corner = first_row * line + call.corner
                out = (n * out_h + i) * out_w * channels + call.first
                max_pool_line(
                    call.windows, call.channels, channels, rows, call.columns, line, windows.step,
                    address(x, n * height * line + corner), address(y, out), positions + 4 * out, corner, finds,
                )  # fmt: skip


@task_kernel
def max_pool_gradient_images(
    task, dy: floats(4), positions: pointer, y: pointer, dx: floats(4), parts: floats(3), windows: Windows,
    writing: Writing,
):  # fmt: skip
    """dx for some images, and parts[task, 0] = its sum. y may be None."""
    batch, height, width, channels = dx.shape
    _, out_h, out_w, _ = dy.shape
    line = width * channels
    for c in range(channels):
        parts[task, 0, c] = ZERO
    for n in range(task * windows.images, min(batch, (task + 1) * windows.images)):
        cleared = 0
        for i in range(out_h):
            first_row, rows = windows.rows[i, 0], windows.rows[i, 1]
            cleared = clear_rows(dx, n, cleared, first_row + rows, writing)
            for k in range(len(windows.calls)):
                call = call_of(windows, k)
                corner = first_row * line + call.corner
                out = (n * out_h + i) * out_w * channels + call.first
                max_pool_gradient_line(
                    call.windows, call.channels, channels, rows, call.columns, line, windows.step,
                    address(dy, out), positions + 4 * out, y + 4 * out if y else 0,
                    address(dx, n * height * line + corner), address(parts, task * channels + call.first % channels),
                    corner, writing.overlap,
                )  # fmt: skip
        clear_rows(dx, n, cleared, height, writing)


@subroutine
def clear_rows(dx, n, first, last, writing):
    """Zero rows of an image right before they are written to, where not every position will be. Returns the next row.

    Right before, so that they are still in the cache.
    """
    _, _, width, channels = dx.shape
    for row in range(first, last):
        for column in range(writing.covered_w if row < writing.covered_h else 0, width):
            values = dx[n, row, column]
            for c in range(channels):
                values[c] = ZERO
    return max(first, last)


@task_kernel
def average_pool_images(task, x: floats(4), y: floats(4), windows: Windows):
    """Means for some images."""
    batch, height, width, channels = x.shape
    _, out_h, out_w, _ = y.shape
    line = width * channels
    for n in range(task * windows.images, min(batch, (task + 1) * windows.images)):
        for i in range(out_h):
            for k in range(len(windows.calls)):
                call = call_of(windows, k)
                average_pool_line(
                    call.windows, call.channels, channels, windows.rows[i, 1], call.columns, line, windows.step,
                    address(x, (n * height + windows.rows[i, 0]) * line + call.corner),
                    address(y, (n * out_h + i) * out_w * channels + call.first),
                )  # fmt: skip


@task_kernel
def average_pool_gradient_images(task, dy: floats(4), dx: floats(4), windows: Windows, writing: Writing):
    """dx for some images."""
    batch, height, width, channels = dx.shape
    _, out_h, out_w, _ = dy.shape
    line = width * channels
    for n in range(task * windows.images, min(batch, (task + 1) * windows.images)):
        cleared = 0
        for i in range(out_h):
            first_row, rows = windows.rows[i, 0], windows.rows[i, 1]
            cleared = clear_rows(dx, n, cleared, first_row + rows, writing)
            for k in range(len(windows.calls)):
                call = call_of(windows, k)
                average_pool_gradient_line(
                    call.windows, call.channels, channels, rows, call.columns, line, windows.step,
                    address(dy, (n * out_h + i) * out_w * channels + call.first),
                    address(dx, (n * height + first_row) * line + call.corner), writing.overlap,
                )  # fmt: skip
        clear_rows(dx, n, cleared, height, writing)
