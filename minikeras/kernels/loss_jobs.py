"""The end of a training step as jobs: the loss of class indices, and metric updates.

Each is a few microseconds of work, less than NumPy and Python need to start it; as jobs they run in the same call as
the layers. They repeat the arithmetic of `crossentropy.py` and of the metrics operation by operation.
"""

import numpy as np

from minikeras.kernels.exponential import exp_below_0, sigmoid
from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.kernels.formulas import where
from minikeras.kernels.logarithm import log1p_of_fraction
from minikeras.kernels.memory import aligned
from minikeras.kernels.reduction_jobs import sum_of_line
from minikeras.kernels.registry import subroutine
from minikeras.kernels.softmax import rows_of_a_task, softmax_of_rows
from minikeras.kernels.tasks import CHUNK, floats, integers, task_kernel

ZERO, ONE = np.float32(0), np.float32(1)


def softmax_crossentropy_job(logits, labels, loss, p, wrong):
    """The `Job` of loss = −ln p[label] and p = softmax(logits), for each row.

    Args:
        logits, p: (rows, classes).
        labels: (rows,), int64.
        loss: (rows,).
        wrong: (1,), int64: set to the number of labels that are not in 0 … classes − 1. Their loss is NaN.
    """
    per_task, statistics = rows_of_a_task(logits), aligned((len(logits), 2))
    tasks = -(-len(logits) // per_task)
    return softmax_crossentropy_rows.job(tasks, logits, labels, loss, p, statistics, wrong, per_task)


@task_kernel
def softmax_crossentropy_rows(
    task,
    logits: floats(2),
    labels: integers(1),
    loss: floats(1),
    p: floats(2),
    statistics: floats(2),
    wrong: integers(1),
    rows_per_task: int,
):
    rows, classes = logits.shape
    if task == 0:  # it counts for all tasks
        wrong[0] = 0
        for i in range(rows):
            wrong[0] += 0 if 0 <= labels[i] < classes else 1
    first, last = softmax_of_rows(task, rows_per_task, logits, p, statistics)
    for i in range(first, last):
        label = labels[i]
        if 0 <= label < classes:
            loss[i] = np.log(statistics[i, 1]) - (logits[i, label] - statistics[i, 0])
        else:
            loss[i] = np.nan


def softmax_crossentropy_gradient_job(dloss, p, labels, dlogits):
    """The `Job` of dlogits = dloss · (p − one_hot(label)), for each row."""
    per_task = rows_of_a_task(p)
    return softmax_crossentropy_gradient_rows.job(-(-len(p) // per_task), dloss, p, labels, dlogits, per_task)


@task_kernel
def softmax_crossentropy_gradient_rows(
    task, dloss: floats(1), p: floats(2), labels: integers(1), dlogits: floats(2), rows_per_task: int
):
    rows, classes = p.shape
    for i in range(task * rows_per_task, min(rows, (task + 1) * rows_per_task)):
        for j in range(classes):
            dlogits[i, j] = p[i, j] * dloss[i]
        if 0 <= labels[i] < classes:
            dlogits[i, labels[i]] -= dloss[i]


def categorical_crossentropy_job(target, logits, loss, p):
    """The `Job` of loss = −Σ target · ln p and p = softmax(logits), for each row."""
    per_task, statistics = rows_of_a_task(logits), aligned((len(logits), 2))
    tasks = -(-len(logits) // per_task)
    return categorical_crossentropy_rows.job(tasks, target, logits, loss, p, statistics, per_task)


@task_kernel
def categorical_crossentropy_rows(
    task,
    target: floats(2),
    logits: floats(2),
    loss: floats(1),
    p: floats(2),
    statistics: floats(2),
    rows_per_task: int,
):
    first, last = softmax_of_rows(task, rows_per_task, logits, p, statistics)
    for i in range(first, last):
        highest, log_total, value = statistics[i, 0], np.log(statistics[i, 1]), ZERO
        for j in range(logits.shape[1]):
            value += target[i, j] * (log_total - (logits[i, j] - highest))
        loss[i] = value


def categorical_crossentropy_gradient_job(dloss, p, target, dlogits):
    """The `Job` of dlogits = dloss · (p − target), for each row."""
    per_task = rows_of_a_task(p)
    return categorical_crossentropy_gradient_rows.job(-(-len(p) // per_task), dloss, p, target, dlogits, per_task)


@task_kernel
def categorical_crossentropy_gradient_rows(
    task, dloss: floats(1), p: floats(2), target: floats(2), dlogits: floats(2), rows_per_task: int
):
    rows, classes = p.shape
    for i in range(task * rows_per_task, min(rows, (task + 1) * rows_per_task)):
        for j in range(classes):
            dlogits[i, j] = dloss[i] * (p[i, j] - target[i, j])


def sigmoid_crossentropy_job(target, logits, loss):
    """The `Job` of loss = −target · ln p − (1 − target) · ln(1 − p), p = sigmoid(logits).  All flat."""
    return sigmoid_crossentropy_chunks.job(target, logits, loss)


@formula_kernel
def sigmoid_crossentropy_chunks(target, logits):
    """max(x, 0) − x · target + ln(1 + exp(−|x|)), x the logits: the same without a logarithm of 0."""
    return where(logits < 0, 0, logits) - logits * target + log1p_of_fraction(exp_below_0(-abs(logits)))


def sigmoid_crossentropy_gradient_job(dloss, target, logits, dlogits):
    """The `Job` of dlogits = dloss · (sigmoid(logits) − target).  All flat."""
    return sigmoid_crossentropy_gradient_chunks.job(dloss, target, logits, dlogits)


@formula_kernel
def sigmoid_crossentropy_gradient_chunks(dloss, target, logits):
    """dloss · (sigmoid(logits) − target)."""
    return dloss * (sigmoid(logits) - target)


def mean_of_rows_job(x, means):
    """The `Job` of means[i] = mean of row i of x."""
    rows_per_task = max(1, CHUNK // x.shape[1])
    return sums_of_rows.job(-(-len(x) // rows_per_task), x, means, float(x.shape[1]), rows_per_task)


@task_kernel
def sums_of_rows(task, x: floats(2), sums: floats(1), divisor: float, rows_per_task: int):
    """Σ / divisor of some rows."""
    for i in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        sums[i] = sum_of_line(x[i]) / divisor


def mean_job(x, mean):
    """The `Job` of mean = Σ x / n.  x (n,), mean (1,)."""
    return mean_of_all.job(1, x, mean)


@task_kernel
def mean_of_all(task, x: floats(1), mean: floats(1)):
    total = ZERO
    for i in range(len(x)):
        total += x[i]
    mean[0] = total / np.float32(len(x))


def add_weighted_job(value, weight, total, count):
    """The `Job` of total += value · weight, count += weight: adds one batch's loss to the mean over the epoch."""
    return add_weighted.job(1, value, weight, total, count)


@task_kernel
def add_weighted(task, value: floats(1), weight: float, total: floats(1), count: floats(1)):
    total[0] += value[0] * weight
    count[0] += weight


def add_rows_job(values, weights, total, count):
    """The `Job` of total += Σ weight · mean of a row of values, count += Σ weight.

    Args:
        values: (rows, columns).
        weights: (rows,), or (1,) for one weight shared by all rows.
        total, count: (1,).
    """
    return add_rows.job(1, values, weights, total, count)


@task_kernel
def add_rows(task, values: floats(2), weights: floats(1), total: floats(1), count: floats(1)):
    rows, columns = values.shape
    sum_of_means = sum_of_weights = ZERO
    for i in range(rows):
        sum_of_row = ZERO
        for j in range(columns):
            sum_of_row += values[i, j]
        weight = weights[i if len(weights) > 1 else 0]
        sum_of_means += sum_of_row / np.float32(columns) * weight
        sum_of_weights += weight
    total[0] += sum_of_means
    count[0] += sum_of_weights


def hits_job(p, labels, hits):
    """The `Job` of hits[i] = 1 where the first maximum of row i of p is at the label, else 0."""
    return hits_of_labels.job(1, p, labels, hits)


@task_kernel
def hits_of_labels(task, p: floats(2), labels: integers(1), hits: floats(1)):
    for i in range(len(p)):
        hits[i] = ONE if place_of_maximum(p, i) == labels[i] else ZERO


@subroutine
def place_of_maximum(x, i):
    """The index of the maximum of row i, as np.argmax: the first of equal ones; NaN is the largest."""
    best = 0
    for j in range(1, x.shape[1]):
        if x[i, j] > x[i, best] or (np.isnan(x[i, j]) and not np.isnan(x[i, best])):
            best = j
    return best


def argmax_job(x, positions):
    """The `Job` of positions[i] = the index of the first maximum of row i."""
    return argmax_of_rows.job(1, x, positions)


@task_kernel
def argmax_of_rows(task, x: floats(2), positions: integers(1)):
    for i in range(len(x)):
        positions[i] = place_of_maximum(x, i)


def hits_among_top_job(p, labels, k, hits):
    """The `Job` of hits[i] = 1 where fewer than k values in row i of p exceed the label's, else 0.

    0 where that is not finite, or the label is out of range.
    """
    return hits_among_top.job(1, p, labels, k, hits)


@task_kernel
def hits_among_top(task, p: floats(2), labels: integers(1), k: int, hits: floats(1)):
    rows, classes = p.shape
    for i in range(rows):
        hits[i] = ZERO
        if 0 <= labels[i] < classes:
            own, above = p[i, labels[i]], 0
            for j in range(classes):
                above += 1 if p[i, j] > own else 0
            hits[i] = ONE if above < k and own - own == ZERO else ZERO  # false for ∞ and NaN


def hits_of_sides_job(p, labels, threshold, hits):
    """The `Job` of hits[i] = 1 where label = (p > threshold), else 0.  All flat."""
    return correct_per_side.job(1, p, labels, threshold, hits)


@task_kernel
def correct_per_side(task, p: floats(1), labels: floats(1), threshold: float, hits: floats(1)):
    for i in range(len(p)):
        side = ONE if p[i] > threshold else ZERO
        hits[i] = ONE if labels[i] == side else ZERO
