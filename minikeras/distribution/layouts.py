"""`DeviceMesh`: devices in a grid with named axes; `TensorLayout`: how the axes of a tensor are split along them."""

import math

import numpy as np

from minikeras.distribution.devices import list_devices


class DeviceMesh:
    """Devices in a grid.

    Args:
        shape: lengths of the grid's axes.
        axis_names: as many names, such as ["batch", "model"].
        devices: names of the devices, as many as the grid has positions; those of `list_devices` if None.

    Raises:
        ValueError: an argument is empty, or they do not fit together.
    """

    def __init__(self, shape, axis_names, devices=None):
        if not shape or not axis_names:
            raise ValueError(
                f"Shape and axis_names cannot be empty in a mesh. Received: shape={shape}, axis_names={axis_names}"
            )
        if len(shape) != len(axis_names):
            raise ValueError(
                f"Shape and axis_names should have the same size. Received: shape={shape}, axis_names={axis_names}"
            )
        devices = np.array(list_devices() if devices is None else devices)
        if math.prod(shape) != devices.size:
            raise ValueError(
                "Shape does not match the number of devices: each place of the mesh takes one. "
                f"Received: shape={shape} and {devices.size} devices"
            )
        self._shape, self._axis_names, self._devices = shape, axis_names, devices.reshape(shape)

    @property
    def shape(self):
        """Lengths of the grid's axes."""
        return self._shape

    @property
    def axis_names(self):
        """Names of the grid's axes."""
        return self._axis_names

    @property
    def devices(self):
        """The names of the devices, an array of the mesh's shape."""
        return self._devices

    @property
    def backend_mesh(self):
        """Raises ValueError: the processes of one CPU each have no mesh of accelerators."""
        raise ValueError("A DeviceMesh has no form for the backend: its devices are the CPUs of processes.")

    def __repr__(self):
        return f"<{type(self).__name__} shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """The axis of a mesh along which each axis of a tensor is split.

    Args:
        axes: one name of a mesh axis per axis of the tensor; None for an axis that is not split.
        device_mesh: the mesh; it may be set later, once.

    Raises:
        ValueError: the mesh has no axis of a name.
    """

    def __init__(self, axes, device_mesh=None):
        self._axes = tuple(axes)
        self._device_mesh = device_mesh
        self._check_axes()

    @property
    def axes(self):
        """Names of mesh axes, or None."""
        return self._axes

    @property
    def device_mesh(self):
        """The mesh, or None."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh):
        if self._device_mesh is not None:
            raise ValueError(f"Cannot override the device mesh of a TensorLayout. It is {self._device_mesh} already.")
        self._device_mesh = device_mesh
        self._check_axes()

    @property
    def backend_layout(self):
        """Raises ValueError: with one CPU there are no accelerators to lay tensors out on."""
        raise ValueError("A TensorLayout has no form for the backend: there are no accelerators to lay tensors out on.")

    def _check_axes(self):
        if self._device_mesh is None:
            return
        unknown = {axis for axis in self._axes if axis is not None} - set(self._device_mesh.axis_names)
        if unknown:
            raise ValueError(
                "Invalid axis names for a TensorLayout: its axes are those of its mesh, "
                f"{list(self._device_mesh.axis_names)}, or None. Received: {sorted(unknown)}"
            )

    def __repr__(self):
        return f"<{type(self).__name__} axes={self.axes}, device_mesh={self.device_mesh}>"
