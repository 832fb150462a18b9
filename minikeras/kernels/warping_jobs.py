"""Warps of float32 images as jobs, and their gradients; `warping.py` has the definitions.

A task warps some rows of one image. Positions are computed in float32, in the order of the reference, so that both take
the same pixels. The gradient adds where several pixels may come from one position, so there a task is a whole image.
"""

import numpy as np

from minikeras.kernels.registry import inlined_subroutine, subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

MODES = ("constant", "nearest", "reflect", "wrap", "crop")
CONSTANT, NEAREST, REFLECT, WRAP, CROP = range(5)
PIXELS_PER_TASK = 1 << 12
ONE, HALF, ZERO, BEFORE = np.float32(1), np.float32(0.5), np.float32(0), np.float32(-2)
OUTSIDE = np.float32(-1e9)
ALL_WHOLE = np.float32(1 << 23)  # from here on float32 has no fractions; infinities and NaN are not below it


def warp_jobs(x, transforms, sources, y, interpolation, fill_mode, fill_value):
    """The job that sets y to the warped images."""
    batch, height, width, _ = y.shape
    rows = max(1, PIXELS_PER_TASK // width)
    tasks = batch * -(-height // rows)
    nearest, mode = int(interpolation == "nearest"), MODES.index(fill_mode)
    return [warp_rows.job(tasks, x, transforms, sources, y, nearest, mode, fill_value, rows)]


def warp_gradient_jobs(dy, transforms, sources, dx, interpolation, fill_mode):
    """The job that sets dx to the gradient of a warp."""
    nearest, mode = int(interpolation == "nearest"), MODES.index(fill_mode)
    return [warp_gradient_of_image.job(len(dx), dy, transforms, sources, dx, nearest, mode)]


@task_kernel
def warp_rows(
    task,
    x: floats(4),
    transforms: floats(2),
    sources: integers(1),
    y: floats(4),
    nearest: int,
    mode: int,
    fill: float,
    rows_per_task: int,
):
    """Some rows of one image."""
    height, width = y.shape[1], y.shape[2]
    tasks = (height + rows_per_task - 1) // rows_per_task
    n = task // tasks
    first = (task - n * tasks) * rows_per_task
    image, numbers = x[sources[n]], transforms[min(n, transforms.shape[0] - 1)]
    outside = np.float32(fill)
    for i in range(first, min(height, first + rows_per_task)):
        for j in range(width):
            pixel = y[n, i, j]
            across = place_of(numbers, 0, i, j, image.shape[1], mode)
            down = place_of(numbers, 3, i, j, image.shape[0], mode)
            if nearest:
                take_nearest(image, down, across, outside, pixel)
            else:
                take_mean(image, down, across, outside, pixel)


@task_kernel
def warp_gradient_of_image(
    task, dy: floats(4), transforms: floats(2), sources: integers(1), dx: floats(4), nearest: int, mode: int
):
    """One image."""
    image = dx[task]
    height, width, channels = image.shape
    for i in range(height):
        for j in range(width):
            for c in range(channels):
                image[i, j, c] = ZERO
    for n in range(len(dy)):
        if sources[n] == task:
            add_warp_gradient(image, dy[n], transforms[min(n, transforms.shape[0] - 1)], nearest, mode)


@subroutine
def add_warp_gradient(image, dy, numbers, nearest, mode):
    """Add the gradient of one warp of an image."""
    height, width = image.shape[0], image.shape[1]
    for i in range(dy.shape[0]):
        for j in range(dy.shape[1]):
            pixel = dy[i, j]
            across = place_of(numbers, 0, i, j, width, mode)
            down = place_of(numbers, 3, i, j, height, mode)
            if nearest:
                add_at(image, rounded(down), rounded(across), ONE, pixel)
            else:
                top, left = floor_of(down), floor_of(across)
                lower, right = down - top, across - left
                upper, near = top + ONE - down, left + ONE - across
                add_at(image, top, left, upper * near, pixel)
                add_at(image, top, left + ONE, upper * right, pixel)
                add_at(image, top + ONE, left, lower * near, pixel)
                add_at(image, top + ONE, left + ONE, lower * right, pixel)


@inlined_subroutine
def place_of(numbers, first, i, j, length, mode):
    """The source of pixel (i, j) along one axis, whose coefficients begin at `first`."""
    x, y = np.float32(j), np.float32(i)
    depth = numbers[6] * x + numbers[7] * y + ONE
    place = OUTSIDE
    if depth != ZERO:
        place = (numbers[first] * x + numbers[first + 1] * y + numbers[first + 2]) / depth
    return into_image(place, length, mode)


@inlined_subroutine
def into_image(place, length, mode):
    """Map a position into the image by the fill mode."""
    if mode == CONSTANT:
        return place
    last = np.float32(length - 1)
    if place < ZERO or place > last:
        if mode == REFLECT:
            place = reflected(place, length)
        elif mode == WRAP:
            place = wrapped(place, length)
        elif mode == CROP:
            return BEFORE
    return ZERO if place < ZERO else (last if place > last else place)


@subroutine
def reflected(place, length):
    """The mirror image of a position outside."""
    size, period = np.float32(length), np.float32(2 * length)
    if place < ZERO:
        if length == 1:
            return ZERO
        if place < -period:
            place = place + period * truncated(-place / period)
        return place + period if place < -size else -place - ONE
    place = place - period * truncated(place / period)
    return period - place - ONE if place >= size else place


@subroutine
def wrapped(place, length):
    """A position outside, wrapped to the other end."""
    size, period = np.float32(length), np.float32(max(length - 1, 1))
    if place < ZERO:
        return ZERO if length == 1 else place + size * (truncated(-place / period) + ONE)
    return place - size * truncated(place / period)


@inlined_subroutine
def truncated(x):
    """x without its fraction."""
    return np.float32(np.int64(x)) if x > -ALL_WHOLE and x < ALL_WHOLE else x


@inlined_subroutine
def floor_of(x):
    """⌊x⌋."""
    whole = truncated(x)
    return whole - ONE if whole > x else whole


@inlined_subroutine
def rounded(x):
    """The nearest integer, halves away from 0."""
    return truncated(x + HALF if x >= ZERO else x - HALF)


@inlined_subroutine
def value_at(image, i, j, c, outside):
    """The value of pixel (i, j), integers as floats, or that of the outside."""
    if i >= ZERO and i < np.float32(image.shape[0]) and j >= ZERO and j < np.float32(image.shape[1]):
        return image[np.int64(i), np.int64(j), c]
    return outside


@inlined_subroutine
def take_nearest(image, down, across, outside, pixel):
    """pixel = the nearest pixel of the image."""
    i, j = rounded(down), rounded(across)
    for c in range(len(pixel)):
        pixel[c] = value_at(image, i, j, c, outside)


@inlined_subroutine
def take_mean(image, down, across, outside, pixel):
    """pixel = the weighted mean of the four pixels around the position."""
    top, left = floor_of(down), floor_of(across)
    lower, right = down - top, across - left
    upper, near = top + ONE - down, left + ONE - across
    is_inner = top >= ZERO and top < np.float32(image.shape[0] - 1)
    if is_inner and left >= ZERO and left < np.float32(image.shape[1] - 1):
        i, j = np.int64(top), np.int64(left)
        a, b, c, d = image[i, j], image[i, j + 1], image[i + 1, j], image[i + 1, j + 1]
        for k in range(len(pixel)):
            pixel[k] = upper * near * a[k] + upper * right * b[k] + lower * near * c[k] + lower * right * d[k]
    else:
        for k in range(len(pixel)):
            pixel[k] = (
                upper * near * value_at(image, top, left, k, outside)
                + upper * right * value_at(image, top, left + ONE, k, outside)
                + lower * near * value_at(image, top + ONE, left, k, outside)
                + lower * right * value_at(image, top + ONE, left + ONE, k, outside)
            )


@inlined_subroutine
def add_at(image, i, j, weight, pixel):
    """image[i, j] += weight · pixel, unless that is outside."""
    if i >= ZERO and i < np.float32(image.shape[0]) and j >= ZERO and j < np.float32(image.shape[1]):
        place = image[np.int64(i), np.int64(j)]
        for c in range(len(pixel)):
            place[c] += weight * pixel[c]
