"""Assignments to Variables in a layer's call, as jobs: the values are copied to the Variable's place."""

from minikeras.autodiff.variable import Variable
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.plans.bindings import binding_of
from minikeras.plans.instructions import TensorAt
from minikeras.plans.lower import Lowering, lowers
from minikeras.plans.lowerings.moving import is_movable


@lowers(Variable.assign)
def assign(effect, slots):
    """variable ← a tensor of its shape and dtype."""
    variable, value = effect.function.__self__, effect.args[0] if len(effect.args) == 1 else None
    if type(variable) is not Variable or type(value) is not TensorAt or effect.kwargs or effect.writes:
        return None
    slot = slots[value.slot]
    if not is_movable(slots, (value.slot,)) or (slot.shape, slot.dtype) != (variable.shape, variable.array.dtype):
        return None

    def jobs(arrays):
        target = binding_of(variable).tensor.array
        return copy_jobs(arrays[value.slot], target.reshape(slot.shape))

    return Lowering(jobs, (value.slot,), (), written=(variable,))
