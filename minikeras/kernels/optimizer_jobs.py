"""One step of an optimizer for all variables as one job, in float32; the formulas stand in `optimizers.py`.

The variables, their gradients and slots lie anywhere; a table says where. Each row is a piece of at most 16384 numbers,
which one task updates: (address of the variable, of the gradient, of each slot, length). The table may be changed
between steps, as may the numbers (`Job.set`).
"""

import numpy as np

from minikeras.kernels.addresses import floats_at
from minikeras.kernels.optimizers import adam_flat, rmsprop_flat, sgd_flat, sgd_momentum_flat, sgd_nesterov_flat
from minikeras.kernels.tasks import integers, task_kernel

PIECE = 16384


def pieces(addresses, sizes):
    """The table for variables: `addresses` (variables, arrays of each) of integers, `sizes` the numbers of each."""
    table = Table(sizes, len(addresses[0]))
    table.fill(addresses)
    return table.rows


class Table:
    """The table for variables with these sizes, whose arrays may move between steps.

    Attributes:
        rows: what a job takes.
    """

    def __init__(self, sizes, arrays):
        cuts = [(i, first, min(PIECE, n - first)) for i, n in enumerate(sizes) for first in range(0, n, PIECE)]
        self._which, firsts, lengths = np.array(cuts, np.int64).reshape(-1, 3).T
        self._offsets = 4 * firsts[:, None]
        self.rows = np.zeros((len(cuts), arrays + 1), np.int64)
        self.rows[:, -1] = lengths

    def fill(self, addresses):
        """Set where the variables' arrays lie."""
        self.rows[:, :-1] = np.array(addresses, np.int64)[self._which] + self._offsets


@task_kernel
def decay_pieces(task, table: integers(2), weight_decay: float, learning_rate: float):
    """w ← w − w · weight_decay · lr for one piece; a row of the table is (address of w, length)."""
    weights = floats_at(table[task, 0], table[task, 1])
    for i in range(len(weights)):
        weights[i] -= weights[i] * weight_decay * learning_rate


@task_kernel
def sgd_pieces(task, table: integers(2), learning_rate: float):
    """w ← w − lr · g for one piece."""
    size = table[task, 2]
    sgd_flat(floats_at(table[task, 0], size), floats_at(table[task, 1], size), learning_rate)


@task_kernel
def sgd_momentum_pieces(task, table: integers(2), learning_rate: float, momentum: float):
    """SGD with momentum for one piece."""
    size = table[task, 3]
    sgd_momentum_flat(
        floats_at(table[task, 0], size),
        floats_at(table[task, 1], size),
        floats_at(table[task, 2], size),
        learning_rate,
        momentum,
    )


@task_kernel
def sgd_nesterov_pieces(task, table: integers(2), learning_rate: float, momentum: float):
    """SGD with Nesterov's momentum for one piece."""
    size = table[task, 3]
    sgd_nesterov_flat(
        floats_at(table[task, 0], size),
        floats_at(table[task, 1], size),
        floats_at(table[task, 2], size),
        learning_rate,
        momentum,
    )


@task_kernel
def rmsprop_pieces(task, table: integers(2), learning_rate: float, rho: float, one_minus_rho: float, epsilon: float):
    """RMSprop for one piece."""
    size = table[task, 3]
    rmsprop_flat(
        floats_at(table[task, 0], size),
        floats_at(table[task, 1], size),
        floats_at(table[task, 2], size),
        learning_rate,
        rho,
        one_minus_rho,
        epsilon,
    )


@task_kernel
def adam_pieces(
    task, table: integers(2), alpha: float, one_minus_beta_1: float, one_minus_beta_2: float, epsilon: float
):
    """Adam for one piece."""
    size = table[task, 4]
    adam_flat(
        floats_at(table[task, 0], size),
        floats_at(table[task, 1], size),
        floats_at(table[task, 2], size),
        floats_at(table[task, 3], size),
        alpha,
        one_minus_beta_1,
        one_minus_beta_2,
        epsilon,
    )
