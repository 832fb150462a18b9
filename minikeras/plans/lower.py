"""Lowering: which instructions run as compiled jobs, and how.

A *lowering* looks at an instruction and the shapes and dtypes of its slots, and returns None or a function that makes
jobs (see `kernels/tasks.py`) on arrays at fixed places. What has no lowering runs by NumPy, as on the tape.

    LOWERINGS: {name of a fused pattern, or (kind of instruction, op class): lowering}
"""

import importlib.util

import numpy as np

from minikeras.autodiff.shapes import Reshape
from minikeras.kernels.convolution import algorithms
from minikeras.kernels.dense import dense_input_gradient_jobs, dense_jobs, dense_kernel_gradient_jobs
from minikeras.kernels.registry import jit_disabled
from minikeras.ops.convolution import Conv, groups_of
from minikeras.plans.fuse import Fused
from minikeras.plans.instructions import Compute, Gradient

LOWERINGS = {}


def lowers(*keys):
    """Decorator: registers a lowering for instructions of these kinds."""

    def register(function):
        for key in keys:
            LOWERINGS[key] = function
        return function

    return register


def lowering_of(instruction, slots):
    """A function {slot: array} -> jobs, or None where the instruction runs by NumPy."""
    key = instruction.name if isinstance(instruction, Fused) else (type(instruction), type(_op(instruction)))
    lowering = LOWERINGS.get(key)
    return None if lowering is None else lowering(instruction, slots)


def _op(instruction):
    return getattr(instruction, "op", None)


def can_compile():
    """Whether jobs can be compiled: not where `NUMBA_DISABLE_JIT` asks for steps that a debugger can follow."""
    return not jit_disabled() and importlib.util.find_spec("numba") is not None


def view_of(instruction):
    """(source, target) if the instruction only gives the numbers of one slot another shape; else None."""
    if type(getattr(instruction, "op", None)) is not Reshape:
        return None
    if isinstance(instruction, Compute):
        return instruction.reads[0], instruction.writes[0]
    return (instruction.dys[0], instruction.writes[0]) if isinstance(instruction, Gradient) else None


def all_float32(slots, indices):
    """Whether all these slots hold float32 arrays that are not empty."""
    return all(slots[i].dtype == np.float32 and 0 not in slots[i].shape for i in indices)


def as_matrix(array):
    """A contiguous array as rows of its last axis."""
    return array.reshape(-1, array.shape[-1])


@lowers("dense", "dense + bias", "dense + relu", "dense + bias + relu")
def dense(fused, slots):
    """y = relu(x · kernel + bias) in one job."""
    roles = fused.roles
    if not all_float32(slots, roles.values()):
        return None

    def jobs(arrays):
        bias = arrays[roles["bias"]] if "bias" in roles else None
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        return dense_jobs(x, arrays[roles["kernel"]], bias, y, relu=fused.settings["relu"])

    return jobs


@lowers("gradient of dense", "gradient of dense and of the relu below")
def dense_gradient(fused, slots):
    """dkernel and dbias in one job, dx in another."""
    roles = fused.roles
    if not all_float32(slots, roles.values()):
        return None

    def jobs(arrays):
        x, dy, dkernel = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["dy"]]), arrays[roles["dkernel"]]
        made = dense_kernel_gradient_jobs(x, dy, dkernel, arrays[roles["dbias"]] if "dbias" in roles else None)
        if "dx" in roles:
            relu_output = x if fused.settings["masked"] else None
            dx = as_matrix(arrays[roles["dx"]])
            made += dense_input_gradient_jobs(dy, arrays[roles["kernel"]], dx, relu_output)
        return made

    return jobs


@lowers("convolution", "convolution + bias", "convolution + relu", "convolution + bias + relu")
def convolution(fused, slots):
    """y = relu(convolution(x, kernel) + bias) by the algorithm that fits the shapes."""
    roles = fused.roles
    if not all_float32(slots, roles.values()):
        return None
    geometry = _geometry(fused.settings["op"], slots, roles["x"], roles["kernel"])
    if geometry is None:
        return None

    def jobs(arrays):
        x, kernel, y = (arrays[roles[role]] for role in ("x", "kernel", "y"))
        bias = arrays[roles["bias"]] if "bias" in roles else None
        return algorithms.forward_jobs(x, kernel, bias, y, *geometry, relu=fused.settings["relu"])

    return jobs


@lowers((Gradient, Conv))
def convolution_gradient(instruction, slots):
    """dkernel and dx of a convolution."""
    (x, kernel), (dy,), (dx, dkernel) = instruction.inputs, instruction.dys, instruction.writes
    if not all_float32(slots, [i for i in (x, kernel, dy, dx, dkernel) if i is not None]):
        return None
    geometry = _geometry(instruction.op, slots, x, kernel)
    if geometry is None:
        return None

    def jobs(arrays):
        made = []
        if dkernel is not None:
            made += algorithms.kernel_gradient_jobs(arrays[x], arrays[dy], arrays[dkernel], *geometry)
        if dx is not None:
            made += algorithms.input_gradient_jobs(arrays[dy], arrays[kernel], arrays[dx], *geometry)
        return made

    return jobs


def _geometry(op, slots, x, kernel):
    """(strides, pads, dilation) of a convolution of images in one group; None for others."""
    x_shape, kernel_shape = slots[x].shape, slots[kernel].shape
    if len(x_shape) != 4 or groups_of(x_shape[-1], kernel_shape) != 1 or algorithms.wants_reference():
        return None
    return op.geometry(x_shape[1:-1], kernel_shape[:-2])
