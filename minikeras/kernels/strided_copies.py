"""Copies between arrays of any strides as jobs, as transpositions, slices, repetitions and stacks need them.

A view in NumPy is an address, lengths and strides; `copy_jobs` copies the elements of one view to another. So each
op that only moves elements is one line: y = copy of `x.transpose(axes)`, of `x[key]`, of `np.broadcast_to(x, shape)`.
"""

import numpy as np

from minikeras.kernels.addresses import copy_bytes, floats_at
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import integers, pointer, task_kernel

CHUNK = 1 << 14  # elements of a task, at least
FLOAT_BYTES = 4


def copy_jobs(source, target):
    """The job that sets target = source, two views of one shape and size of elements, which share no memory.

    Raises:
        TypeError: one is a NumPy scalar, a copy that is gone when the job runs.
    """
    if not (isinstance(source, np.ndarray) and isinstance(target, np.ndarray)):
        raise TypeError(f"Jobs copy between views. Received: {type(source).__name__}, {type(target).__name__}")
    axes = _merged(source, target)
    (*_, rows, columns) = axes[0].tolist()
    lines = target.size // columns
    lines_per_task = max(1, CHUNK // columns)
    table = np.ascontiguousarray(axes)
    tasks = -(-lines // lines_per_task)
    return [copy_lines_of_views.job(tasks, source, target, table, target.itemsize, rows, lines, lines_per_task)]


def _merged(source, target):
    """(3, axes): the lengths and both strides in bytes, with axes merged as far as possible, but at least two."""
    axes = []
    for axis in zip(source.shape, source.strides, target.strides, strict=True):
        length, *steps = axis
        if length == 1:
            continue
        if axes and [length * step for step in steps] == axes[-1][1:]:
            axes[-1] = [axes[-1][0] * length, *steps]
        else:
            axes.append([length, *steps])
    axes = [[1, 0, 0]] * (2 - len(axes)) + axes
    if axes[-1][0] == 1:
        axes[-1] = [1, target.itemsize, target.itemsize]
    return np.array(axes, np.int64).T


@task_kernel
def copy_lines_of_views(
    task,
    source: pointer,
    target: pointer,
    axes: integers(2),
    itemsize: int,
    rows: int,
    lines: int,
    lines_per_task: int,
):
    """Some lines, along the last axis; `rows` of them follow each other along the axis before."""
    count = axes.shape[1]
    line, last = task * lines_per_task, min(lines, (task + 1) * lines_per_task)
    while line < last:
        rest, row = line // rows, line % rows
        x, y = source + row * axes[1, count - 2], target + row * axes[2, count - 2]
        for k in range(count - 2):
            axis = count - 3 - k
            place = rest % axes[0, axis]
            rest = rest // axes[0, axis]
            x += place * axes[1, axis]
            y += place * axes[2, axis]
        following = min(rows - row, last - line)
        for _ in range(following):
            copy_line(x, axes[1, count - 1], y, axes[2, count - 1], axes[0, count - 1], itemsize)
            x += axes[1, count - 2]
            y += axes[2, count - 2]
        line += following


@subroutine
def copy_line(x, x_step, y, y_step, length, itemsize):
    """The elements at x + j · x_step to y + j · y_step, addresses and steps in bytes."""
    if y_step == itemsize and x_step == itemsize:
        copy_bytes(y, x, length * itemsize)
    elif y_step == itemsize and x_step == 0:
        copy_bytes(y, x, itemsize)
        done = 1
        while done < length:  # twice as many each time
            count = min(done, length - done)
            copy_bytes(y + done * itemsize, y, count * itemsize)
            done += count
    elif itemsize == FLOAT_BYTES:
        for j in range(length):
            one, other = floats_at(x + j * x_step, 1), floats_at(y + j * y_step, 1)
            other[0] = one[0]
    else:
        for j in range(length):
            copy_bytes(y + j * y_step, x + j * x_step, itemsize)
