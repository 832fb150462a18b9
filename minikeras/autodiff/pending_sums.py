"""Pending sums: gradients in two parts that have not been added yet.

A tensor that was used twice, as at the start of a residual block, gets its gradient in two parts. Adding large ones is
a pass over memory, and some ops read their gradient anyway and can add on the way. So the sum is deferred until the op
that reads it is known, and computed unless that op `adds_gradients`.
"""

import numpy as np

from minikeras.autodiff.arithmetic import add_gradients
from minikeras.autodiff.indexed_slices import dense
from minikeras.kernels.tasks import should_use_jobs


def can_defer_sum(known, more):
    """Whether the sum of two parts can be deferred: those of large arrays of one shape. A third part cannot join."""
    return type(known) is type(more) is np.ndarray and known.shape == more.shape and should_use_jobs(known, more)


def is_pending_sum(gradient):
    """Whether a gradient is a pending sum: a pair of parts."""
    return type(gradient) is tuple


def materialize(gradient):
    """A gradient as one array or Tensor: a pending sum is added, rows become a table."""
    return add_gradients(*gradient) if type(gradient) is tuple else dense(gradient)
