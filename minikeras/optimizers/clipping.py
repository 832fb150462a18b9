"""Gradient clipping: by value, by the norm of each gradient, by the norm of all gradients together.

    clipvalue c         g ← min(max(g, −c), c)
    clipnorm c          g ← g · c / max(‖g‖, c)                     each gradient by its own norm
    global_clipnorm c   g ← g · c · min(1/‖all‖, 1/c)               all gradients by the norm of all: √Σ‖g‖²

The order of operations is Keras's, in the gradients' dtype. See `gradients.py` for the rows of `IndexedSlices`.
"""

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.optimizers.gradients import each, total


def clip_by_value(gradient, limit):
    """The gradient with each element clipped to [−limit, limit]."""
    return each(lambda g: np.clip(g, -limit, limit), gradient)


def clip_by_norm(gradient, limit):
    """The gradient scaled so that its L2 norm is at most `limit`."""
    norm = np.sqrt(_sum_of_squares(gradient))
    return each(lambda g: g * limit / max(norm, norm.dtype.type(limit)), gradient)


def clip_by_global_norm(gradients, limit):
    """All gradients scaled by one factor, so that the L2 norm of all their elements is at most `limit`.

    A gradient that is not finite makes all of them NaN, as in Keras.
    """
    norm = np.sqrt(np.sum(np.stack([_sum_of_squares(g) for g in gradients])))
    scale = limit * min(1 / norm, norm.dtype.type(1 / limit))
    scale = scale + (norm - norm)  # adds 0 if the norm is finite, else NaN
    return [g * g.dtype.type(scale) for g in map(total, gradients)]


def _sum_of_squares(gradient):
    values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
    return np.sum(np.square(values))
