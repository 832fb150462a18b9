"""What stands at the end of a training step: the loss of class numbers, metrics, and the optimizer, as task kernels.

Each is a few microseconds of work, less than what NumPy and Python need to start it. As jobs they run in the same call
as the layers. `minikeras/plans` uses them; the tape has `crossentropy.py`, `softmax.py` and `optimizers.py`, whose
arithmetic these repeat operation by operation.
"""

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.exponential import exp_single
from minikeras.kernels.registry import native
from minikeras.kernels.tasks import address_of, floats, integers, task_kernel

ZERO = np.float32(0)

# Numbers that one task of an optimizer's step changes: enough to make waking another thread worth it.
CHUNK = 1 << 14


def softmax_crossentropy_job(logits, labels, loss, p, wrong):
    """The `Job` of loss = −ln p[label] and p = softmax(logits), for each row.

    Args:
        logits, p: (rows, classes).
        labels: (rows,), int64.
        loss: (rows,).
        wrong: (1,), int64: set to the number of labels that are not in 0 … classes − 1. Their loss is NaN.
    """
    return softmax_crossentropy_rows.job(1, logits, labels, loss, p, wrong)


@task_kernel
def softmax_crossentropy_rows(
    task, logits: floats(2), labels: integers(1), loss: floats(1), p: floats(2), wrong: integers(1)
):
    rows, classes = logits.shape
    wrong[0] = 0
    for i in range(rows):
        highest = logits[i, 0]
        for j in range(classes):
            highest = logits[i, j] if logits[i, j] > highest else highest
        for j in range(classes):
            p[i, j] = exp_single(logits[i, j] - highest)
        total = ZERO
        for j in range(classes):
            total += p[i, j]
        for j in range(classes):
            p[i, j] /= total
        label = labels[i]
        if 0 <= label < classes:
            loss[i] = np.log(total) - (logits[i, label] - highest)
        else:
            loss[i] = np.nan
            wrong[0] += 1


def softmax_crossentropy_gradient_job(dloss, p, labels, dlogits):
    """The `Job` of dlogits = dloss · (p − one_hot(label)), for each row."""
    return softmax_crossentropy_gradient_rows.job(1, dloss, p, labels, dlogits)


@task_kernel
def softmax_crossentropy_gradient_rows(task, dloss: floats(1), p: floats(2), labels: integers(1), dlogits: floats(2)):
    rows, classes = p.shape
    for i in range(rows):
        for j in range(classes):
            dlogits[i, j] = p[i, j] * dloss[i]
        if 0 <= labels[i] < classes:
            dlogits[i, labels[i]] -= dloss[i]


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
    """The `Job` of total += value · weight, count += weight: one batch's loss into the mean over the epoch."""
    return add_weighted.job(1, value, weight, total, count)


@task_kernel
def add_weighted(task, value: floats(1), weight: float, total: floats(1), count: floats(1)):
    total[0] += value[0] * weight
    count[0] += weight


def count_matches_job(p, labels, total, count):
    """The `Job` of total += how many rows of p have their first maximum at the label, count += rows."""
    return count_matches.job(1, p, labels, total, count)


@task_kernel
def count_matches(task, p: floats(2), labels: integers(1), total: floats(1), count: floats(1)):
    rows, classes = p.shape
    matches = 0
    for i in range(rows):
        best = 0
        for j in range(1, classes):
            # as np.argmax: the first of equal ones; NaN is greater than any number
            if p[i, j] > p[i, best] or (np.isnan(p[i, j]) and not np.isnan(p[i, best])):
                best = j
        matches += 1 if best == labels[i] else 0
    total[0] += np.float32(matches)
    count[0] += np.float32(rows)


@native("minikeras.kernels.machine.intrinsics:floats_at")
def floats_at(start, length):
    """The float32 numbers that begin at an address, as an array."""
    return view(start, (int(length),), (1,))


def chunks_of(groups):
    """A row (addresses of the arrays…, how many numbers) for each piece of at most `CHUNK` numbers.

    Args:
        groups: lists of arrays of one size, such as a variable, its gradient and its slots.
    """
    rows = []
    for arrays in groups:
        addresses = [address_of(array) for array in arrays]
        for first in range(0, arrays[0].size, CHUNK):
            rows.append([*(address + 4 * first for address in addresses), min(CHUNK, arrays[0].size - first)])
    return np.array(rows, np.int64)


def adam_job(chunks, numbers):
    """The `Job` of one step of Adam: see `optimizers.adam`.

    Args:
        chunks: rows (variable, gradient, m, v, numbers) of `chunks_of`.
        numbers: (4,): α, 1 − β₁, 1 − β₂, ε.
    """
    return adam_chunk.job(len(chunks), chunks, numbers)


@task_kernel
def adam_chunk(task, chunks: integers(2), numbers: floats(1)):
    alpha, one_minus_beta_1, one_minus_beta_2, epsilon = numbers[0], numbers[1], numbers[2], numbers[3]
    count = chunks[task, 4]
    variable, gradient = floats_at(chunks[task, 0], count), floats_at(chunks[task, 1], count)
    m, v = floats_at(chunks[task, 2], count), floats_at(chunks[task, 3], count)
    for i in range(count):
        g = gradient[i]
        m_i = m[i] + (g - m[i]) * one_minus_beta_1
        v_i = v[i] + (g * g - v[i]) * one_minus_beta_2
        m[i] = m_i
        v[i] = v_i
        variable[i] -= m_i * alpha / (np.sqrt(v_i) + epsilon)


def sgd_job(chunks, numbers):
    """The `Job` of one step of SGD.  chunks: rows (variable, gradient, numbers); numbers: (1,), lr."""
    return sgd_chunk.job(len(chunks), chunks, numbers)


@task_kernel
def sgd_chunk(task, chunks: integers(2), numbers: floats(1)):
    learning_rate, count = numbers[0], chunks[task, 2]
    variable, gradient = floats_at(chunks[task, 0], count), floats_at(chunks[task, 1], count)
    for i in range(count):
        variable[i] -= gradient[i] * learning_rate


def sgd_momentum_job(chunks, numbers, nesterov):
    """The `Job` of one step of SGD with momentum.

    Args:
        chunks: rows (variable, gradient, m, numbers).
        numbers: lr, momentum.
        nesterov: whether to look ahead.
    """
    return (sgd_nesterov_chunk if nesterov else sgd_momentum_chunk).job(len(chunks), chunks, numbers)


@task_kernel
def sgd_momentum_chunk(task, chunks: integers(2), numbers: floats(1)):
    learning_rate, momentum, count = numbers[0], numbers[1], chunks[task, 3]
    variable, gradient = floats_at(chunks[task, 0], count), floats_at(chunks[task, 1], count)
    m = floats_at(chunks[task, 2], count)
    for i in range(count):
        m_i = m[i] * momentum - gradient[i] * learning_rate
        m[i] = m_i
        variable[i] += m_i


@task_kernel
def sgd_nesterov_chunk(task, chunks: integers(2), numbers: floats(1)):
    learning_rate, momentum, count = numbers[0], numbers[1], chunks[task, 3]
    variable, gradient = floats_at(chunks[task, 0], count), floats_at(chunks[task, 1], count)
    m = floats_at(chunks[task, 2], count)
    for i in range(count):
        step = gradient[i] * learning_rate
        m_i = m[i] * momentum - step
        m[i] = m_i
        variable[i] += m_i * momentum - step


def rmsprop_job(chunks, numbers):
    """The `Job` of one step of RMSprop.  chunks: rows (variable, gradient, v, numbers); numbers: lr, ρ, 1 − ρ, ε."""
    return rmsprop_chunk.job(len(chunks), chunks, numbers)


@task_kernel
def rmsprop_chunk(task, chunks: integers(2), numbers: floats(1)):
    learning_rate, rho, one_minus_rho, epsilon = numbers[0], numbers[1], numbers[2], numbers[3]
    count = chunks[task, 3]
    variable, gradient = floats_at(chunks[task, 0], count), floats_at(chunks[task, 1], count)
    v = floats_at(chunks[task, 2], count)
    for i in range(count):
        g = gradient[i]
        v_i = v[i] * rho + g * g * one_minus_rho
        v[i] = v_i
        variable[i] -= g * learning_rate / np.sqrt(v_i + epsilon)
