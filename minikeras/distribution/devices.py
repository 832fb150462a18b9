"""Lists the devices, the CPU of each process that MPI started (usually one), and connects the processes."""

import math

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.collectives.launched import is_launched, launched_rank_and_size


def list_devices(device_type=None):
    """The names of the devices of a kind ("cpu", "gpu", "tpu"), or of all: ["cpu:0", "cpu:1"] of two processes."""
    count = launched_rank_and_size()[1]
    return [f"cpu:{rank}" for rank in range(count)] if device_type is None or device_type.lower() == "cpu" else []


def get_device_count(device_type=None):
    """How many devices of a kind there are (Keras has it for JAX only)."""
    return len(list_devices(device_type))


def initialize(job_addresses=None, num_processes=None, process_id=None):
    """Connect this process with the others (Keras has it for JAX only).

    MPI knows the others, so all arguments may be left out; a single process has nothing to connect.

    Args:
        job_addresses: as in Keras; MPI has its own, so they are not used.
        num_processes, process_id: the caller's expectations, which are checked.

    Raises:
        ValueError: MPI started a different number of processes, or gave this one a different rank.
        ImportError: mpi4py or MPI is not installed.
    """
    rank, size = launched_rank_and_size()
    if num_processes not in (None, size):
        raise ValueError(
            f"This job has {size} process{'es' if size > 1 else ''}. Received: num_processes={num_processes}. Start as "
            f"many with `mpiexec -n {num_processes} python script.py`, or `minikeras run -n {num_processes} script.py`."
        )
    if is_launched() and process_id not in (None, rank):
        raise ValueError(f"MPI gave this process the rank {rank}. Received: process_id={process_id}")
    if is_launched():
        all_processes()


def all_processes():
    """The `Group` of all processes of the job; starts MPI if that has not been done."""
    from minikeras.collectives.world import start  # here: one process needs nothing of it

    return start()


def distribute_tensor(tensor, layout):
    """The part of a tensor that a layout assigns to this process; all of it if it is not split.

    (Keras has it for JAX only, where the result stands for all parts.)

    Raises:
        ValueError: an axis does not divide into as many parts as the mesh has positions along it.
    """
    mesh = layout.device_mesh
    if mesh is None or math.prod(mesh.shape) == 1:
        return tensor
    array = as_array(tensor)
    return Tensor(np.ascontiguousarray(array[part_of(array.shape, layout, place_in(mesh))]))


def place_in(mesh):
    """{name of a mesh axis: this process's position along it}.

    Raises:
        ValueError: its device is not in the mesh.
    """
    name = f"cpu:{launched_rank_and_size()[0]}"
    found = np.argwhere(mesh.devices == name)
    if len(found) != 1:
        raise ValueError(f"The mesh must hold the device {name!r} of this process once. Received: {mesh.devices}")
    return dict(zip(mesh.axis_names, found[0].tolist(), strict=True))


def axis_lengths(mesh):
    """{name of a mesh axis: how many positions it has}."""
    return dict(zip(mesh.axis_names, mesh.shape, strict=True))


def part_of(shape, layout, place):
    """The slices of a tensor of this shape that the process at a position of the mesh holds.

    Raises:
        ValueError: the layout is for a different number of axes, or an axis does not divide evenly.
    """
    if len(shape) != len(layout.axes):
        raise ValueError(
            f"A layout names one axis of the mesh, or None, for each axis of the tensor. Received: {layout} for "
            f"shape={tuple(shape)}"
        )
    lengths = axis_lengths(layout.device_mesh)
    slices = []
    for length, axis in zip(shape, layout.axes, strict=True):
        count = 1 if axis is None else lengths[axis]
        if length % count:
            raise ValueError(
                f"An axis of length {length} does not divide into the {count} parts of the mesh axis {axis!r}. "
                f"Received: shape={tuple(shape)}, {layout}"
            )
        begin = 0 if axis is None else place[axis] * (length // count)
        slices.append(slice(begin, begin + length // count))
    return tuple(slices)
