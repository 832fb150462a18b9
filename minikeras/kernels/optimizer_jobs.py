"""One step of an optimizer for all variables as jobs, in float32; the formulas are in `minikeras/optimizers/`.

The variables, their gradients and slots may be anywhere; an `AddressTable` holds the addresses. Each row describes a
chunk of at most 16384 elements, which one task updates. The table may be changed between steps, as may the scalars.
"""

import math

import numpy as np

from minikeras.kernels.address_table import AddressTable, At
from minikeras.kernels.addresses import floats_at
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

CHUNK = 16384
LENGTH, DECAYS = -2, -1  # the last columns of a table of chunks


def chunks_of(sizes):
    """[(index of a variable, first element of a chunk, elements)] for variables of these sizes."""
    return [(i, first, min(CHUNK, size - first)) for i, size in enumerate(sizes) for first in range(0, size, CHUNK)]


def spans_of(variables):
    """For each row of a table the index of its variable's first row and of the one after the last, int64.

    `variables` are the indices of the rows' variables, in ascending order.
    """
    which = np.array(variables, np.int64)
    return np.stack([np.searchsorted(which, which, side) for side in ("left", "right")], axis=1)


def table_of_chunks(sizes, given, decaying, own=()):
    """The `AddressTable` of the chunks of variables, a row for each of `chunks_of`: addresses, length, decay.

    Args:
        sizes: how many weights each variable has.
        given: how many arrays of that size the caller gives for each: the weights, their gradient, their slots. Array
            k of variable i has the index i · given + k.
        decaying: for each variable, whether its weights decay.
        own: for each variable another array of that size, which the table keeps alive; its address comes last.
    """
    count = len(sizes) * given
    rows = []
    for i, first, length in chunks_of(sizes):
        numbers = [*range(i * given, (i + 1) * given), *([count + i] if own else [])]
        rows.append([*[At(number, 4 * first) for number in numbers], length, decaying[i]])
    return AddressTable(rows, count, own)


class UpdateJobs:
    """The jobs of one step of an `UpdateRule`.

    Args:
        rule: the rule.
        shapes: of the variables.
        decaying: for each, whether its weights decay: w ← w − w · weight_decay · lr, before the step.
        scalars: the array of the scalars; by default a new one.

    Attributes:
        jobs: the jobs, here one.
        scalars: the rule's, then weight_decay and lr: to be set before each step.
        point_to: call it with the arrays, a flat list: each variable's weights, gradient and slots.
    """

    def __init__(self, rule, shapes, decaying, scalars=None):
        self.scalars = np.zeros(len(rule.scalars) + 2, np.float32) if scalars is None else scalars
        table = table_of_chunks(list(map(math.prod, shapes)), 2 + rule.slots, decaying)
        self.jobs = [rule.chunks.job(len(table), table, self.scalars)]
        self.point_to = table.point_to


# --- moving averages ------------------------------------------------------------------------------------------------


class AverageJobs:
    """The job that moves the averages of variables (see `optimizers/moving_average.py`).

    Args:
        shapes: of the variables.

    Attributes:
        jobs, point_to: as in `UpdateJobs`; the arrays of a variable are its weights and their average.
        scalars: momentum, 1 − momentum, and 1 in steps that set the variables to their averages, else 0.
    """

    def __init__(self, shapes):
        self.scalars = np.zeros(3, np.float32)
        table = table_of_chunks(list(map(math.prod, shapes)), 2, [False] * len(shapes))
        self.jobs = [move_averages.job(len(table), table, self.scalars)]
        self.point_to = table.point_to


@task_kernel
def move_averages(task, table: integers(2), scalars: floats(1)):
    """a ← momentum · a + (1 − momentum) · w for one chunk, and w ← a if requested."""
    w, average = floats_at(table[task, 0], table[task, LENGTH]), floats_at(table[task, 1], table[task, LENGTH])
    momentum, rest, overwrite = scalars[0], scalars[1], scalars[2]
    for i in range(w.size):
        average[i] = momentum * average[i] + rest * w[i]
    if overwrite:
        for i in range(w.size):
            w[i] = average[i]


# --- sums over all chunks of a variable -----------------------------------------------------------------------------


@subroutine(fastmath={"reassoc"})  # 16 sums at a time, which is also more accurate
def sum_of_squares(x):
    """Σ x²."""
    total = np.float32(0)
    for i in range(x.size):
        total += x[i] * x[i]
    return total


@task_kernel
def add_up(task, spans: integers(2), sums: floats(2), totals: floats(2)):
    """For each chunk, the sum over all chunks of its span, added in order, independently of the threads."""
    for chunk in range(len(spans)):
        first, end = spans[chunk, 0], spans[chunk, 1]
        for column in range(sums.shape[1]):
            total = 0.0
            for k in range(first, end if chunk == first else first):
                total += sums[k, column]
            totals[chunk, column] = total if chunk == first else totals[first, column]
