"""All variables changed by one compiled pass, for optimizers that have a `rule`.

`Optimizer.update_step` lets variables of float32 whose gradients are arrays wait; after the last of a step, a job
changes them all. Several threads share the work, and weights decay in the same pass.

A job counts denormal numbers as zero, which the moments of dead units become after some hundred steps: with the kernels
for single variables a step of 784-100-10 then takes twice as long.
"""

import threading
from itertools import compress
from operator import attrgetter, is_
from weakref import WeakKeyDictionary

import numpy as np

from minikeras.autodiff.variable import make_writable
from minikeras.debuggers import attached_debugger
from minikeras.kernels.prepared import Prepared
from minikeras.kernels.registry import compiles
from minikeras.optimizers.rounding import rounded


def fusible(optimizer, gradients):
    """For each gradient whether its variable may change together with others: it is an array of float32.

    Then the variable has that dtype too, see `as_gradient`. None where none may: a debugger wants to see each.
    """
    if attached_debugger() or not optimizer.rule.can_compile:
        return None
    fits = [type(gradient) is np.ndarray and gradient.dtype.char == "f" for gradient in gradients]
    return fits if any(fits) and compiles(*compress(gradients, fits)) else None


def update_fused(optimizer, gradients, variables, learning_rate):
    """Let weights decay and change the variables.

    Returns:
        Whether it was done: a variable may be there twice, or a signal's handler may train what is being trained.
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
        optimizer, variables: what it is for.

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
        """Whether it was made for these, for the present rule and settings of weight decay."""
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
    """Of (variables, slots of one kind, …, gradients) those of variable i: itself, its gradient, its slots."""
    own, *slots, gradient = arrays[i::count]
    return own, gradient, *slots


def _decay_of(optimizer):
    return optimizer.weight_decay, optimizer._excluded_from_weight_decay


class _Known(threading.local):
    """What this thread of Python has kept for each optimizer. (A copy of an optimizer must not copy addresses.)"""

    def __init__(self):
        self.passes = WeakKeyDictionary()


_known = _Known()
