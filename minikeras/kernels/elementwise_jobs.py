"""Passes over arrays of any shape as jobs: sums and differences, squares, relu, dropout's mask.

All are float32. Arrays are flat. A task processes a chunk of `CHUNK` elements. In the loops, an index that starts at 0
is vectorised; one that starts at task · CHUNK is not, since it might be negative, which counts from the end
(6 times slower).
"""

import numpy as np

from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.kernels.formulas import sqrt, where
from minikeras.kernels.logarithm import log
from minikeras.kernels.tasks import CHUNK, bytes_, floats, task_kernel

ZERO = np.float32(0)


def add_jobs(a, b, y, relu=False):
    """The job that sets y = a + b, or relu of it."""
    return add_chunks.jobs(a, b, y, 0.0 if relu else -np.inf)


def divide_by_jobs(x, divisor, y):
    """The job that sets y = x / divisor, a scalar."""
    return divide_by_chunks.jobs(x, y, divisor)


def bound_jobs(x, lowest, highest, y):
    """The job that sets y = min(max(x, lowest), highest)."""
    return bound_chunks.jobs(x, y, lowest, highest)


def floor_gradient_jobs(dy, x, lowest, dx):
    """The job that sets dx = dy where x ≥ lowest, else 0, even where x is NaN."""
    return floor_gradient_chunks.jobs(dy, x, dx, lowest)


def scale_jobs(x, scale, shift, y):
    """The job that sets y = x · scale + shift, for two scalars."""
    return scale_chunks.jobs(x, y, scale, shift)


def fill_jobs(value, y, divisor=1.0):
    """The job that sets all elements of y to value[0] / divisor."""
    return [fill_chunks.job(_tasks(y), value, y, divisor)]


def fill_rows_jobs(values, y, divisor=1.0):
    """The job that sets all elements of row i of y to values[i] / divisor."""
    rows = max(1, CHUNK // y.shape[1])
    return [fill_rows.job(-(-len(y) // rows), values, y, divisor, rows)]


def put_columns_jobs(x, y, first):
    """The job that sets the columns of the matrix y from `first` on to those of x."""
    rows = max(1, CHUNK // x.shape[1])
    return [put_columns.job(-(-len(x) // rows), x, y, first, rows)]


def take_columns_jobs(x, first, y):
    """The job that sets y to columns of the matrix x from `first` on."""
    rows = max(1, CHUNK // y.shape[1])
    return [take_columns.job(-(-len(y) // rows), x, first, y, rows)]


def keep_scaled_jobs(x, mask, y, scale):
    """The job that sets y = scale · x where the mask (bytes) is not 0, else 0."""
    return [keep_scaled_chunks.job(_tasks(y), x, mask, y, scale)]


def move_towards_jobs(moving, statistic, momentum):
    """The job that sets moving = moving · momentum + statistic · (1 − momentum)."""
    return [move_towards.job(1, moving, statistic, momentum, 1.0 - momentum)]


def variance_jobs(stddev, epsilon, variance):
    """The job that sets variance = max(stddev² − ε, 0)."""
    return variance_chunks.jobs(stddev, variance, epsilon)


def _tasks(y):
    return -(-y.size // CHUNK)


# --- the formulas and loops ------------------------------------------------------------------------------------------


@formula_kernel
def add_chunks(a, b, floor: float):
    """y = max(floor, a + b); NaN stays NaN."""
    total = a + b
    return where(total < floor, floor, total)


@formula_kernel
def subtract_chunks(a, b):
    """y = a − b."""
    return a - b


@formula_kernel
def multiply_chunks(a, b):
    """y = a · b."""
    return a * b


@formula_kernel
def divide_chunks(a, b):
    """y = a / b."""
    return a / b


@formula_kernel
def divide_by_chunks(x, divisor: float):
    """y = x / divisor."""
    return x / divisor


@formula_kernel
def maximum_chunks(a, b):
    """y = max(a, b); NaN where either is."""
    return where(a > b, a, where(b >= a, b, a + b))


@formula_kernel
def minimum_chunks(a, b):
    """y = min(a, b); NaN where either is."""
    return where(a < b, a, where(b <= a, b, a + b))


@formula_kernel
def keep_reaching_chunks(dy, a, b):
    """dx = dy where a ≥ b, else 0."""
    return where(a >= b, dy, 0)


@formula_kernel
def drop_reaching_chunks(dy, a, b):
    """dx = 0 where a ≥ b, else dy."""
    return where(a >= b, 0, dy)


@formula_kernel
def bound_chunks(x, lowest: float, highest: float):
    """y = min(max(x, lowest), highest); NaN stays NaN."""
    above = where(x < lowest, lowest, x)
    return where(above > highest, highest, above)


@formula_kernel
def bound_gradient_chunks(dy, x, lowest: float, highest: float):
    """dx = dy, but 0 where x < lowest or x > highest."""
    return where(x < lowest, 0, where(x > highest, 0, dy))


@formula_kernel
def floor_gradient_chunks(dy, x, lowest: float):
    """dx = dy where x ≥ lowest, else 0."""
    return where(x >= lowest, dy, 0)


@formula_kernel
def divisor_gradient_chunks(dy, a, b):
    """db = dy · (−a / b / b): b² would underflow."""
    return dy * (-a / b / b)


@formula_kernel
def log_chunks(x):
    """y = ln x."""
    return log(x)


@formula_kernel
def scale_chunks(x, scale: float, shift: float):
    """y = x · scale + shift, rounded twice as in NumPy."""
    return x * scale + shift


@formula_kernel
def negative_chunks(x):
    """y = −x."""
    return -x


@formula_kernel
def sqrt_chunks(x):
    """y = √x."""
    return sqrt(x)


@formula_kernel
def sqrt_gradient_chunks(dy, y):
    """dx = dy / 2y, and 0 where dy is 0."""
    return where(abs(dy) <= 0, 0, 0.5 / y * dy)


@formula_kernel
def rsqrt_chunks(x):
    """y = 1 / √x."""
    return 1 / sqrt(x)


@formula_kernel
def rsqrt_gradient_chunks(dy, y):
    """dx = −dy · y³ / 2, and 0 where dy is 0."""
    return where(abs(dy) <= 0, 0, -0.5 * y * y * y * dy)


@formula_kernel
def reciprocal_chunks(x):
    """y = 1 / x."""
    return 1 / x


@formula_kernel
def reciprocal_gradient_chunks(dy, y):
    """dx = −dy · y², and 0 where dy is 0."""
    return where(abs(dy) <= 0, 0, -(y * y) * dy)


@formula_kernel
def square_chunks(x):
    """y = x²."""
    return x * x


@formula_kernel
def variance_chunks(stddev, epsilon: float):
    """variance = max(stddev² − ε, 0)."""
    difference = stddev * stddev - epsilon
    return where(difference < 0, 0, difference)


@formula_kernel
def square_gradient_chunks(dy, x):
    """dx = 2 · dy · x."""
    return dy * 2 * x


@task_kernel
def fill_chunks(task, value: floats(1), y: floats(1), divisor: float):
    """y = value[0] / divisor for one chunk."""
    y, quotient = y[task * CHUNK : (task + 1) * CHUNK], value[0] / divisor
    for i in range(len(y)):
        y[i] = quotient


@task_kernel
def fill_rows(task, values: floats(1), y: floats(2), divisor: float, rows: int):
    """y = values / divisor for some rows."""
    for i in range(task * rows, min(len(y), (task + 1) * rows)):
        row, quotient = y[i], values[i] / divisor
        for j in range(len(row)):
            row[j] = quotient


@task_kernel
def put_columns(task, x: floats(2), y: floats(2), first: int, rows: int):
    """Columns of y = x for some rows."""
    for i in range(task * rows, min(len(x), (task + 1) * rows)):
        source, target = x[i], y[i, first : first + x.shape[1]]
        for j in range(len(source)):
            target[j] = source[j]


@task_kernel
def take_columns(task, x: floats(2), first: int, y: floats(2), rows: int):
    """y = columns of x for some rows."""
    for i in range(task * rows, min(len(y), (task + 1) * rows)):
        source, target = x[i, first : first + y.shape[1]], y[i]
        for j in range(len(target)):
            target[j] = source[j]


@task_kernel
def keep_scaled_chunks(task, x: floats(1), mask: bytes_(1), y: floats(1), scale: float):
    """y = scale · x where mask, else 0, for one chunk."""
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    x, mask, y = x[chunk], mask[chunk], y[chunk]
    for i in range(len(y)):
        y[i] = x[i] * scale if mask[i] else ZERO


@task_kernel
def move_towards(task, moving: floats(1), statistic: floats(1), momentum: float, rest: float):
    """moving = moving · momentum + statistic · rest."""
    for i in range(len(moving)):
        moving[i] = moving[i] * momentum + statistic[i] * rest
