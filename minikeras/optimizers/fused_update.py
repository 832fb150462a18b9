"""One compiled pass that updates all variables, for optimizers that have a `rule`.

A job changes all float32 variables whose gradients are arrays. Several threads share the work, and weights decay in
the same pass.

A job flushes denormal numbers to zero. The moments of dead units become denormal after a few hundred steps, and with
the kernels for single variables a step of 784-100-10 then takes twice as long.
"""

import threading
from itertools import compress
from operator import attrgetter, is_
from weakref import WeakKeyDictionary

import numpy as np

from minikeras.autodiff.variable import make_writable
from minikeras.kernels.prepared import Prepared
from minikeras.kernels.registry import compiles


def update_fused(optimizer, gradients, variables, learning_rate):
    """Decay weights and update the variables with float32 gradients in one pass; the optimizer follows its rule.

    Nothing is updated if a variable occurs twice, or in a signal handler that interrupts such a pass.

    Returns:
        The gradients and variables that remain to be updated.
    """
    if not optimizer.rule.can_compile:
        return gradients, variables
    # A variable has the dtype of its gradient, see `as_gradient`.
    fits = [type(gradient) is np.ndarray and gradient.dtype.char == "f" for gradient in gradients]
    fitting = list(compress(variables, fits))
    arrays = list(compress(gradients, fits))
    if not fitting or not compiles(*arrays):
        return gradients, variables
    learning_rate = np.float32(float(learning_rate))
    fused = _cache.passes.get(optimizer)
    if fused is None or not fused.is_for(optimizer, fitting):
        if len(set(map(id, fitting))) < len(fitting):  # the second gradient must see the result of the first
            return gradients, variables
        fused = _cache.passes[optimizer] = FusedPass(optimizer, fitting)
    if fused.jobs.runs:
        return gradients, variables
    fused.run(arrays, (*optimizer.rule_scalars_now(learning_rate), *scalars_of_decay(optimizer, learning_rate)))
    others = [not fit for fit in fits]
    return list(compress(gradients, others)), list(compress(variables, others))


def scalars_of_decay(optimizer, learning_rate):
    """(weight_decay, learning rate), which follow the rule's scalars in a job."""
    return np.float32(optimizer.weight_decay or 0), learning_rate


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


_cache = _PassesOfThread()
