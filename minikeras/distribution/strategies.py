"""`DataParallel`, `ModelParallel`: the layouts of data and variables; and the distribution that the program has set."""

import math
import threading
from contextlib import contextmanager

import numpy as np

from minikeras import tree
from minikeras.base.messages import warn
from minikeras.collectives.launched import is_launched, launched_rank_and_size
from minikeras.collectives.strategy import Strategy, set_default_strategy, set_strategy
from minikeras.data.division import RowsOfRank
from minikeras.distribution.devices import all_processes, list_devices, place_in
from minikeras.distribution.layout_map import LayoutMap
from minikeras.distribution.layouts import DeviceMesh, TensorLayout


class _PerThread(threading.local):
    distribution = None


_set = _PerThread()


def distribution():
    """The Distribution that is set in this thread, or None."""
    return _set.distribution


def set_distribution(value):
    """Set the Distribution of this thread: `fit` now trains on the processes of its mesh; with None, on this one only.

    Raises:
        ValueError: the mesh does not have exactly one device of each process that MPI started.
    """
    set_strategy(None if value is None else value.strategy)
    _set.distribution = value


class Distribution:
    """Base class: a mesh, and the axis of it along which batches are split.

    Args:
        device_mesh: a DeviceMesh.
        batch_dim_name: the name of its axis for batches.
        auto_shard_dataset: whether all processes get the same data, and each takes its rows of every batch.
            False: each is given its own.
    """

    num_processes = property(lambda self: launched_rank_and_size()[1], doc="How many processes there are.")
    data_shard_id = property(lambda self: self.strategy.replica, doc="The number of this process's part of the data.")

    def __init__(self, device_mesh, batch_dim_name=None, auto_shard_dataset=True):
        self._strategy = None
        self._device_mesh = device_mesh
        self._batch_dim_name = batch_dim_name
        self._auto_shard_dataset = auto_shard_dataset

    @property
    def strategy(self):
        """The `Strategy` that carries it out in this program; the first access connects the processes."""
        if self._strategy is None:
            self._strategy = self._make_strategy()
        return self._strategy

    def _make_strategy(self):
        size = launched_rank_and_size()[1]
        if size == 1:
            return Strategy()
        count = math.prod(self.device_mesh.shape)
        if count != size:
            raise ValueError(
                f"A mesh has one device of each process. Received: {count} devices for {size} processes. "
                "`keras.distribution.list_devices()` names them."
            )
        return Strategy(all_processes(), self.auto_shard_dataset)

    @property
    def device_mesh(self):
        """The mesh."""
        return self._device_mesh

    @property
    def batch_dim_name(self):
        """The axis of the mesh along which batches are split."""
        return self._batch_dim_name

    @property
    def auto_shard_dataset(self):
        """Whether all processes are given the same data."""
        return self._auto_shard_dataset

    @auto_shard_dataset.setter
    def auto_shard_dataset(self, auto_shard_dataset):
        self._auto_shard_dataset = auto_shard_dataset
        if self._strategy is not None:
            self._strategy.auto_shard = auto_shard_dataset

    @property
    def num_model_replicas(self):
        """How many copies of the model there are on the mesh."""
        raise NotImplementedError

    def get_data_layout(self, data_shape):
        """The TensorLayout of a batch of this shape."""
        raise NotImplementedError

    def get_variable_layout(self, variable):
        """The TensorLayout of a Variable."""
        raise NotImplementedError

    def get_tensor_layout(self, path):
        """The TensorLayout of an intermediate tensor with this path, or None."""
        raise NotImplementedError

    @contextmanager
    def scope(self):
        """A context in which this Distribution is set."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    def distribute_dataset(self, dataset):
        """The batches of the data set, cut to this process's rows."""
        group = self.strategy.group
        return dataset if group is None or not self.auto_shard_dataset else RowsOfRank(dataset, group)

    def distribute_tf_dataset(self, dataset):
        """The same for a `tf.data.Dataset`.

        Raises:
            ValueError: its elements are not batches.
        """
        if not all(len(getattr(spec, "shape", ())) for spec in tree.flatten(dataset.element_spec)):
            raise ValueError(
                f"The Dataset must yield batches, whose rows are divided among the processes. Received: {dataset}. Add "
                "`.batch(batch_size)`."
            )
        group = self.strategy.group
        return dataset.prefetch(-1) if group is None else RowsOfRank(dataset, group)

    def __repr__(self):
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"

    def _batch_layout(self, data_shape):
        axes = [None] * len(data_shape)
        axes[0] = self.batch_dim_name
        return TensorLayout(axes, self.device_mesh)

    def _whole(self, variable):
        """The layout that the Variable was given; without one, that of a variable that is not split."""
        given = getattr(variable, "_layout", None)
        return TensorLayout([None] * len(variable.shape), self.device_mesh) if given is None else given


class DataParallel(Distribution):
    """Splits batches over the devices; each device has all variables whole.

    Args:
        device_mesh: a DeviceMesh of one axis; if None, one is made of `devices`, or of all devices.
        devices: names of devices.
        auto_shard_dataset: see `Distribution`.

    Raises:
        ValueError: `device_mesh` is not a DeviceMesh.
    """

    def __init__(self, device_mesh=None, devices=None, auto_shard_dataset=True):
        if device_mesh is None:
            devices = np.array(list_devices() if devices is None or len(devices) == 0 else devices)
            device_mesh = DeviceMesh(devices.shape, ["batch"], devices)
        elif not isinstance(device_mesh, DeviceMesh):
            raise ValueError(
                f"`device_mesh` must be an instance of DeviceMesh. Received: {device_mesh!r} of {type(device_mesh)}"
            )
        elif devices is None and len(device_mesh.shape) != 1:
            warn(f"DataParallel splits along the first axis of the mesh, and there are others: {device_mesh}")
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)

    @property
    def num_model_replicas(self):
        return self.device_mesh.devices.size

    def get_data_layout(self, data_shape):
        return self._batch_layout(data_shape)

    def get_variable_layout(self, variable):
        return self._whole(variable)

    def get_tensor_layout(self, path):
        return None


class ModelParallel(Distribution):
    """Splits batches over the devices, and variables too, by a LayoutMap.

    Args:
        layout_map: the LayoutMap, with the mesh.
        batch_dim_name: the mesh axis for batches; the first if None.
        auto_shard_dataset: see `Distribution`.
        **kwargs: as in Keras: ignored, so that code for its other versions runs.

    Raises:
        ValueError: `layout_map` is not a LayoutMap.
    """

    def __init__(self, *, layout_map=None, batch_dim_name=None, auto_shard_dataset=True, **kwargs):
        if not isinstance(layout_map, LayoutMap):
            raise ValueError(f"You must specify a `layout_map`, a LayoutMap. Received: layout_map={layout_map!r}")
        mesh = layout_map.device_mesh
        super().__init__(mesh, batch_dim_name or mesh.axis_names[0], auto_shard_dataset)
        self._layout_map = layout_map

    def _make_strategy(self):
        if launched_rank_and_size()[1] == 1:
            return Strategy()
        from minikeras.distribution.splitting import SplitModels  # here: one process needs nothing of it

        everyone = super()._make_strategy().everyone
        place = place_in(self.device_mesh)
        along_batch = place.pop(self.batch_dim_name)
        if len(place) > 1:
            raise ValueError(
                "Variables are split along one axis of the mesh in addition to that of the batches. "
                f"Received: {self.device_mesh}, batch_dim_name={self.batch_dim_name!r}"
            )
        batch_group = everyone.subgroup(*place.values()) if place else everyone
        split = SplitModels(self, everyone.subgroup(along_batch), everyone) if place else None
        return Strategy(batch_group, self.auto_shard_dataset, split, everyone)

    @property
    def num_model_replicas(self):
        mesh = self.device_mesh
        return mesh.shape[list(mesh.axis_names).index(self.batch_dim_name)]

    def get_data_layout(self, data_shape):
        return self._batch_layout(data_shape)

    def get_variable_layout(self, variable):
        given = getattr(variable, "_layout", None) or self._layout_map[variable.path]
        return self._whole(variable) if given is None else given

    def get_tensor_layout(self, path):
        return self._layout_map[path]


def train_on_all_processes():
    """Let all threads of this program train on all processes that MPI started, if there are several.

    `minikeras run` and `tf.distribute.MirroredStrategy` call it; `set_distribution` takes precedence over it.
    """
    if is_launched():
        set_default_strategy(DataParallel().strategy)
