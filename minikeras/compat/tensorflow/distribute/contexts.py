"""The active strategy, and whether code runs within `Strategy.run`."""

import threading

from minikeras import tree
from minikeras.collectives.strategy import current_strategy
from minikeras.compat.tensorflow.conversion import tensor


class _State(threading.local):
    def __init__(self):
        self.strategies = []  # opened by `scope()`, innermost last
        self.in_replica = False


state = _State()
default = {"strategy": None, "make": None}  # of no scope; `strategy.py`, which has its class, sets "make"


def get_strategy():
    """The strategy of the current scope; outside of all, a default one for one device."""
    if state.strategies:
        return state.strategies[-1]
    if default["strategy"] is None:
        default["strategy"] = default["make"]()
    return default["strategy"]


def has_strategy():
    """Whether this is in the scope of a strategy."""
    return bool(state.strategies)


def experimental_set_strategy(strategy):
    """Enter the scope of a strategy permanently; None leaves it."""
    state.strategies = [] if strategy is None else [strategy]


def in_cross_replica_context():
    """Whether this is in the scope of a strategy, outside its `run`."""
    return has_strategy() and not state.in_replica


def get_replica_context():
    """The `ReplicaContext`; None in the scope of a strategy outside its `run`."""
    return None if in_cross_replica_context() else ReplicaContext(get_strategy(), current_strategy().replica)


class ReplicaContext:
    """The replica of this process in which `Strategy.run` runs its function.

    Attributes:
        strategy: the strategy.
        replica_id_in_sync_group: the number of this process among those that train together.
    """

    def __init__(self, strategy, replica_id_in_sync_group):
        self.strategy = strategy
        self.replica_id_in_sync_group = tensor(replica_id_in_sync_group)

    @property
    def num_replicas_in_sync(self):
        """How many replicas there are."""
        return self.strategy.num_replicas_in_sync

    @property
    def devices(self):
        """The one device."""
        return ["/device:CPU:0"]

    def all_reduce(self, reduce_op, value, options=None):
        """The sum or mean over the replicas."""
        return self.strategy.reduce(reduce_op, tree.map_structure(tensor, value), None)

    def all_gather(self, value, axis, options=None):
        """The values of all replicas joined along an axis."""
        return self.strategy.gather(value, axis)

    def merge_call(self, merge_fn, args=(), kwargs=None):
        """`merge_fn(strategy, *args, **kwargs)`, outside of replicas."""
        before, state.in_replica = state.in_replica, False
        try:
            return merge_fn(self.strategy, *args, **(kwargs or {}))
        finally:
            state.in_replica = before

    def __enter__(self):
        state.in_replica = True
        return self

    def __exit__(self, *error):
        state.in_replica = False
