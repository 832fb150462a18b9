"""One step of an optimizer for all variables as jobs, in float32; the formulas stand in `optimizers.py`.

The variables, their gradients and slots lie anywhere; a table says where. Each row is about a piece of at most 16384
numbers, which one task updates. The table may be changed between steps, as may the numbers of the formula.
"""

import math

import numpy as np

PIECE = 16384
LENGTH, DECAYS = -2, -1  # the last columns of a table of pieces


class Table:
    """Rows about parts of variables, which begin with addresses inside the variables' arrays.

    Args:
        parts: for each row (number of the variable, places in its arrays, counted in numbers, the rest of the row).
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
        numbers: those of the rule, then weight_decay and lr: to be set before each step.
        fill: call it with the addresses of each variable's array, of its gradient and its slots.
    """

    def __init__(self, rule, shapes, decaying):
        self.numbers = np.zeros(len(rule.numbers) + 2, np.float32)
        table = table_of_pieces(list(map(math.prod, shapes)), 2 + rule.slots, decaying)
        self.jobs = [rule.pieces.job(len(table.rows), table.rows, self.numbers)]
        self.fill = table.fill
