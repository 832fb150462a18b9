"""`ReplicaStrategy`: the methods of TensorFlow's strategies, on the program's one `Strategy` (see `collectives/`)."""

from contextlib import contextmanager

import numpy as np

from minikeras import ops, tree
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.collectives.share import Share, working_on
from minikeras.collectives.strategy import current_strategy
from minikeras.data.division import RowsOfRank


class ReplicaStrategy:
    """Runs everything on each of the processes that train together, usually one: `model.distribute_strategy`.

    So training steps written for several devices, which run a function on each replica and then reduce the results,
    work unchanged.
    """

    @property
    def num_replicas_in_sync(self):
        """The number of processes that train together."""
        return current_strategy().replicas

    @contextmanager
    def scope(self):
        """A context without effect: Variables are created in this process, as everywhere."""
        yield self

    def run(self, fn, args=(), kwargs=None, options=None):
        """Return `fn(*args, **kwargs)`. `options` is for distribution in TensorFlow, and must be None."""
        if options is not None:
            raise NotImplementedError(f"There is nothing to distribute, so no options. Received: options={options}")
        group = current_strategy().group
        if group is None:
            return fn(*args, **(kwargs or {}))
        share = Share(group.rank, group.size, group.rank, 1, group.size, adds_gradients=True, is_whole=False)
        with working_on(share, group):
            return fn(*args, **(kwargs or {}))

    def reduce(self, reduce_op, value, axis):
        """The sum or mean of a value over the replicas, and over an axis of samples.

        The mean over an axis is that of all elements along it, of which replicas may have different numbers.

        Args:
            reduce_op: "sum" or "mean" in upper or lower case, or an enum member with such a name.
            value: this replica's value: a tensor, or a nest of them.
            axis: axis (or axes) to sum or average over; None for none.

        Raises:
            ValueError: another `reduce_op`.
        """
        name = str(getattr(reduce_op, "value", reduce_op)).upper()
        if name not in ("SUM", "MEAN"):
            raise ValueError(f"`reduce_op` must be 'SUM' or 'MEAN'. Received: reduce_op={reduce_op!r}")
        return tree.map_structure(lambda x: _reduced(x, name == "MEAN", axis, current_strategy().group), value)

    def gather(self, value, axis):
        """The replicas' values joined along `axis`."""
        group = current_strategy().group
        if group is None:
            return value
        return tree.map_structure(lambda x: Tensor(np.concatenate(group.all_gather(as_array(x)), axis)), value)

    def experimental_local_results(self, value):
        """A tuple with the values of this process's replicas, of which there is one."""
        return (value,)

    def experimental_distribute_dataset(self, dataset):
        """The data set with only this replica's rows of each batch."""
        group = current_strategy().group
        return dataset if group is None else RowsOfRank(dataset, group)


def _reduced(x, is_mean, axis, group):
    """The sum or mean of a tensor over an axis, and over the ranks of `group` (None: a single process)."""
    if group is None:
        return x if axis is None else ops.mean(x, axis) if is_mean else ops.sum(x, axis)
    total = group.all_sum([as_array(x if axis is None else ops.sum(x, axis))])[0]
    if not is_mean:
        return Tensor(total)
    counted = 1 if axis is None else np.prod([np.shape(x)[each] for each in np.atleast_1d(axis)])
    count = group.all_sum([np.array([counted], "float64")])[0].item()
    return Tensor((total / count).astype(total.dtype if total.dtype.kind == "f" else "float32"))


REPLICAS = ReplicaStrategy()
