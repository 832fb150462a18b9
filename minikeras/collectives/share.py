"""`Share`: one rank's rows of a batch, and the weight of its results.

All parts of a training follow one rule: *a rank computes as if its rows were the whole batch, and its result counts
rows / total.* The mean over a batch is then the sum over ranks of share.weight · (mean over the rank's rows), and
likewise its gradients, for any division of the rows. Results other than means (a loss that is summed, a mean weighted
by sample weights or masks) are scaled where they are computed, so that the rule holds for them too.
"""

import threading
from typing import NamedTuple


class Share(NamedTuple):
    """One rank's part of a batch of `total` rows: those from `first` on, `rows` of them.

    A rank for which no row is left computes on a copy of the first row, with the weight 0: so all ranks do the same.
    `is_whole` says that each rank knows the shares of all, and the shapes of their rows: they are cut from one batch.
    In TensorFlow's `Strategy.run`, `adds_gradients` is set: its users scale losses themselves, so gradients count 1.
    """

    rank: int
    size: int
    first: int
    rows: int
    total: int
    adds_gradients: bool = False
    is_whole: bool = True

    @property
    def weight_of_gradients(self):
        """The weight of its gradients."""
        return 1.0 if self.adds_gradients else self.weight

    @property
    def weight(self):
        """The weight of this rank's results: rows / total."""
        return self.rows / self.total

    @property
    def computed(self):
        """The number of rows it computes: `rows`, but at least 1."""
        return max(self.rows, 1)

    @property
    def slice(self):
        """The slice of the batch that these rows are."""
        return slice(self.first, self.first + self.computed) if self.rows else slice(0, 1)


def share_of(rank, size, total):
    """The `Share` of a rank: contiguous rows, whose number differs by at most one between ranks.

    share_of(1, 4, 10)  # rows 2, 3, 4: the ranks have 2, 3, 2 and 3
    """
    first, end = rank * total // size, (rank + 1) * total // size
    return Share(rank, size, first, end - first, total)


class _State(threading.local):
    share = None
    group = None  # the ranks that compute the step together
    gradients_are_summed = True  # False within a shared step, until they are; one process has nothing to add


state = _State()


def current_share():
    """The `Share` on which this thread's step works; None outside of steps, and with one process."""
    return state.share


class working_on:  # noqa: N801
    """A context in which `current_share()` is this one."""

    def __init__(self, share, group):
        self.share, self.group = share, group

    def __enter__(self):
        self.before = state.share, state.group, state.gradients_are_summed
        state.share, state.group, state.gradients_are_summed = self.share, self.group, self.share is None

    def __exit__(self, *error):
        state.share, state.group, state.gradients_are_summed = self.before


def weight_of_number():
    """The weight of a value computed from this rank's rows, in the mean that one process would compute.

    1 for one process, and in `Strategy.run`, where each replica's number counts alike.
    """
    share = state.share
    return 1 if share is None or share.adds_gradients else share.weight
