"""Elements read and written at positions along an axis, and maxima of windows, as jobs: adaptive and 3D max-pooling.

Arrays are seen as (outer, n, inner) with the axis in the middle; positions are int64.
"""

from minikeras.kernels.block_jobs import clear_row
from minikeras.kernels.tasks import floats, integers, task_kernel

CHUNK = 1 << 13  # elements of a task, at least


def argmax_of_windows_jobs(x, bounds, positions):
    """The job that sets positions[i, w, j] to the first k from bounds[w, 0] to bounds[w, 1] − 1 with the largest x."""
    return _job(argmax_of_windows, x, x, bounds, positions)


def take_along_jobs(x, positions, y):
    """The job that sets y[i, k, j] = x[i, positions[i, k, j], j]."""
    return _job(take_along_axis, x, x, positions, y)


def put_along_jobs(dy, positions, dx):
    """The job that sets dx to the sums of dy at the positions: dx[i, positions[i, k, j], j] += dy[i, k, j], from 0."""
    return _job(put_along_axis, dx, dy, positions, dx)


def put_at_all_maxima_jobs(dy, x, y, geometry, dx):
    """The job that sets dx to dy of each window at every x that equals the window's maximum y.

    Args:
        dy, y: (batch, depth, height, width, channels) of the windows.
        x, dx: the same of the image.
        geometry: (3, 3) int64: lengths of the window, strides, and padding before the image, for each axis.
        dx: the result.
    """
    return [put_at_all_maxima.job(len(x), dy, x, y, geometry, dx)]


def _job(kernel, largest, *arrays):
    per_task = max(1, CHUNK // (largest.shape[1] * largest.shape[2]))
    return [kernel.job(-(-len(largest) // per_task), *arrays, per_task)]


@task_kernel
def argmax_of_windows(task, x: floats(3), bounds: integers(2), positions: integers(3), per_task: int):
    """One task: some i. The first NaN of a window counts as its maximum, as in NumPy."""
    for i in range(task * per_task, min(len(x), (task + 1) * per_task)):
        for w in range(len(bounds)):
            for j in range(x.shape[2]):
                place = bounds[w, 0]
                best = x[i, place, j]
                for k in range(bounds[w, 0] + 1, bounds[w, 1]):
                    value = x[i, k, j]
                    if best == best and not value <= best:
                        best, place = value, k
                positions[i, w, j] = place


@task_kernel
def take_along_axis(task, x: floats(3), positions: integers(3), y: floats(3), per_task: int):
    """For some i."""
    for i in range(task * per_task, min(len(x), (task + 1) * per_task)):
        for k in range(y.shape[1]):
            for j in range(y.shape[2]):
                y[i, k, j] = x[i, positions[i, k, j], j]


@task_kernel
def put_along_axis(task, dy: floats(3), positions: integers(3), dx: floats(3), per_task: int):
    """For some i."""
    for i in range(task * per_task, min(len(dx), (task + 1) * per_task)):
        for k in range(dx.shape[1]):
            clear_row(dx[i, k])
        for k in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                dx[i, positions[i, k, j], j] += dy[i, k, j]


@task_kernel
def put_at_all_maxima(task, dy: floats(5), x: floats(5), y: floats(5), geometry: integers(2), dx: floats(5)):
    """For one image."""
    _, depth, height, width, channels = x.shape
    for d in range(depth):
        for h in range(height):
            for w in range(width):
                clear_row(dx[task, d, h, w])
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            for k in range(y.shape[3]):
                d0 = i * geometry[1, 0] - geometry[2, 0]
                h0 = j * geometry[1, 1] - geometry[2, 1]
                w0 = k * geometry[1, 2] - geometry[2, 2]
                for d in range(max(d0, 0), min(d0 + geometry[0, 0], depth)):
                    for h in range(max(h0, 0), min(h0 + geometry[0, 1], height)):
                        for w in range(max(w0, 0), min(w0 + geometry[0, 2], width)):
                            for c in range(channels):
                                if x[task, d, h, w, c] == y[task, i, j, k, c]:
                                    dx[task, d, h, w, c] += dy[task, i, j, k, c]
