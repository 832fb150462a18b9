"""One step of an optimizer for a table of which only some rows were read, in float32 as jobs.

The gradient comes as rows, one for each token read, several of which may be for one row of the table. What becomes of
these depends on the optimizer (see `optimizers/gradients.py`): Adam wants the sums of g and of g², SGD takes one step
after the other. To find a row's gradients they are chained, in their order:

    numbers   3  0  3  5  3          heads (of rows 0 to 5)    1 −1 −1  0 −1  3
                                     nexts                     2 −1  4 −1 −1

So no gradient of the table's size is made, mostly of zeros: that, and the optimizer by NumPy, took 37 ms a step for
3200 tokens of 20000 rows of 64 and Adam.

Loops touch few arrays each: where more than three may overlap, LLVM leaves it at single numbers, 13 ms in that case.
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels import optimizers
from minikeras.kernels.embedding_jobs import row_numbers_job
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, indices, integers, task_kernel

ZERO, ONE = np.float32(0), np.float32(1)
PIECE = 1 << 14  # numbers of a task


def has_row_update(rule):
    """Whether an `UpdateRule` has a kernel for rows."""
    return rule in ROW_KERNELS


def update_rows(rule, index, dy, numbers, decays, weights, *slots):
    """One step of a rule for a table, at once; the arguments are those of `row_update_jobs`."""
    run_prepared(_jobs, (index, dy, numbers, weights, *slots), rule, decays)


def _jobs(index, dy, numbers, *tables_rule_and_decays):
    *tables, rule, decays = tables_rule_and_decays
    return row_update_jobs(rule, index, dy, numbers, decays, *tables)


def row_update_jobs(rule, index, dy, numbers, decays, weights, *slots):
    """The jobs of one step of a rule for a table.

    Args:
        rule: an `UpdateRule` that has a kernel for rows.
        index: (tokens,), the rows that were read, int32 or int64. All must be rows of the table.
        dy: (tokens, width), their gradients.
        numbers: those of the rule, then weight_decay and the learning rate: to be set before each step.
        decays: whether the weights decay, w ← w − w · weight_decay · lr, before the step.
        weights, slots: the table and what the optimizer remembers of it, flat.
    """
    width = dy.shape[1]
    rows = weights.size // width
    row_numbers, strangers = aligned(index.shape, np.int64), np.zeros(1, np.int64)
    heads, nexts = aligned((rows,), np.int32), aligned(index.shape, np.int32)
    sums = aligned((threads(), 2, width))
    per_task = max(1, PIECE // width)
    return [
        row_numbers_job(index, -rows, rows, row_numbers, strangers),
        chain_rows.job(1, row_numbers, heads, nexts),
        ROW_KERNELS[rule].job(
            -(-rows // per_task), weights, *slots, dy, heads, nexts, sums, numbers, int(decays), per_task
        ),
    ]


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def chain_rows(task, numbers: integers(1), heads: indices(1), nexts: indices(1)):
    """heads[row] = the first k with that number, nexts[k] = the next one with the same; −1 for none."""
    for row in range(len(heads)):
        heads[row] = -1
    for k in range(len(numbers) - 1, -1, -1):
        nexts[k] = heads[numbers[k]]
        heads[numbers[k]] = k


@subroutine
def decayed(weights, width, first, last, numbers, decays):
    """The rows from `first` to `last`, after weight decay."""
    w = weights[first * width : last * width]
    if decays:
        for i in range(len(w)):
            w[i] -= w[i] * numbers[len(numbers) - 2] * numbers[len(numbers) - 1]
    return w


@subroutine
def end_of_run(heads, row, last):
    """The row behind those from this one on that were not read, or behind this one if it was."""
    end = row + 1
    while heads[row] < 0 and end < last and heads[end] < 0:
        end += 1
    return end


@subroutine
def add_chain(dy, k, nexts, factor, total):
    """total = Σ g · factor over a chain that begins with k."""
    for j in range(len(total)):
        total[j] = ZERO
    while k >= 0:
        for j in range(len(total)):
            total[j] += dy[k, j] * factor
        k = nexts[k]


@subroutine
def add_squares(dy, k, nexts, factor, total):
    """total = Σ g² · factor over a chain."""
    for j in range(len(total)):
        total[j] = ZERO
    while k >= 0:
        for j in range(len(total)):
            total[j] += dy[k, j] * dy[k, j] * factor
        k = nexts[k]


@task_kernel
def sgd_rows(
    task,
    thread,
    weights: floats(1),
    dy: floats(2),
    heads: indices(1),
    nexts: indices(1),
    sums: floats(3),
    numbers: floats(1),
    decays: int,
    rows_per_task: int,
):
    """w ← w − lr · g for each gradient of a row in turn."""
    width, first, last = dy.shape[1], task * rows_per_task, min(len(heads), (task + 1) * rows_per_task)
    w = decayed(weights, width, first, last, numbers, decays)
    for row in range(first, last):
        k, start = heads[row], (row - first) * width
        while k >= 0:
            for j in range(width):
                w[start + j] -= dy[k, j] * numbers[0]
            k = nexts[k]


@task_kernel
def momentum_rows(
    task,
    thread,
    weights: floats(1),
    m: floats(1),
    dy: floats(2),
    heads: indices(1),
    nexts: indices(1),
    sums: floats(3),
    numbers: floats(1),
    decays: int,
    rows_per_task: int,
):
    """m ← momentum·m − step, w ← w + m, with step = Σ lr · g of a row."""
    width, first, last = dy.shape[1], task * rows_per_task, min(len(heads), (task + 1) * rows_per_task)
    w, m = decayed(weights, width, first, last, numbers, decays), m[first * width : last * width]
    step, momentum = sums[thread, 0], numbers[1]
    row = first
    while row < last:
        end = end_of_run(heads, row, last)
        own_m = m[(row - first) * width : (end - first) * width]
        for i in range(len(own_m)):
            own_m[i] *= momentum
        if heads[row] >= 0:
            add_chain(dy, heads[row], nexts, numbers[0], step)
            for j in range(width):
                own_m[j] -= step[j]
        row = end
    for i in range(len(w)):
        w[i] += m[i]


@task_kernel
def nesterov_rows(
    task,
    thread,
    weights: floats(1),
    m: floats(1),
    dy: floats(2),
    heads: indices(1),
    nexts: indices(1),
    sums: floats(3),
    numbers: floats(1),
    decays: int,
    rows_per_task: int,
):
    """m ← momentum·m − step, w ← w + momentum·m − step, with step = Σ lr · g of a row."""
    width, first, last = dy.shape[1], task * rows_per_task, min(len(heads), (task + 1) * rows_per_task)
    w, m = decayed(weights, width, first, last, numbers, decays), m[first * width : last * width]
    step, momentum = sums[thread, 0], numbers[1]
    row = first
    while row < last:
        end = end_of_run(heads, row, last)
        start, stop = (row - first) * width, (end - first) * width
        own_w, own_m = w[start:stop], m[start:stop]
        if heads[row] < 0:
            for i in range(len(own_m)):
                own_m[i] *= momentum
                own_w[i] += own_m[i] * momentum
        else:
            add_chain(dy, heads[row], nexts, numbers[0], step)
            for j in range(width):
                own_m[j] = own_m[j] * momentum - step[j]
            for j in range(width):
                own_w[j] += own_m[j] * momentum - step[j]
        row = end


@task_kernel
def rmsprop_rows(
    task,
    thread,
    weights: floats(1),
    v: floats(1),
    dy: floats(2),
    heads: indices(1),
    nexts: indices(1),
    sums: floats(3),
    numbers: floats(1),
    decays: int,
    rows_per_task: int,
):
    """v ← ρ·v + Σ (1 − ρ)·g² of a row, then w ← w − lr·g / √(v + ε) for each of its gradients in turn."""
    width, first, last = dy.shape[1], task * rows_per_task, min(len(heads), (task + 1) * rows_per_task)
    w, v = decayed(weights, width, first, last, numbers, decays), v[first * width : last * width]
    squares = sums[thread, 0]
    learning_rate, rho, one_minus_rho, epsilon = numbers[0], numbers[1], numbers[2], numbers[3]
    row = first
    while row < last:
        end = end_of_run(heads, row, last)
        start, stop = (row - first) * width, (end - first) * width
        own_w, own_v, k = w[start:stop], v[start:stop], heads[row]
        for i in range(len(own_v)):
            own_v[i] *= rho
        if k >= 0:
            add_squares(dy, k, nexts, one_minus_rho, squares)
            for j in range(width):
                own_v[j] += squares[j]
        while k >= 0:
            for j in range(width):
                own_w[j] -= dy[k, j] * learning_rate / np.sqrt(own_v[j] + epsilon)
            k = nexts[k]
        row = end


@task_kernel
def adam_rows(
    task,
    thread,
    weights: floats(1),
    m: floats(1),
    v: floats(1),
    dy: floats(2),
    heads: indices(1),
    nexts: indices(1),
    sums: floats(3),
    numbers: floats(1),
    decays: int,
    rows_per_task: int,
):
    """m ← m + (Σ g − m)·(1 − β₁), v ← v + (Σ g² − v)·(1 − β₂), w ← w − α·m / (√v + ε), sums over a row's gradients."""
    width, first, last = dy.shape[1], task * rows_per_task, min(len(heads), (task + 1) * rows_per_task)
    w = decayed(weights, width, first, last, numbers, decays)
    m, v = m[first * width : last * width], v[first * width : last * width]
    gradient, squares = sums[thread, 0], sums[thread, 1]
    alpha, one_minus_beta_1, one_minus_beta_2, epsilon = numbers[0], numbers[1], numbers[2], numbers[3]
    row = first
    while row < last:
        end = end_of_run(heads, row, last)
        own_m, own_v = (
            m[(row - first) * width : (end - first) * width],
            v[(row - first) * width : (end - first) * width],
        )
        if heads[row] < 0:
            for i in range(len(own_m)):
                own_m[i] += (ZERO - own_m[i]) * one_minus_beta_1
            for i in range(len(own_v)):
                own_v[i] += (ZERO - own_v[i]) * one_minus_beta_2
        else:
            add_chain(dy, heads[row], nexts, ONE, gradient)
            add_squares(dy, heads[row], nexts, ONE, squares)
            for j in range(width):
                own_m[j] += (gradient[j] - own_m[j]) * one_minus_beta_1
            for j in range(width):
                own_v[j] += (squares[j] - own_v[j]) * one_minus_beta_2
        row = end
    for i in range(len(w)):
        w[i] -= m[i] * alpha / (np.sqrt(v[i]) + epsilon)


ROW_KERNELS = {
    optimizers.sgd: sgd_rows,
    optimizers.sgd_momentum: momentum_rows,
    optimizers.sgd_nesterov: nesterov_rows,
    optimizers.rmsprop: rmsprop_rows,
    optimizers.adam: adam_rows,
}
