"""Dense layers and convolutions as jobs."""

from minikeras.kernels.convolution import algorithms
from minikeras.kernels.convolution.depthwise_jobs import (
    depthwise_input_gradient_jobs,
    depthwise_jobs,
    depthwise_kernel_gradient_jobs,
)
from minikeras.kernels.dense import dense_input_gradient_jobs, dense_jobs, dense_kernel_gradient_jobs
from minikeras.ops.convolution import Conv, groups_of
from minikeras.plans.instructions import Gradient
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers


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

    return Lowering(jobs, fused.reads, fused.writes)


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

    return Lowering(jobs, fused.reads, fused.writes)


@lowers("convolution", "convolution + bias", "convolution + relu", "convolution + bias + relu")
def convolution(fused, slots):
    """y = relu(convolution(x, kernel) + bias) by the algorithm that fits the shapes."""
    roles = fused.roles
    if not all_float32(slots, roles.values()):
        return None
    geometry, depthwise = _geometry(fused.settings["op"], slots, roles["x"], roles["kernel"])
    if geometry is None:
        return None

    def jobs(arrays):
        x, kernel, y = (arrays[roles[role]] for role in ("x", "kernel", "y"))
        bias = arrays[roles["bias"]] if "bias" in roles else None
        if depthwise:
            return depthwise_jobs(x, kernel[:, :, 0], bias, y, *geometry, relu=fused.settings["relu"])
        return algorithms.forward_jobs(x, kernel, bias, y, *geometry, relu=fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)


@lowers((Gradient, Conv))
def convolution_gradient(instruction, slots):
    """dkernel and dx of a convolution."""
    (x, kernel), (dy,), (dx, dkernel) = instruction.inputs, instruction.dys, instruction.writes
    if not all_float32(slots, (x, kernel, dy, dx, dkernel)):
        return None
    geometry, depthwise = _geometry(instruction.op, slots, x, kernel)
    if geometry is None:
        return None

    def jobs(arrays):
        made = []
        if depthwise and dkernel is not None:
            made += depthwise_kernel_gradient_jobs(arrays[x], arrays[dy], arrays[dkernel][:, :, 0], *geometry)
        if depthwise and dx is not None:
            made += depthwise_input_gradient_jobs(arrays[dy], arrays[kernel][:, :, 0], arrays[dx], *geometry)
        if depthwise:
            return made
        if dkernel is not None:
            made += algorithms.kernel_gradient_jobs(arrays[x], arrays[dy], arrays[dkernel], *geometry)
        if dx is not None:
            made += algorithms.input_gradient_jobs(arrays[dy], arrays[kernel], arrays[dx], *geometry)
        return made

    return Lowering(jobs, instruction.reads, instruction.writes)


def _geometry(op, slots, x, kernel):
    """((strides, pads, dilation), whether each channel has a filter of its own); (None, False) if there are no jobs.

    There are some for convolutions of images in one group, and in as many groups as channels and filters.
    """
    x_shape, kernel_shape = slots[x].shape, slots[kernel].shape
    if len(x_shape) != 4 or algorithms.wants_reference():
        return None, False
    groups = groups_of(x_shape[-1], kernel_shape)
    depthwise = groups > 1 and groups == x_shape[-1] == kernel_shape[-1]
    if groups > 1 and not depthwise:
        return None, False
    return op.geometry(x_shape[1:-1], kernel_shape[:-2]), depthwise
