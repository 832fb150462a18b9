"""One step of an optimizer for a table of which only some rows were read.

The gradient comes as rows, one per token read, several of which may be for one row of the table. A formula takes sums
over these, of g or g² as its parameters say (`optimizers/gradients.py` has the cases in which Keras sums them), which
are zero for rows that were not read. A rule declares what changes in such rows (`unread`): weights and slots (Adam),
slots (RMSprop) or nothing. A formula that leaves them unchanged only adds to weights and slots (SGD, Adagrad). It is
applied to the gradients of a row in turn, as in Keras: first the increments of the slots, then those of the weights.

In NumPy (`update_rows_reference`) the sums are arrays of the table's size. The jobs, in float32, build no such array,
which is mostly zeros: with it, and the optimizer in NumPy, Adam took 37 ms a step for 3200 tokens of 20000 rows of 64.
They link a row's gradients in a chain, in their order:

    indices   3  0  3  5  3           heads (of rows 0 to 5)    1 −1 −1  0 −1  3
                                     nexts                     2 −1  4 −1 −1

A task computes the sums for some rows in a workspace of its thread, and applies the optimizer's formula
(`update_rule.py`) to them while they are in the cache.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import tuple_of
from minikeras.kernels.embedding import scatter_add_rows
from minikeras.kernels.embedding_jobs import row_indices_job
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles, subroutine
from minikeras.kernels.tasks import floats, indices, integers, task_kernel

ZERO = np.float32(0)
CHUNK = 1 << 11  # elements of a task: sums stay in the first-level cache, 25 % on Adam
MAX_SLOTS = 3


class Table(NamedTuple):
    """A table and its slots, flat. Slots that the rule lacks are set to the weights, and unused."""

    w: floats(1)
    a: floats(1)
    b: floats(1)
    c: floats(1)


class Chains(NamedTuple):
    """Gradients (tokens, width), and the chains of those of each row."""

    dy: floats(2)
    heads: indices(1)
    nexts: indices(1)


def update_rows(rule, index, values, arrays, scalars):
    """One step of a rule for a table, by jobs where supported, else in NumPy.

    Args:
        rule: an `UpdateRule`.
        index: (tokens,) integers, the rows that were read; they may count from the end.
        values: (tokens, …), their gradients.
        arrays: the table and its slots, of one shape and dtype, changed in place.
        scalars: the rule's.

    Raises:
        IndexError: an index is not a row.
    """
    if _jobs_apply(rule, index, values, arrays, scalars):
        numbers = np.array([*scalars, 0, 0], np.float32)  # weight decay was applied before
        rows = np.ascontiguousarray(index), values.reshape(len(index), -1), numbers
        run_prepared(_jobs, (*rows, *[array.reshape(-1) for array in arrays]), rule, False)
    else:
        update_rows_reference(rule, index, values, arrays, scalars)


def _jobs_apply(rule, index, values, arrays, scalars):
    if not (has_row_jobs(rule, scalars) and index.dtype in (np.int32, np.int64) and values.size):
        return False
    if not compiles(values):
        return False
    if not all(x.dtype.char == "f" and x.flags.c_contiguous for x in (values, *arrays)):
        return False
    rows = len(arrays[0])
    return -rows <= index.min() and index.max() < rows  # the reference raises an error for others


def update_rows_reference(rule, index, values, arrays, scalars):
    """The same in NumPy, for any dtype."""
    table = arrays[0]
    index = np.arange(len(table))[index]  # counted from the start, or an IndexError
    scalars = dict(zip(rule.scalars, map(table.dtype.type, scalars), strict=True))
    terms = rule.terms_of(values, scalars.values())
    if rule.unread == "nothing":
        _add_in_turn(rule, index, terms, arrays, scalars.values())
        return
    sums = [scatter_add_rows(np.zeros_like(table), index, term) for term in terms]
    results = rule.formula(table, *sums, *arrays[1:], *scalars.values())
    if scalars.get("epsilon") == 0:
        results = _without_quotients_of_zeros(results, arrays, index)
    for array, result in zip(arrays, results, strict=True):
        array[...] = result


def _add_in_turn(rule, index, terms, arrays, scalars):
    """Applied to zeros, the formula gives the increments: of the slots by all terms but the first, then the table's."""
    table, *slots = arrays
    zeros = np.zeros_like(terms[0])
    if len(terms) > 1:
        _, *changes = rule.formula(zeros, zeros, *terms[1:], *[zeros] * len(slots), *scalars)
        for slot, change in zip(slots, changes, strict=True):
            scatter_add_rows(slot, index, change)
    no_terms = [zeros] * (len(terms) - 1)
    change, *_ = rule.formula(zeros, terms[0], *no_terms, *[slot[index] for slot in slots], *scalars)
    scatter_add_rows(table, index, change)


def _without_quotients_of_zeros(results, arrays, index):
    """The results, but the old values where rows that were not read gave 0 / 0."""
    table = arrays[0]
    read = np.zeros(len(table), bool)
    read[index] = True
    kept = np.isnan(results[0]) & ~read.reshape(-1, *[1] * (table.ndim - 1))
    return [np.where(kept, old, result) for old, result in zip(arrays, results, strict=True)]


def has_row_jobs(rule, scalars):
    """Whether jobs support a rule's rows. Without ε, rows that were not read would give 0 / 0."""
    return rule.can_compile and dict(zip(rule.scalars, scalars, strict=True)).get("epsilon") != 0


def _jobs(index, dy, scalars, *tables_rule_and_decays):
    *tables, rule, decays = tables_rule_and_decays
    return row_update_jobs(rule, index, dy, scalars, decays, *tables)


def row_update_jobs(rule, index, dy, scalars, decays, weights, *slots, summed=False):
    """The jobs of one step of a rule for a table.

    Args:
        rule: an `UpdateRule`.
        index: (tokens,), the rows that were read, int32 or int64. All must be rows of the table.
        dy: (tokens, width), their gradients.
        scalars: those of the rule, then weight_decay and the learning rate: to be set before each step.
        decays: whether the weights decay, w ← w − w · weight_decay · lr, before the step.
        weights, slots: the table and the optimizer's slots for it, flat.
        summed: whether the gradients of a row are first replaced by their sum, in place of the first one in dy.
    """
    width = dy.shape[1]
    rows = weights.size // width
    row_indices, out_of_range = aligned(index.shape, np.int64), np.zeros(1, np.int64)
    heads, nexts = aligned((rows,), np.int32), aligned(index.shape, np.int32)
    per_task = max(1, CHUNK // width)
    sums = aligned((threads(), 2, per_task * width))
    table = Table(weights, *slots, *[weights] * (MAX_SLOTS - len(slots)))
    chains = Chains(dy, heads, nexts)
    return [
        row_indices_job(index, -rows, rows, row_indices, out_of_range),
        chain_rows.job(1, row_indices, heads, nexts),
        *([sum_chains.job(-(-rows // per_task), dy, heads, nexts, per_task)] if summed else []),
        rule.rows.job(-(-rows // per_task), table, chains, sums, scalars, int(decays), per_task),
    ]


# --- the loops ----------------------------------------------------------------------------------------------------


@task_kernel
def chain_rows(task, numbers: integers(1), heads: indices(1), nexts: indices(1)):
    """heads[row] = the first k with that row, nexts[k] = the next one with the same; −1 for none."""
    for row in range(len(heads)):
        heads[row] = -1
    for k in range(len(numbers) - 1, -1, -1):
        nexts[k] = heads[numbers[k]]
        heads[numbers[k]] = k


@task_kernel
def sum_chains(task, dy: floats(2), heads: indices(1), nexts: indices(1), rows_per_task: int):
    """Replace each chain by its first gradient, set to the sum of the chain."""
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
def decay(w, scalars):
    """Weight decay: w −= w · weight_decay · lr."""
    for i in range(len(w)):
        w[i] -= w[i] * scalars[len(scalars) - 2] * scalars[len(scalars) - 1]


flat = term = None  # In each rule's copies of the loops below, these names are bound to its own loop and term,
count = 0  # and to its number of scalars.


def sum_of_rows(chains, first, last, scalars, total):
    """total = Σ of a term of the gradients of each row from `first` to `last`, 0 for rows that were not read."""
    dy, width, own_scalars = chains.dy, chains.dy.shape[1], tuple_of(scalars, count)
    for i in range(len(total)):
        total[i] = ZERO
    for row in range(last - first):
        k, own = chains.heads[first + row], total[row * width : (row + 1) * width]
        while k >= 0:
            for j in range(width):
                own[j] += term(dy[k, j], *own_scalars)
            k = chains.nexts[k]


def in_turn(table, chains, scalars):
    """Apply each gradient of a row in turn; nothing for rows that were not read."""
    dy, width, own_scalars = chains.dy, chains.dy.shape[1], tuple_of(scalars, count)
    for row in range(len(chains.heads)):
        k, i = chains.heads[row], slice(row * width, (row + 1) * width)
        while k >= 0:
            flat(table.w[i], dy[k], dy[k], table.a[i], table.b[i], table.c[i], *own_scalars)
            k = chains.nexts[k]


@subroutine
def nothing(*arguments):
    """Placeholder for a loop that a rule does not need."""


first_sum = second_sum = by_sums = weights_alone = slots_alone = nothing  # or a rule's own, too
add_to_slots = add_to_weights = nothing


def all_rows(table, chains, first_total, second_total, scalars):
    """The formula with the sums, for rows read or not."""
    first_sum(chains, 0, len(chains.heads), scalars, first_total)
    second_sum(chains, 0, len(chains.heads), scalars, second_total)
    by_sums(table.w, first_total, second_total, table.a, table.b, table.c, *tuple_of(scalars, count))


def slots_of_unread_rows(table, chains, first_total, second_total, scalars):
    """The same, but only the slots of rows that were not read: half the memory traffic."""
    width, own_scalars = chains.dy.shape[1], tuple_of(scalars, count)
    first_total = first_total[:width]
    second_sum(chains, 0, len(chains.heads), scalars, second_total)
    for row in range(len(chains.heads)):
        if chains.heads[row] >= 0:
            i = slice(row * width, (row + 1) * width)
            first_sum(chains, row, row + 1, scalars, first_total)
            weights_alone(table.w[i], first_total, second_total[i], table.a[i], table.b[i], table.c[i], *own_scalars)
    slots_alone(table.w, second_total, second_total, table.a, table.b, table.c, *own_scalars)


def read_rows(table, chains, first_total, second_total, scalars):
    """The gradients of each row that was read in turn."""
    add_to_slots(table, chains, scalars)
    add_to_weights(table, chains, scalars)


UNREAD = {"all": all_rows, "slots": slots_of_unread_rows, "nothing": read_rows}
change = None  # In a rule's copy, this name is bound to its copy of one of these.


def rows(
    task, thread, table: Table, chains: Chains, sums: floats(3), scalars: floats(1), decays: int, rows_per_task: int
):
    """One step for some rows."""
    first, last = task * rows_per_task, min(len(chains.heads), (task + 1) * rows_per_task)
    own = slice(first * chains.dy.shape[1], last * chains.dy.shape[1])
    part = Table(table.w[own], table.a[own], table.b[own], table.c[own])
    if decays:
        decay(part.w, scalars)
    first_total, second_total = sums[thread, 0, : len(part.w)], sums[thread, 1, : len(part.w)]
    change(part, Chains(chains.dy, chains.heads[first:last], chains.nexts), first_total, second_total, scalars)
