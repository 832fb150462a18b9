"""`keras.distribution`: distributes data and variables over processes, each of which computes on its CPU.

A program started without MPI has one process and the device "cpu:0": meshes, layouts and distributions can be made and
queried, and training is unchanged, as in Keras on TensorFlow with one device. Started by MPI (`minikeras run -n
4`, `mpiexec -n 4 python …`), it has one device for each process, and `set_distribution(DataParallel())` lets `fit`
divide each batch among them (docs/distribution.md). A distribution sets the program's `Strategy` of `collectives/`.
"""

__replay__ = "computes"

from minikeras.base.missing_names import explain_missing_names
from minikeras.distribution.devices import distribute_tensor, get_device_count, initialize, list_devices
from minikeras.distribution.layout_map import LayoutMap
from minikeras.distribution.layouts import DeviceMesh, TensorLayout
from minikeras.distribution.strategies import DataParallel, ModelParallel, distribution, set_distribution

__all__ = [
    "DataParallel",
    "DeviceMesh",
    "LayoutMap",
    "ModelParallel",
    "TensorLayout",
    "distribute_tensor",
    "distribution",
    "get_device_count",
    "initialize",
    "list_devices",
    "set_distribution",
]

__getattr__ = explain_missing_names(__name__, __all__)
