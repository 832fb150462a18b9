"""Gradient accumulation: several small batches make one update, as one large batch would.

Also here, because it happens in the same place: variables marked `overwrite_with_gradient`.
"""

from operator import attrgetter

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.optimizers.gradients import total

_overwrites = attrgetter("_overwrite_with_gradient")


class Accumulation:
    """The part of `Optimizer` that accumulates gradients, and that stores gradients which are new values."""

    def _accumulate(self, gradients, variables):
        """Add the gradients to the accumulators; return their mean at every n-th step, else None."""
        steps = self.gradient_accumulation_steps
        slots = [self._accumulated_gradients[self._get_variable_index(variable)] for variable in variables]
        sums = [total(g) + slot.array for g, slot in zip(gradients, slots, strict=True)]
        is_update_step = (int(self._iterations) + 1) % steps == 0
        for slot in self._accumulated_gradients if is_update_step else ():
            slot.assign(np.zeros(slot.shape, slot.array.dtype))
        if is_update_step:
            return [gradient / steps for gradient in sums]
        for slot, gradient in zip(slots, sums, strict=True):
            slot.assign(gradient)
        return None

    def _overwrite_with_gradients(self, gradients, variables):
        """Set variables marked `overwrite_with_gradient` (float8 training's scales) to their gradients."""
        if not any(map(_overwrites, variables)):
            return gradients, variables
        others = []
        for gradient, variable in zip(gradients, variables, strict=True):
            if self._overwrite_variable_with_gradient(variable):
                self._overwrite(variable, as_array(gradient))
            else:
                others.append((gradient, variable))
        return zip(*others, strict=True) if others else ((), ())

    def _overwrite(self, variable, gradient):
        if self.gradient_accumulation_steps:  # the largest of the accumulated gradients
            slot = self._accumulated_gradients[self._get_variable_index(variable)]
            gradient = np.maximum(gradient, slot.array)
            if (int(self._iterations) + 1) % self.gradient_accumulation_steps:
                slot.assign(gradient)
                return
            slot.assign(np.zeros_like(gradient))
        variable.assign(gradient)
