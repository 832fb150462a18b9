"""Bring two tensors to the same number of axes, as Keras does before it compares labels with predictions."""

import numpy as np

from minikeras.autodiff.shapes import Reshape, Squeeze


def squeeze_or_expand_to_same_rank(x1, x2, expand_rank_1=True):
    """Both tensors (or arrays), where one has one axis more and that last axis has length 1: drop or add it.

    Labels of shape (batch,) so meet predictions of shape (batch, 1). A vector is given an axis, anything larger loses
    one; with `expand_rank_1=False` vectors stay and the other loses its axis, too. All other pairs come back unchanged.
    """
    shape1, shape2 = x1.shape, x2.shape
    rank1, rank2 = len(shape1), len(shape2)
    if rank1 == rank2:
        return x1, x2
    if rank1 == rank2 + 1 and shape1[-1] == 1:
        if rank2 == 1 and expand_rank_1:
            x2 = _with_last_axis(x2)
        else:
            x1 = _without_last_axis(x1)
    elif rank2 == rank1 + 1 and shape2[-1] == 1:
        if rank1 == 1 and expand_rank_1:
            x1 = _with_last_axis(x1)
        else:
            x2 = _without_last_axis(x2)
    return x1, x2


def _with_last_axis(vector):
    return vector[:, np.newaxis] if isinstance(vector, np.ndarray) else Reshape((-1, 1))(vector)


def _without_last_axis(x):
    return x[..., 0] if isinstance(x, np.ndarray) else Squeeze(-1)(x)
