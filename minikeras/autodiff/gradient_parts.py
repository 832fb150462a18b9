"""Gradients in two parts that have not been added yet.

A tensor that was used twice, as at the start of a residual block, gets its gradient in two parts. To add large ones is
a pass over memory, and some ops go over their gradient anyway and can add on the way. So the parts stay two until the
op is known that wants them, and are added for all but those that say `adds_gradients`.
"""

import numpy as np

from minikeras.autodiff.arithmetic import add_gradients
from minikeras.autodiff.indexed_slices import dense
from minikeras.kernels.tasks import goes_by_jobs


def may_stay_two(known, more):
    """Whether the sum of two parts can wait: those of large arrays of one shape. It takes no third part."""
    return type(known) is type(more) is np.ndarray and known.shape == more.shape and goes_by_jobs(known, more)


def are_two(gradient):
    """Whether a gradient is a pair of parts."""
    return type(gradient) is tuple


def as_one(gradient):
    """A gradient as one array or Tensor: the sum of two parts, the table of rows."""
    return add_gradients(*gradient) if type(gradient) is tuple else dense(gradient)
