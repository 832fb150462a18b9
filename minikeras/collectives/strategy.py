"""`Strategy`: how this program is distributed over processes. `fit`, `keras.distribution` and `tf.distribute` share one
such object."""

import threading
from contextlib import nullcontext


class Strategy:
    """Over which ranks the batches are divided, and over which the variables.

    Args:
        group: the `Group` of ranks that each take a share of a batch; None for this process alone.
        auto_shard: whether every rank is given the same data and takes its rows. False: each is given its own.
        split: where each copy of the variables is in parts on several ranks, an object with `group` (those ranks),
            `prepare(model)` and `whole(model)`; see `distribution/splitting.py`. Else None.
        everyone: the `Group` of all ranks, if that is not `group`.
    """

    def __init__(self, group=None, auto_shard=True, split=None, everyone=None):
        self.group = group if group is not None and group.size > 1 else None
        self.auto_shard = auto_shard
        self.split = split
        self.everyone = everyone if everyone is not None and everyone.size > 1 else self.group

    @property
    def model_group(self):
        """The `Group` of ranks that hold the parts of one copy of the variables."""
        return self.split.group

    def prepare(self, model):
        """Before a model is used: split its variables, if that is wanted."""
        if self.split is not None:
            self.split.prepare(model)

    def whole(self, model):
        """Within it all variables are whole on each rank. All must enter it, where they are split."""
        return nullcontext() if self.split is None else self.split.whole(model)

    @property
    def replicas(self):
        """How many copies of the model train together."""
        return 1 if self.group is None else self.group.size

    @property
    def replica(self):
        """The number of this process's copy."""
        return 0 if self.group is None else self.group.rank


ALONE = Strategy()
_default = {"strategy": ALONE}


class _PerThread(threading.local):
    strategy = None


_set = _PerThread()


def current_strategy():
    """The Strategy set in this thread, or the program's."""
    return _default["strategy"] if _set.strategy is None else _set.strategy


def set_strategy(strategy):
    """Set the Strategy of this thread; None for the program's."""
    _set.strategy = strategy


def set_default_strategy(strategy):
    """Set the Strategy of all threads that set none of their own."""
    _default["strategy"] = strategy
