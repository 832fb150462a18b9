"""One compiled pass that updates all variables, for optimizers that have a `rule`.

`Optimizer.update_step` collects float32 variables whose gradients are arrays; after the last one, a job changes them
all. Several threads share the work, and weights decay in the same pass.

A job flushes denormal numbers to zero. The moments of dead units become denormal after a few hundred steps, and with
the kernels for single variables a step of 784-100-10 then takes twice as long.
"""

import threading
from itertools import compress
from operator import attrgetter, is_
from weakref import WeakKeyDictionary

import numpy as np

from minikeras.autodiff.variable import make_writable
from minikeras.base.debuggers import attached_debugger
from minikeras.kernels.prepared import Prepared
from minikeras.kernels.registry import compiles
from minikeras.optimizers.rounding import rounded


def fusible(optimizer, gradients):
    """For each gradient, whether its variable can be updated in the fused pass: the gradient is a float32 array.

    Then the variable has that dtype too, see `as_gradient`. None if none can, as under a debugger, which stops at each.
    """
    if attached_debugger() or not optimizer.rule.can_compile:
        return None
    fits = [type(gradient) is np.ndarray and gradient.dtype.char == "f" for gradient in gradients]
    return fits if any(fits) and compiles(*compress(gradients, fits)) else None


def update_fused(optimizer, gradients, variables, learning_rate):
    """Decay weights and update the variables.

    Returns:
        Whether it was done. It is not if a variable occurs twice, or in a signal handler that interrupts such a pass.
    """
    learning_rate = np.float32(float(learning_rate))
    fused = _known.passes.get(optimizer)
    if fused is None or not fused.is_for(optimizer, variables):
        if len(set(map(id, variables))) < len(variables):  # the second gradient must see the result of the first
            return False
        fused = _known.passes[optimizer] = FusedPass(optimizer, variables)
    if fused.jobs.runs:
        return False
    scalars = *optimizer.rule_scalars_now(learning_rate), *scalars_of_decay(optimizer, learning_rate)
    fused.run(gradients, scalars)
    return True


def scalars_of_decay(optimizer, learning_rate):
    """(weight_decay, learning rate), which follow the rule's scalars in a job."""
    return rounded(optimizer.weight_decay or 0, np.float32), learning_rate


_has_no_gaps = attrgetter("flags.c_contiguous")


class FusedPass:
    """The jobs of one step, kept for the next.

    Args:
        optimizer, variables: the optimizer, and the variables that it updates.

    Attributes:
        jobs: the `Prepared` jobs, which take the arrays of the variables, their slots and their gradients.
    """

    def __init__(self, optimizer, variables):
        positions = [optimizer._get_variable_index(variable) for variable in variables]
        slots = optimizer.rule_slots()
        self._rule = optimizer.rule
        self._variables = list(variables)
        self._state = [*variables, *[kind[i] for kind in slots for i in positions]]
        self._decay = _decay_of(optimizer)
        decaying = [self._decay[0] is not None and optimizer._use_weight_decay(variable) for variable in variables]
        shapes = [variable.array.shape for variable in variables]
        update = self._rule.jobs(shapes, decaying)
        self._scalars = update.scalars
        arrays = [*make_writable(self._state), *[np.empty(shape, np.float32) for shape in shapes]]
        update.point_to([array for i in range(len(shapes)) for array in _of_one_variable(arrays, i, len(shapes))])
        self.jobs = Prepared(update.jobs, arrays)

    def is_for(self, optimizer, variables):
        """Whether it was made for these variables and the optimizer's current rule and weight decay."""
        return (
            optimizer.rule is self._rule
            and len(variables) == len(self._variables)
            and all(map(is_, variables, self._variables))
            and _decay_of(optimizer) == self._decay
        )

    def run(self, gradients, scalars):
        """Change the variables."""
        if not all(map(_has_no_gaps, gradients)):
            gradients = [np.ascontiguousarray(gradient) for gradient in gradients]
        self._scalars[:] = scalars
        self.jobs.run_on((*make_writable(self._state), *gradients))


def _of_one_variable(arrays, i, count):
    """The arrays of variable i (itself, its gradient, its slots) from (variables, slots of one kind, …, gradients)."""
    own, *slots, gradient = arrays[i::count]
    return own, gradient, *slots


def _decay_of(optimizer):
    return optimizer.weight_decay, optimizer._excluded_from_weight_decay


class _PassesOfThread(threading.local):
    """The `FusedPass` of each optimizer in this thread. (A copy of an optimizer must not copy addresses.)"""

    def __init__(self):
        self.passes = WeakKeyDictionary()


_known = _PassesOfThread()
