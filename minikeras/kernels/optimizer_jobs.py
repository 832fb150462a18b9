"""One step of an optimizer for all variables as jobs, in float32; the formulas stand in `minikeras/optimizers/`.

The variables, their gradients and slots lie anywhere; a table says where. Each row is about a piece of at most 16384
elements, which one task updates. The table may be changed between steps, as may the scalars of the formula.
"""

import math

import numpy as np

from minikeras.kernels.addresses import floats_at
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, integers, task_kernel

PIECE = 16384
LENGTH, DECAYS = -2, -1  # the last columns of a table of pieces


class Table:
    """Rows about parts of variables, which begin with addresses inside the variables' arrays.

    Args:
        parts: for each row (number of the variable, places in its arrays, counted in elements, the rest of the row).
        arrays: how many arrays of each variable there are.

    Attributes:
        rows: the table, int64.
        spans: for each row the number of its variable's first row and of the one after the last.
    """

    def __init__(self, parts, arrays):
        self._which = np.array([variable for variable, _, _ in parts], np.int64)
        rows = [[*[4 * place for place in places], *rest] for _, places, rest in parts]
        self.rows = np.array(rows, np.int64) if rows else np.zeros((0, arrays), np.int64)
        self._addresses = self.rows[:, :arrays]
        self._offsets = self._addresses.copy()
        self.spans = np.stack([np.searchsorted(self._which, self._which, side) for side in ("left", "right")], axis=1)

    def fill(self, addresses):
        """Set where the arrays lie: for each variable a list (or in an array a row) of addresses."""
        np.add(np.asarray(addresses, np.int64)[self._which], self._offsets, out=self._addresses)


def table_of_pieces(sizes, arrays, decaying):
    """The `Table` of the pieces of variables: addresses, length, whether the weights decay.

    Args:
        sizes: how many weights each variable has.
        arrays: how many arrays of that size belong to each: its own, its gradient, its slots.
        decaying: for each variable, whether its weights decay.
    """
    pieces = [
        (i, [first] * arrays, (min(PIECE, size - first), decaying[i]))
        for i, size in enumerate(sizes)
        for first in range(0, size, PIECE)
    ]
    return Table(pieces, arrays)


class UpdateJobs:
    """The jobs of one step of an `UpdateRule`.

    Args:
        rule: the rule.
        shapes: of the variables.
        decaying: for each, whether its weights decay: w ← w − w · weight_decay · lr, before the step.

    Attributes:
        jobs: the jobs, here one. They know the variables' arrays by their addresses only.
        scalars: those of the rule, then weight_decay and lr: to be set before each step.
        fill: call it with the addresses of each variable's array, of its gradient and its slots.
    """

    def __init__(self, rule, shapes, decaying):
        self.scalars = np.zeros(len(rule.scalars) + 2, np.float32)
        table = table_of_pieces(list(map(math.prod, shapes)), 2 + rule.slots, decaying)
        self.jobs = [rule.pieces.job(len(table.rows), table.rows, self.scalars)]
        self.fill = table.fill


# --- moving averages ------------------------------------------------------------------------------------------------


class AverageJobs:
    """The job that moves the averages of variables (see `optimizers/moving_average.py`).

    Args:
        shapes: of the variables.

    Attributes:
        jobs, fill: as those of `UpdateJobs`; the arrays of a variable are its own and its average.
        scalars: momentum, 1 − momentum, and 1 in steps that set the variables to their averages, else 0.
    """

    def __init__(self, shapes):
        self.scalars = np.zeros(3, np.float32)
        table = table_of_pieces(list(map(math.prod, shapes)), 2, [False] * len(shapes))
        self.jobs = [move_averages.job(len(table.rows), table.rows, self.scalars)]
        self.fill = table.fill


@task_kernel
def move_averages(task, table: integers(2), scalars: floats(1)):
    """a ← momentum · a + (1 − momentum) · w for one piece, and perhaps w ← a."""
    w, average = floats_at(table[task, 0], table[task, LENGTH]), floats_at(table[task, 1], table[task, LENGTH])
    momentum, rest, overwrite = scalars[0], scalars[1], scalars[2]
    for i in range(w.size):
        average[i] = momentum * average[i] + rest * w[i]
    if overwrite:
        for i in range(w.size):
            w[i] = average[i]


# --- sums over all pieces of a variable -----------------------------------------------------------------------------


@subroutine(fastmath={"reassoc"})  # sixteen sums at a time, which is also more exact
def sum_of_squares(x):
    """Σ x²."""
    total = np.float32(0)
    for i in range(x.size):
        total += x[i] * x[i]
    return total


@task_kernel
def add_up(task, spans: integers(2), sums: floats(2), totals: floats(2)):
    """At each piece the sums of all pieces of its span, added in their order, whichever threads have made them."""
    for piece in range(len(spans)):
        first, end = spans[piece, 0], spans[piece, 1]
        for column in range(sums.shape[1]):
            total = 0.0
            for k in range(first, end if piece == first else first):
                total += sums[k, column]
            totals[piece, column] = total if piece == first else totals[first, column]
