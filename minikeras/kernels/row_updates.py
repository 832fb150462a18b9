"""One step of an optimizer for a table of which only some rows were read, in float32 as jobs.

The gradient comes as rows, one for each token read, several of which may be for one row of the table. What becomes of
these depends on the optimizer (see `optimizers/gradients.py`): Adam wants the sums of g and of g², SGD takes one step
after the other. To find a row's gradients they are chained, in their order:

    numbers   3  0  3  5  3          heads (of rows 0 to 5)    1 −1 −1  0 −1  3
                                     nexts                     2 −1  4 −1 −1

A task makes the sums for some rows in memory of its thread's own, zeros for those that were not read, and lets the
optimizer's formula (`update_rule.py`) go over them while they are in the cache. So no gradient of the table's
size is made, mostly of zeros: that, and the optimizer by NumPy, took 37 ms a step for 3200 tokens of 20000 rows of 64
and Adam.
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import tuple_of
from minikeras.kernels.embedding_jobs import row_numbers_job
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, indices, integers, task_kernel

ZERO = np.float32(0)
PIECE = 1 << 11  # numbers of a task: sums that stay in the first cache, 25 % on Adam
MOST_SLOTS = 3


def has_row_update(rule, numbers):
    """Whether a rule has a kernel for rows, as every `UpdateRule` has. Without ε, rows not read would come to 0 / 0."""
    return hasattr(rule, "rows") and dict(zip(rule.numbers, numbers, strict=True)).get("epsilon") != 0


def update_rows(rule, index, dy, numbers, decays, weights, *slots):
    """One step of a rule for a table, at once; the arguments are those of `row_update_jobs`."""
    run_prepared(_jobs, (index, dy, numbers, weights, *slots), rule, decays)


def _jobs(index, dy, numbers, *tables_rule_and_decays):
    *tables, rule, decays = tables_rule_and_decays
    return row_update_jobs(rule, index, dy, numbers, decays, *tables)


def row_update_jobs(rule, index, dy, numbers, decays, weights, *slots, summed=False):
    """The jobs of one step of a rule for a table.

    Args:
        rule: an `UpdateRule`.
        index: (tokens,), the rows that were read, int32 or int64. All must be rows of the table.
        dy: (tokens, width), their gradients.
        numbers: those of the rule, then weight_decay and the learning rate: to be set before each step.
        decays: whether the weights decay, w ← w − w · weight_decay · lr, before the step.
        weights, slots: the table and what the optimizer remembers of it, flat.
        summed: whether the gradients of a row are one gradient, their sum, which takes the place of the first in dy.
    """
    width = dy.shape[1]
    rows = weights.size // width
    row_numbers, strangers = aligned(index.shape, np.int64), np.zeros(1, np.int64)
    heads, nexts = aligned((rows,), np.int32), aligned(index.shape, np.int32)
    per_task = max(1, PIECE // width)
    sums = aligned((threads(), 2, per_task * width))
    tables = (
        weights,
        *slots,
        *[weights] * (MOST_SLOTS - len(slots)),
    )  # a job has no lists: what is not there is not used
    return [
        row_numbers_job(index, -rows, rows, row_numbers, strangers),
        chain_rows.job(1, row_numbers, heads, nexts),
        *([sum_chains.job(-(-rows // per_task), dy, heads, nexts, per_task)] if summed else []),
        rule.rows.job(-(-rows // per_task), *tables, dy, heads, nexts, sums, numbers, int(decays), per_task),
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


@task_kernel
def sum_chains(task, dy: floats(2), heads: indices(1), nexts: indices(1), rows_per_task: int):
    """The sum of each chain in place of its first gradient, of which alone it then consists."""
    for row in range(task * rows_per_task, min(len(heads), (task + 1) * rows_per_task)):
        head = heads[row]
        if head >= 0:
            k = nexts[head]
            while k >= 0:
                for j in range(dy.shape[1]):
                    dy[head, j] += dy[k, j]
                k = nexts[k]
            nexts[head] = -1


@subroutine
def decayed(weights, width, first, last, numbers, decays):
    """The rows from `first` to `last`, after weight decay."""
    w = weights[first * width : last * width]
    if decays:
        for i in range(len(w)):
            w[i] -= w[i] * numbers[len(numbers) - 2] * numbers[len(numbers) - 1]
    return w


# What of a gradient a formula may take, by the name of its parameter.


@subroutine
def itself(g, *numbers):
    """g."""
    return g


@subroutine
def square(g, *numbers):
    """g²."""
    return g * g


@subroutine
def share(g, learning_rate, rho, one_minus_rho, *numbers):
    """(1 − ρ)·g²."""
    return g * g * one_minus_rho


@subroutine
def size(g, *numbers):
    """|g|."""
    return abs(g)


@subroutine
def step(g, learning_rate, *numbers):
    """lr·g."""
    return g * learning_rate


TERMS = {"g": itself, "square": square, "share": share, "size": size, "step": step}

flat = term = None  # In the copies of what follows that each rule has, these names stand for its own loop and term,
count = 0  # and for how many numbers it takes.


def sum_of_rows(dy, heads, nexts, numbers, total):
    """total = Σ of a term of the gradients of each row, 0 for rows that were not read."""
    width, told = dy.shape[1], tuple_of(numbers, count)
    for i in range(len(total)):
        total[i] = ZERO
    for row in range(len(heads)):
        k, own = heads[row], total[row * width : (row + 1) * width]
        while k >= 0:
            for j in range(width):
                own[j] += term(dy[k, j], *told)
            k = nexts[k]


def in_turn(w, a, b, c, dy, heads, nexts, numbers):
    """A step for each gradient of a row, one after the other; nothing for rows that were not read."""
    width, told = dy.shape[1], tuple_of(numbers, count)
    for row in range(len(heads)):
        k, own = heads[row], slice(row * width, (row + 1) * width)
        while k >= 0:
            flat(w[own], dy[k], dy[k], a[own], b[own], c[own], *told)
            k = nexts[k]


@subroutine
def nothing(*arguments):
    """For what a rule does without."""


first_sum = second_sum = by_sums = first_pass = second_pass = nothing  # or a rule's own, too


def rows(
    task,
    thread,
    weights: floats(1),
    a: floats(1),
    b: floats(1),
    c: floats(1),
    dy: floats(2),
    heads: indices(1),
    nexts: indices(1),
    sums: floats(3),
    numbers: floats(1),
    decays: int,
    rows_per_task: int,
):
    """One step for some rows."""
    width, first, last = dy.shape[1], task * rows_per_task, min(len(heads), (task + 1) * rows_per_task)
    w, heads = decayed(weights, width, first, last, numbers, decays), heads[first:last]
    a, b, c = a[first * width : last * width], b[first * width : last * width], c[first * width : last * width]
    first_total, second_total = sums[thread, 0, : len(w)], sums[thread, 1, : len(w)]
    first_sum(dy, heads, nexts, numbers, first_total)
    second_sum(dy, heads, nexts, numbers, second_total)
    by_sums(w, first_total, second_total, a, b, c, *tuple_of(numbers, count))
    first_pass(w, a, b, c, dy, heads, nexts, numbers)
    second_pass(w, a, b, c, dy, heads, nexts, numbers)
