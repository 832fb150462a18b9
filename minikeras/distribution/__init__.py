"""`keras.distribution`: how data and variables would be spread over devices. Here that is one CPU.

As in Keras on TensorFlow with one device, meshes, layouts and distributions can be made and asked, a distribution can
be set, and training goes on unchanged: every layout of one device is the whole tensor. `get_device_count`,
`initialize` and `distribute_tensor` raise, as they do there.
"""

__replay__ = "computes"

from minikeras.distribution.devices import distribute_tensor, get_device_count, initialize, list_devices
from minikeras.distribution.layout_map import LayoutMap
from minikeras.distribution.layouts import DeviceMesh, TensorLayout
from minikeras.distribution.strategies import DataParallel, ModelParallel, distribution, set_distribution
from minikeras.missing_names import explain_missing_names

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
