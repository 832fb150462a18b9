"""The only device: a CPU."""

from typing import NamedTuple

from minikeras.compat.tensorflow.notices import warn_once


class PhysicalDevice(NamedTuple):
    """A device of this machine."""

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device (or part of one) that a program computes on."""

    name: str
    device_type: str


class LogicalDeviceConfiguration(NamedTuple):
    """Which part of a device's memory a program may use. TensorFlow's settings for GPUs; stored, without effect."""

    memory_limit: int | None = None
    experimental_priority: int | None = None
    experimental_device_ordinal: int | None = None


_CPU = PhysicalDevice("/physical_device:CPU:0", "CPU")
_LOGICAL_CPU = LogicalDevice("/device:CPU:0", "CPU")
_settings = {"visible": True, "soft_placement": True, "configurations": {}}


def list_physical_devices(device_type=None):
    """The devices of this machine that minikeras can use: one CPU, and never a GPU."""
    return [_CPU] if device_type in (None, "CPU") else []


def list_logical_devices(device_type=None):
    """The devices that the program computes on: one CPU."""
    return [_LOGICAL_CPU] if device_type in (None, "CPU") else []


def get_visible_devices(device_type=None):
    """Alias of `list_physical_devices`."""
    return list_physical_devices(device_type)


def set_visible_devices(devices, device_type=None):
    """Choose among the devices. There is only the CPU, so it has no effect.

    Raises:
        ValueError: a device that does not exist.
    """
    for device in (
        devices if isinstance(devices, (list, tuple)) and not isinstance(devices, PhysicalDevice) else [devices]
    ):
        if device is not None and device != _CPU:
            raise ValueError(f"Unrecognized device: {device!r}. minikeras has {_CPU!r} only.")
    warn_once("set_visible_devices", "tf.config.set_visible_devices: minikeras computes on the CPU.")


def get_logical_device_configuration(device):
    """The device's configuration by `set_logical_device_configuration`, or None."""
    return _settings["configurations"].get(device)


def set_logical_device_configuration(device, logical_devices):
    """Store a configuration. It concerns the memory of GPUs, so it has no effect."""
    _settings["configurations"][device] = logical_devices
    warn_once("logical_devices", "tf.config.set_logical_device_configuration: minikeras computes on one CPU.")


def get_soft_device_placement():
    """Whether operations without a kernel on a device may go to another; as it was set."""
    return _settings["soft_placement"]


def set_soft_device_placement(enabled):
    """Store the setting; with one device it is without effect."""
    _settings["soft_placement"] = bool(enabled)
