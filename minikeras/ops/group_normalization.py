"""Group normalization: values shifted and scaled to mean 0 and variance 1 over each group of a sample's channels."""

import numpy as np

from minikeras.autodiff.shapes import Reshape
from minikeras.ops.core import cast
from minikeras.ops.normalization import Standardize


def group_normalization(x, groups, gamma, beta, axis, epsilon):
    """(x − mean) · gamma / √(variance + ε) + beta, with mean and variance over each group of each sample.

    Args:
        x: float tensor (batch, …).
        groups: into how many groups of neighbours the channels are split; it divides their number.
        gamma, beta: vectors with an element for each channel, or None.
        axis: that of the channels.
        epsilon: added to the variance.
    """
    axis %= len(x.shape)
    size = x.shape[axis] // groups
    grouped = Reshape((*x.shape[:axis], groups, size, *x.shape[axis + 1 :]))(x)
    along = (*[1] * axis, groups, size, *[1] * (len(x.shape) - axis - 1))
    gamma = np.ones(along, x.dtype) if gamma is None else Reshape(along)(cast(gamma, x.dtype))
    beta = np.zeros(along, x.dtype) if beta is None else Reshape(along)(cast(beta, x.dtype))
    axes = tuple(i for i in range(1, len(grouped.shape)) if i != axis)
    return Reshape(x.shape)(Standardize(axes, epsilon)(grouped, gamma, beta)[0])
