"""Assignments to Variables in a layer's call, as jobs: the values are copied to the Variable's memory."""

from minikeras.autodiff.variable import Variable
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import TensorAt
from minikeras.plans.lower import Lowering, lowers
from minikeras.plans.lowerings.moving import is_movable


@lowers(Variable.assign)
def assign(effect, buffers):
    """variable ← a tensor of its shape and dtype."""
    variable, value = effect.function.__self__, effect.args[0] if len(effect.args) == 1 else None
    if type(variable) is not Variable or type(value) is not TensorAt or effect.kwargs or effect.writes:
        return None
    buffer = buffers[value.buffer]
    if not is_movable(buffers, (value.buffer,)) or (buffer.shape, buffer.dtype) != (
        variable.shape,
        variable.array.dtype,
    ):
        return None

    def jobs(arrays):
        target = binding_of(variable).tensor.array
        return copy_jobs(arrays[value.buffer], target.reshape(buffer.shape))

    return Lowering(jobs, (value.buffer,), (), written=(variable,))
