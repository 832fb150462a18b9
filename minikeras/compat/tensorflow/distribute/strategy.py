"""Strategies, which distribute computation over the processes that MPI started, or run it in the only one.

All use the program's single `Strategy` (`minikeras/collectives/strategy.py`), through `minikeras/models/strategy.py`.
"""

from contextlib import contextmanager

from minikeras import tree
from minikeras.collectives.strategy import current_strategy
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.distribute.contexts import default, state
from minikeras.compat.tensorflow.distribute.cross_device import InputContext, ReduceOp
from minikeras.compat.tensorflow.notices import warn_once
from minikeras.data.division import OwnBatches
from minikeras.distribution.strategies import train_on_all_processes
from minikeras.models.strategy import REPLICAS


class Strategy:
    """Base class of all strategies: one replica for each process that trains, on its CPU."""

    def __init__(self, extended=None):
        self._extended = extended
        if type(self) is not DefaultStrategy:
            warn_once(
                type(self).__name__,
                f"tf.distribute.{type(self).__name__}: minikeras computes on the CPU of each process, here "
                f"{current_strategy().replicas}.",
            )

    @property
    def num_replicas_in_sync(self):
        """The number of replicas: that of the processes that train together, or 1."""
        return current_strategy().replicas

    @property
    def cluster_resolver(self):
        """The resolver of machines; None."""
        return None

    @property
    def extended(self):
        """The strategy itself, for names such as `extended.worker_devices`."""
        return self

    @property
    def worker_devices(self):
        """The one device."""
        return ("/device:CPU:0",)

    parameter_devices = worker_devices

    @contextmanager
    def scope(self):
        """Inside it, `tf.distribute.get_strategy()` returns this strategy. Variables are created as always."""
        state.strategies.append(self)
        try:
            yield self
        finally:
            state.strategies.pop()

    def run(self, fn, args=(), kwargs=None, options=None):
        """`fn(*args, **kwargs)` on every replica: once in this process."""
        strategies, before = state.strategies, state.in_replica
        state.strategies, state.in_replica = [*strategies, self], True
        try:
            return REPLICAS.run(fn, args, kwargs)
        finally:
            state.strategies, state.in_replica = strategies, before

    def reduce(self, reduce_op, value, axis):
        """The results of `run`, summed or averaged over the replicas and, unless it is None, along `axis`.

        Args:
            reduce_op: `tf.distribute.ReduceOp.SUM` or `MEAN`, or their names.
            value: a tensor or a nest of them.
            axis: an axis, or None.
        """
        return REPLICAS.reduce(ReduceOp(_name_of(reduce_op)).value, tree.map_structure(tensor, value), axis)

    def gather(self, value, axis):
        """The values of all replicas joined along an axis."""
        return REPLICAS.gather(tree.map_structure(tensor, value), axis)

    def experimental_local_results(self, value):
        """The values of the replicas: a tuple with one."""
        return (value,)

    def experimental_distribute_dataset(self, dataset, options=None):
        """The batches of the dataset, each reduced to this replica's rows."""
        return REPLICAS.experimental_distribute_dataset(dataset)

    def distribute_datasets_from_function(self, dataset_fn, options=None):
        """`dataset_fn(context)`, which makes the data of this replica."""
        data = dataset_fn(_input_context())
        return OwnBatches(data) if current_strategy().group else data

    experimental_distribute_datasets_from_function = distribute_datasets_from_function

    def experimental_distribute_values_from_function(self, value_fn):
        """`value_fn(context)` for this process's replica."""
        return value_fn(_input_context())


def _name_of(reduce_op):
    return reduce_op.value if isinstance(reduce_op, ReduceOp) else str(reduce_op).upper()


def _input_context():
    strategy = current_strategy()
    return InputContext(strategy.replicas, strategy.replica, strategy.replicas)


class DefaultStrategy(Strategy):
    """The strategy outside of all scopes."""


default["make"] = DefaultStrategy


class MirroredStrategy(Strategy):
    """Copies of a model on several GPUs of a machine: here in each process that MPI started, on its CPU.

    Args:
        devices, cross_device_ops: which devices, and how they exchange values; without effect.
    """

    def __init__(self, devices=None, cross_device_ops=None):
        train_on_all_processes()
        super().__init__()


class MultiWorkerMirroredStrategy(Strategy):
    """Copies of a model on several machines: here in each process that MPI started, on one or several.

    Args:
        cluster_resolver, communication_options: which machines, and how they communicate; without effect.
    """

    def __init__(self, cluster_resolver=None, communication_options=None):
        train_on_all_processes()
        super().__init__()


class OneDeviceStrategy(Strategy):
    """Everything on one device: here always the CPU."""

    def __init__(self, device):
        super().__init__()


class TPUStrategy(Strategy):
    """Copies of a model on TPUs, which minikeras does not have.

    Raises:
        NotImplementedError: always.
    """

    def __init__(
        self, tpu_cluster_resolver=None, experimental_device_assignment=None, experimental_spmd_xla_partitioning=False
    ):
        raise NotImplementedError("There is no TPU: minikeras computes on the CPU. Use tf.distribute.get_strategy().")


class ParameterServerStrategy(Strategy):
    """Variables on other machines, which minikeras does not have.

    Raises:
        NotImplementedError: always.
    """

    def __init__(self, cluster_resolver=None, variable_partitioner=None):
        raise NotImplementedError("minikeras computes on this machine only. Use tf.distribute.get_strategy().")
