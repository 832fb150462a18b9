"""All variables changed by one compiled call, for optimizers whose formula is an `UpdateRule`.

An optimizer's own file says which, beside its `update_step`, which does the same for one variable at a time:

    def _rule(self, learning_rate, step):
        return adam, (self._momentums, self._velocities), (alpha, …)

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate): ...

It is asked in each step for (rule, lists of slots, numbers), or None while its settings want something else. Its
arguments are scalars of the variables' dtype; steps count from 1. A subclass with an `update_step` of its own is not
passed over, since the rule belongs to the function.

A job counts denormal numbers as zero, which the moments of dead units become after some hundred steps: with the kernels
for single variables a step of 784-100-10 then takes twice as long.
"""

import threading
from operator import attrgetter, is_
from weakref import WeakKeyDictionary

import numpy as np

from minikeras.autodiff.variable import make_writable
from minikeras.kernels.registry import compiles
from minikeras.kernels.row_updates import has_row_update, update_rows
from minikeras.kernels.tasks import JobList, address_of
from minikeras.optimizers.rounding import rounded


def in_one_pass(rule):
    """Decorator for an `update_step`: `rule(optimizer, learning_rate, step)` gives the same for all variables."""

    def mark(update_step):
        update_step.rule = rule
        return update_step

    return mark


def rule_of(optimizer, learning_rate):
    """(rule, lists of slots, its numbers) for the step to come; None if there is no rule for it.

    Args:
        optimizer: an `Optimizer`.
        learning_rate: a scalar of the variables' dtype.
    """
    rule = getattr(type(optimizer).update_step, "rule", None)
    return rule and rule(optimizer, learning_rate, type(learning_rate)(int(optimizer.iterations) + 1))


def numbers_of_decay(optimizer, learning_rate):
    """(weight_decay, learning rate), which follow the rule's numbers in a job."""
    return rounded(optimizer.weight_decay or 0, np.float32), learning_rate


def update_in_one_pass(optimizer, gradients, variables, learning_rate):
    """Change all variables of float32 whose gradients are arrays in one call, if there is a rule; first weights decay.

    Returns:
        The pairs (gradient, variable) that are left: rows of a table, other dtypes, what has no rule.
    """
    pairs = zip(gradients, variables, strict=True)
    if getattr(type(optimizer).update_step, "rule", None) is None:
        return list(pairs)
    left = []
    if not _fit(*gradients):
        pairs = list(pairs)
        left = [pair for pair in pairs if not _fit(pair[0])]
        pairs = [pair for pair in pairs if _fit(pair[0])]
        if not pairs:
            return left
        gradients, variables = zip(*pairs, strict=True)
    learning_rate = np.float32(float(learning_rate))
    found = rule_of(optimizer, learning_rate)
    if found is None or not compiles(*gradients):
        return [*pairs, *left]
    rule, slots, numbers = found
    one_pass = _known.passes.get(optimizer)
    if one_pass is None or not one_pass.is_for(optimizer, rule, variables):
        if len(set(map(id, variables))) < len(variables):  # the second gradient must meet what the first has made
            return [*pairs, *left]
        one_pass = _known.passes[optimizer] = OnePass(optimizer, rule, slots, variables)
    numbers = *numbers, *numbers_of_decay(optimizer, learning_rate)
    return left if one_pass.run(gradients, numbers) else [*pairs, *left]


def update_by_rule(optimizer, gradient, variable, learning_rate):
    """Change one variable, if there is a rule for its kind of gradient: an array, or rows. Returns whether it did."""
    found = rule_of(optimizer, variable.array.dtype.type(learning_rate))
    if found is None:
        return False
    rule, slots, numbers = found
    i = optimizer._get_variable_index(variable)
    arrays = variable.writable_array(), *[kind[i].writable_array() for kind in slots]
    if type(gradient) is np.ndarray:
        rule(arrays[0], gradient, *arrays[1:], *numbers)
        return True
    return _update_rows(rule, gradient, arrays, numbers)


def _update_rows(rule, gradient, arrays, numbers):
    """One step of a rule for a table, given the rows that were read. Returns whether it was done."""
    index, dy, table = gradient.indices, gradient.values, arrays[0]
    known = has_row_update(rule, numbers) and index.dtype in (np.int32, np.int64) and dy.size
    if not known or not compiles(dy) or not all(x.dtype.char == "f" and x.flags.c_contiguous for x in (dy, *arrays)):
        return False
    if index.min() < -len(table) or index.max() >= len(table):
        return False  # whoever reads that row tells of it
    numbers = np.array([*numbers, 0, 0], np.float32)  # weights have decayed before
    rows = np.ascontiguousarray(index), dy.reshape(len(index), -1)
    update_rows(rule, *rows, numbers, False, *[array.reshape(-1) for array in arrays])
    return True


_has_no_gaps = attrgetter("flags.c_contiguous")


class OnePass:
    """The job of one step, kept for the next.

    Args:
        optimizer, rule, variables: what it is for.
        slots: lists of slots, one for each variable that the optimizer was built with.
    """

    def __init__(self, optimizer, rule, slots, variables):
        places = [optimizer._get_variable_index(variable) for variable in variables]
        self._rule = rule
        self._variables = list(variables)
        self._state = [*variables, *[kind[i] for kind in slots for i in places]]
        self._decay = _decay_of(optimizer)
        decaying = [self._decay[0] is not None and optimizer._use_weight_decay(variable) for variable in variables]
        self._update = rule.jobs([variable.array.shape for variable in variables], decaying)
        self._jobs = JobList(self._update.jobs)
        self._addresses = np.zeros((len(places), 2 + len(slots)), np.int64)  # of each variable, its gradient, its slots
        self._indices = None  # of the Tensors of the state that the addresses are those of

    def is_for(self, optimizer, rule, variables):
        """Whether it was made for these, and for these settings of weight decay."""
        return (
            rule is self._rule
            and len(variables) == len(self._variables)
            and all(map(is_, variables, self._variables))
            and _decay_of(optimizer) == self._decay
        )

    def run(self, gradients, numbers):
        """Change the variables, if their arrays and their slots' have no gaps. Returns whether it was done."""
        indices = make_writable(self._state)
        if indices != self._indices:
            arrays = [variable.array for variable in self._state]
            if not all(map(_has_no_gaps, arrays)):
                return False
            places = np.array(list(map(address_of, arrays)), np.int64).reshape(-1, len(gradients))
            self._addresses[:, 0], self._addresses[:, 2:] = places[0], places[1:].T
            self._indices = indices
        gradients = [gradient if _has_no_gaps(gradient) else gradient.copy() for gradient in gradients]
        self._addresses[:, 1] = list(map(address_of, gradients))
        self._update.fill(self._addresses)
        self._update.numbers[:] = numbers
        self._jobs.run()
        return True


def _decay_of(optimizer):
    return optimizer.weight_decay, optimizer._excluded_from_weight_decay


class _Known(threading.local):
    """What this thread of Python has kept for each optimizer. (A copy of an optimizer must not copy addresses.)"""

    def __init__(self):
        self.passes = WeakKeyDictionary()


_known = _Known()


def _fit(*gradients):
    """Whether all are arrays of float32; so are their variables then, see `as_gradient`."""
    for gradient in gradients:  # noqa: SIM110 - `all` of a generator takes three times as long
        if type(gradient) is not np.ndarray or gradient.dtype.char != "f":
            return False
    return True
