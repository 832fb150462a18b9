"""All variables changed by one compiled call, for rules that have a kernel over many of them.

An optimizer's own file says which kernel, beside its `update_step`, which does the same for one variable at a time:

    @takes_rows
    @in_one_pass(lambda self, learning_rate: (adam_pieces, (self._momentums, self._velocities), (alpha, …)))
    def update_step(self, gradient, variable, learning_rate): ...

It is asked in each step for (task kernel, lists of slots, numbers), or None while its settings want something else. A
subclass with an `update_step` of its own is not passed over, since the kernel belongs to the function.

A job counts denormal numbers as zero, which the moments of dead units become after some hundred steps: with the kernels
for single variables a step of 784-100-10 then takes twice as long.
"""

import threading
from weakref import WeakKeyDictionary

import numpy as np

from minikeras.kernels.optimizer_jobs import Table
from minikeras.kernels.registry import compiles
from minikeras.kernels.tasks import JobList, address_of


def in_one_pass(rule):
    """Decorator for an `update_step`: `rule(optimizer, learning_rate)` gives its kernel for all variables."""

    def mark(update_step):
        update_step.in_one_pass = rule
        return update_step

    return mark


def update_in_one_pass(optimizer, gradients, variables, learning_rate):
    """Change all variables in one call if the optimizer has a kernel for that and all are float32 arrays.

    Returns:
        Whether it was done.
    """
    rule = getattr(type(optimizer).update_step, "in_one_pass", None)
    if rule is None or not all(map(_fits, gradients, variables)) or not compiles(*gradients):
        return False
    if len(set(map(id, variables))) < len(variables):  # its second gradient must meet what the first has made of it
        return False
    found = rule(optimizer, np.float32(learning_rate))
    if found is None:
        return False
    kernel, slots, numbers = found
    arrays = []
    for gradient, variable in zip(gradients, variables, strict=True):
        i = optimizer._get_variable_index(variable)
        own = [variable.writable_array(), gradient, *[kind[i].writable_array() for kind in slots]]
        if not all(array.flags.c_contiguous for array in own):
            return False
        arrays.append(own)
    form = kernel, tuple([own[0].size for own in arrays]), len(slots)
    one_pass = _known.passes.get(optimizer)
    if one_pass is None or one_pass.form != form:
        one_pass = _known.passes[optimizer] = OnePass(form)
    one_pass.run([list(map(address_of, own)) for own in arrays], numbers)
    return True


class OnePass:
    """The job of one step, kept for the next.

    Args:
        form: (task kernel, sizes of the variables, number of slots for each).
    """

    def __init__(self, form):
        self.form = form
        kernel, sizes, slots = form
        self._table = Table(sizes, 2 + slots)
        self._names = list(kernel.places)[1:]
        self._job = kernel.job(len(self._table.rows), self._table.rows, *[0.0] * len(self._names))
        self._jobs = JobList([self._job])
        self._told = None  # the numbers of the last step

    def run(self, addresses, numbers):
        """Change variables; `addresses` has for each those of its array, its gradient and its slots."""
        self._table.fill(addresses)
        if numbers != self._told:
            news = [i for i, number in enumerate(numbers) if self._told is None or number != self._told[i]]
            self._job.set(**{self._names[i]: numbers[i] for i in news})
            self._told = numbers
        self._jobs.run()


class _Known(threading.local):
    """What this thread of Python has kept for each optimizer. (A copy of an optimizer must not copy addresses.)"""

    def __init__(self):
        self.passes = WeakKeyDictionary()


_known = _Known()


def _fits(gradient, variable):
    return type(gradient) is np.ndarray and variable.array.dtype.char == gradient.dtype.char == "f"
