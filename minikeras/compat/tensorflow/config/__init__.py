"""`tf.config`: the available devices (one CPU), and settings of TensorFlow that change no result here."""

from minikeras.compat.tensorflow.config import experimental, optimizer, threading
from minikeras.compat.tensorflow.config.devices import (
    LogicalDevice,
    LogicalDeviceConfiguration,
    PhysicalDevice,
    get_logical_device_configuration,
    get_soft_device_placement,
    get_visible_devices,
    list_logical_devices,
    list_physical_devices,
    set_logical_device_configuration,
    set_soft_device_placement,
    set_visible_devices,
)
from minikeras.compat.tensorflow.function import functions_run_eagerly, run_functions_eagerly

__all__ = [
    "LogicalDevice",
    "LogicalDeviceConfiguration",
    "PhysicalDevice",
    "experimental",
    "experimental_connect_to_cluster",
    "experimental_connect_to_host",
    "experimental_functions_run_eagerly",
    "experimental_run_functions_eagerly",
    "functions_run_eagerly",
    "get_logical_device_configuration",
    "get_soft_device_placement",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "optimizer",
    "run_functions_eagerly",
    "set_logical_device_configuration",
    "set_soft_device_placement",
    "set_visible_devices",
    "threading",
]

experimental_run_functions_eagerly = run_functions_eagerly
experimental_functions_run_eagerly = functions_run_eagerly


def experimental_connect_to_host(remote_host=None, job_name="worker"):
    """minikeras computes on this machine only.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("minikeras computes on this machine only, so there is no other one to connect to.")


def experimental_connect_to_cluster(
    cluster_spec_or_resolver,
    job_name="localhost",
    task_index=0,
    protocol=None,
    make_master_device_default=True,
    cluster_device_filters=None,
):
    """minikeras computes on this machine only.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("minikeras computes on this machine only, so there is no cluster to connect to.")
