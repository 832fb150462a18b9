"""All variables changed by one compiled call, for rules that have a kernel over many of them.

An optimizer's own file says which kernel, beside its `update_step`, which does the same for one variable at a time:

    @takes_rows
    @in_one_pass(lambda self, learning_rate: (adam_pieces, (self._momentums, self._velocities), (alpha, …)))
    def update_step(self, gradient, variable, learning_rate): ...

It is asked in each step for (task kernel, lists of slots, numbers), or None while its settings want something else. A
subclass with an `update_step` of its own is not passed over, since the kernel belongs to the function.
"""

import numpy as np

from minikeras.kernels.optimizer_jobs import pieces
from minikeras.kernels.registry import compiles
from minikeras.kernels.tasks import address_of, run


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
    table = pieces([list(map(address_of, own)) for own in arrays], [own[0].size for own in arrays])
    run([kernel.job(len(table), table, *numbers)])
    return True


def _fits(gradient, variable):
    return type(gradient) is np.ndarray and variable.array.dtype.char == gradient.dtype.char == "f"
