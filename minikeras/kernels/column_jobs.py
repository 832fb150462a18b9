"""Sums over rows as jobs, for a bias's gradient and for batch normalization, of a matrix (rows, columns) of float32.

A sum is split into 16 parts of whole rows, each part into partial sums of 64 rows, so that rounding errors grow with
the number of parts and not of rows. The parts do not depend on the number of threads, and so neither do the results,
bit for bit.
"""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

ZERO = np.float32(0)
PARTS = 16
ROWS_PER_PARTIAL_SUM = 64  # rows of a partial sum
LANES, SUM_CHUNK = 16, 1 << 14  # parallel sums, and elements of a task, where all elements are summed


def rows_of_a_part(rows):
    """How many rows a part has."""
    return max(1, -(-rows // PARTS))


def column_sums_jobs(x, total):
    """The jobs that set total = Σ over rows of x."""
    per_part = rows_of_a_part(len(x))
    parts = aligned((-(-len(x) // per_part), 2, x.shape[1]))
    return [column_sums_part.job(len(parts), x, parts, per_part), add_first_of_parts.job(1, parts, total)]


def total_jobs(x, total):
    """The jobs that set total[0] = Σ x, of a flat array."""
    lanes = aligned((-(-x.size // SUM_CHUNK), 1, LANES))
    return [add_lanes.job(len(lanes), x, lanes), add_all_lanes.job(1, lanes, total)]


def relu_gradient_jobs(dy, y, dx, dbias):
    """The jobs that set dx = dy where y = relu(x) is positive, else 0, and dbias = Σ over rows of dx."""
    per_part = rows_of_a_part(len(dy))
    parts = aligned((-(-len(dy) // per_part), 2, dy.shape[1]))
    job = relu_gradient_part.job(len(parts), dy, y, dx, parts, per_part)
    return [job, add_first_of_parts.job(1, parts, dbias)]


def image_relu_gradient_jobs(dy, y, dx, scale, dbias=None):
    """The same for images, each of which has one dy for all its pixels, multiplied by `scale`.

    dy (images, channels); y and dx (images · pixels, channels).
    """
    per_part = rows_of_a_part(len(y))
    parts = aligned((-(-len(y) // per_part), 3, y.shape[1]))
    jobs = [image_relu_gradient_part.job(len(parts), dy, y, dx, parts, scale, len(y) // len(dy), per_part)]
    return jobs if dbias is None else [*jobs, add_first_of_parts.job(1, parts, dbias)]


# --- the loops: parts[task, 0] is the sum of a part, parts[task, 1] the sum of its last 64 rows -----------------------


@subroutine
def clear(values):
    """values = 0."""
    for j in range(len(values)):
        values[j] = ZERO


@subroutine
def add_to(total, values):
    """total += values."""
    for j in range(len(total)):
        total[j] += values[j]


@task_kernel
def column_sums_part(task, x: floats(2), parts: floats(3), rows_per_task: int):
    """parts[task, 0] = Σ of some rows of x."""
    rows, columns = x.shape
    total, partial = parts[task, 0], parts[task, 1]
    clear(total)
    last = min(rows, (task + 1) * rows_per_task)
    for first in range(task * rows_per_task, last, ROWS_PER_PARTIAL_SUM):
        clear(partial)
        for i in range(first, min(first + ROWS_PER_PARTIAL_SUM, last)):
            for j in range(columns):
                partial[j] += x[i, j]
        add_to(total, partial)


@task_kernel
def relu_gradient_part(task, dy: floats(2), y: floats(2), dx: floats(2), parts: floats(3), rows_per_task: int):
    """dx = dy where y is positive, for some rows, and parts[task, 0] = their sum."""
    rows, columns = dy.shape
    total, partial = parts[task, 0], parts[task, 1]
    clear(total)
    last = min(rows, (task + 1) * rows_per_task)
    for first in range(task * rows_per_task, last, ROWS_PER_PARTIAL_SUM):
        clear(partial)
        for i in range(first, min(first + ROWS_PER_PARTIAL_SUM, last)):
            for j in range(columns):
                value = dy[i, j]
                value = value if y[i, j] > ZERO else ZERO
                dx[i, j] = value
                partial[j] += value
        add_to(total, partial)


@task_kernel
def image_relu_gradient_part(
    task,
    dy: floats(2),
    y: floats(2),
    dx: floats(2),
    parts: floats(3),
    scale: float,
    pixels: int,
    rows_per_task: int,
):
    """dx = scale · dy of the image where y is positive, for some rows, and parts[task, 0] = their sum."""
    rows, columns = y.shape
    total, partial, gradient = parts[task, 0], parts[task, 1], parts[task, 2]
    clear(total)
    image = -1
    last = min(rows, (task + 1) * rows_per_task)
    for first in range(task * rows_per_task, last, ROWS_PER_PARTIAL_SUM):
        clear(partial)
        for i in range(first, min(first + ROWS_PER_PARTIAL_SUM, last)):
            if i // pixels != image:
                image = i // pixels
                for j in range(columns):
                    gradient[j] = dy[image, j] * scale
            for j in range(columns):
                value = gradient[j]
                value = value if y[i, j] > ZERO else ZERO
                dx[i, j] = value
                partial[j] += value
        add_to(total, partial)


@task_kernel
def add_first_of_parts(task, parts: floats(3), total: floats(1)):
    """total = Σ parts[:, 0], in order."""
    clear(total)
    for part in range(len(parts)):
        add_to(total, parts[part, 0])


@task_kernel
def add_lanes(task, x: floats(1), lanes: floats(3)):
    """lanes[task, 0] = 16 sums of one chunk, each of every 16th element."""
    chunk = x[task * SUM_CHUNK : (task + 1) * SUM_CHUNK]
    sums = lanes[task, 0]
    whole = len(chunk) // LANES * LANES
    for j in range(LANES):
        sums[j] = ZERO
    for i in range(0, whole, LANES):
        for j in range(LANES):
            sums[j] += chunk[i + j]
    for j in range(len(chunk) - whole):
        sums[j] += chunk[whole + j]


@task_kernel
def add_all_lanes(task, lanes: floats(3), total: floats(1)):
    """total = the sum of all lanes."""
    total[0] = ZERO
    for part in range(len(lanes)):
        value = ZERO
        for j in range(LANES):
            value += lanes[part, 0, j]
        total[0] += value
