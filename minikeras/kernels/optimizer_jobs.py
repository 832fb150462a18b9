"""One step of an optimizer for all variables as one job, in float32; the formulas stand in `optimizers.py`.

The variables, their gradients and slots lie anywhere; a table says where. Each row is a piece of at most 16384 numbers,
which one task updates: (address of the variable, of the gradient, of each slot, length, whether the weights decay). The
table may be changed between steps, as may the numbers.
"""

import numpy as np

PIECE = 16384


class UpdateJob:
    """The job of one step of an `UpdateRule`.

    Args:
        rule: the rule.
        sizes: how many weights each variable has.
        decaying: for each, whether they decay: w ← w − w · weight_decay · lr, before the step.

    Attributes:
        job: the job. It knows the variables' arrays by their addresses only (`fill`).
        numbers: those of the rule, then weight_decay and lr: to be set before each step.
    """

    def __init__(self, rule, sizes, decaying):
        cuts = [(i, first, min(PIECE, n - first)) for i, n in enumerate(sizes) for first in range(0, n, PIECE)]
        self._which, firsts, lengths = np.array(cuts, np.int64).reshape(-1, 3).T
        self._offsets = 4 * firsts[:, None]
        self._rows = np.zeros((len(cuts), 2 + rule.slots + 2), np.int64)
        self._rows[:, -2] = lengths
        self._rows[:, -1] = np.array(decaying, np.int64)[self._which]
        self.numbers = np.zeros(len(rule.numbers) + 2, np.float32)
        self.job = rule.pieces.job(len(cuts), self._rows, self.numbers)

    def fill(self, addresses):
        """Set where the arrays lie: for each variable the addresses of its own, its gradient's and its slots'."""
        self._rows[:, :-2] = np.array(addresses, np.int64)[self._which] + self._offsets
