"""Gradient accumulation: several small batches make one update, as one large batch would.

Also here, because accumulation concerns it too: variables marked `overwrite_with_gradient`.
"""

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.optimizers.gradients import total


def accumulate(optimizer, gradients, variables):
    """Add the gradients to the optimizer's accumulators; return their mean at every n-th step, else None."""
    steps = optimizer.gradient_accumulation_steps
    slots = [optimizer._accumulated_gradients[optimizer._get_variable_index(variable)] for variable in variables]
    sums = [total(g) + slot.array for g, slot in zip(gradients, slots, strict=True)]
    is_update_step = (int(optimizer._iterations) + 1) % steps == 0
    for slot in optimizer._accumulated_gradients if is_update_step else ():
        slot.assign(np.zeros(slot.shape, slot.array.dtype))
    if is_update_step:
        return [gradient / steps for gradient in sums]
    for slot, gradient in zip(slots, sums, strict=True):
        slot.assign(gradient)
    return None


def overwrite_with_gradients(optimizer, gradients, variables):
    """Set variables marked `overwrite_with_gradient` (float8 training's scales) to their gradients.

    Returns:
        The gradients of the other variables, and these.
    """
    others = []
    for gradient, variable in zip(gradients, variables, strict=True):
        if optimizer._overwrite_variable_with_gradient(variable):
            _overwrite(optimizer, variable, as_array(gradient))
        else:
            others.append((gradient, variable))
    return zip(*others, strict=True) if others else ((), ())


def _overwrite(optimizer, variable, gradient):
    if optimizer.gradient_accumulation_steps:  # the largest of the accumulated gradients
        slot = optimizer._accumulated_gradients[optimizer._get_variable_index(variable)]
        gradient = np.maximum(gradient, slot.array)
        if (int(optimizer._iterations) + 1) % optimizer.gradient_accumulation_steps:
            slot.assign(gradient)
            return
        slot.assign(np.zeros_like(gradient))
    variable.assign(gradient)
