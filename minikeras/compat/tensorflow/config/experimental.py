"""`tf.config.experimental`: older names, GPU memory, and numerical modes of other devices."""

from minikeras.compat.tensorflow.config.devices import (
    LogicalDeviceConfiguration as VirtualDeviceConfiguration,
)
from minikeras.compat.tensorflow.config.devices import (
    get_logical_device_configuration as get_virtual_device_configuration,
)
from minikeras.compat.tensorflow.config.devices import (
    get_visible_devices,
    list_logical_devices,
    list_physical_devices,
    set_visible_devices,
)
from minikeras.compat.tensorflow.config.devices import (
    set_logical_device_configuration as set_virtual_device_configuration,
)

__all__ = [
    "VirtualDeviceConfiguration",
    "enable_op_determinism",
    "enable_tensor_float_32_execution",
    "get_device_details",
    "get_memory_growth",
    "get_memory_info",
    "get_synchronous_execution",
    "get_virtual_device_configuration",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "set_memory_growth",
    "set_synchronous_execution",
    "set_virtual_device_configuration",
    "set_visible_devices",
    "tensor_float_32_execution_enabled",
]

_settings = {"tensor_float_32": True, "synchronous": True}


def set_memory_growth(device, enable):
    """Has no effect: it concerns GPUs, of which there are none.

    Raises:
        ValueError: always, since the CPU allocates memory as needed.
    """
    raise ValueError(f"Only GPUs have a memory growth to set. Received: {device}")


def get_memory_growth(device):
    """Nothing is set for a CPU, as in TensorFlow: raises a ValueError."""
    raise ValueError(f"Memory growth is not defined for non-GPU devices. Received: {device}")


def get_memory_info(device):
    """Nothing is counted for a CPU, as in TensorFlow."""
    return {"current": 0, "peak": 0}


def get_device_details(device):
    """Nothing is known of a CPU, as in TensorFlow."""
    return {}


def enable_op_determinism():
    """No effect: minikeras computes the same values for the same seed in every run."""


def enable_tensor_float_32_execution(enabled):
    """Store the setting. It concerns GPUs."""
    _settings["tensor_float_32"] = bool(enabled)


def tensor_float_32_execution_enabled():
    """The stored setting; True if it was not."""
    return _settings["tensor_float_32"]


def set_synchronous_execution(enable):
    """Store the setting; without effect, since each operation here has ended when its call returns."""
    _settings["synchronous"] = enable is None or bool(enable)


def get_synchronous_execution():
    """The stored setting; True if it was not."""
    return _settings["synchronous"]
