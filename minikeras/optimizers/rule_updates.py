"""The application of an optimizer's formula to one variable of any dtype, by a gradient as an array or as rows."""

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.base.extension_dtypes import is_extension


def takes_rows(update_step):
    """Decorator that marks an `update_step` that handles `IndexedSlices`; others get the rows summed in one Tensor."""
    update_step.takes_rows = True
    return update_step


def apply_rule(rule, gradient, state, scalars):
    """Change a variable and its slots by a rule.

    Args:
        rule: an `UpdateRule`, or an object with the same interface.
        gradient: what `as_gradient` returns: an array, or `IndexedSlices` of arrays.
        state: the arrays of the variable and its slots, changed in place.
        scalars: those that the rule takes.
    """
    wide = state
    if is_extension(state[0].dtype):  # bfloat16: computed in float32, so that new values are rounded only once
        wide = [array.astype(np.float32) for array in state]
        scalars = [np.float32(scalar) for scalar in scalars]
    if isinstance(gradient, IndexedSlices):
        values = gradient.values.astype(wide[0].dtype, copy=False)
        rule.update_rows(gradient.indices, values, tuple(wide), scalars)
    else:
        rule(wide[0], gradient.astype(wide[0].dtype, copy=False), *wide[1:], *scalars)
    if wide is not state:
        for array, new in zip(state, wide, strict=True):
            array[...] = new.astype(array.dtype)
