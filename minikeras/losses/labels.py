"""Conversion of labels and predictions to Tensors of the same rank, with errors that name their shapes and the fix.

If one of them has an extra last axis of length 1, that axis is dropped or added, as in Keras.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.shapes import Reshape, Squeeze
from minikeras.ops.core import as_float_tensor


def as_float_pair(y_true, y_pred):
    """Both as Tensors of the dtype of `y_pred` (`floatx()` where that holds integers)."""
    y_pred = as_float_tensor(y_pred)
    return ops.convert_to_tensor(y_true, dtype=y_pred.dtype), y_pred


def labels_and_predictions(y_true, y_pred, name):
    """Both as Tensors of one float dtype and one rank, checked to broadcast.

    Raises:
        ValueError: their shapes do not broadcast.
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        check_broadcast(tuple(y_true.shape), tuple(y_pred.shape), name)
    return y_true, y_pred


def check_broadcast(true_shape, pred_shape, name):
    """Check that shapes broadcast.

    Raises:
        ValueError: two lengths differ and neither is 1.
    """
    for n, m in zip(reversed(true_shape), reversed(pred_shape), strict=False):
        if n != m and 1 not in (n, m) and None not in (n, m):
            raise ValueError(
                f"{name}: labels and predictions have shapes that do not fit. "
                f"Received: y_true.shape={true_shape}, y_pred.shape={pred_shape}. "
                f"The last layer should give predictions of the labels' shape{_hint(true_shape, pred_shape)}"
            )


def _hint(true_shape, pred_shape):
    if len(pred_shape) > len(true_shape):
        return ": is a Flatten or GlobalAveragePooling layer missing (or one `return_sequences=True` too many)?"
    return "."


def squeeze_or_expand_to_same_rank(x1, x2, expand_rank_1=True):
    """Both tensors (or arrays); if one has an extra last axis of length 1, it is dropped or added.

    So labels of shape (batch,) match predictions of shape (batch, 1). If the shorter one is a vector, it gets an axis;
    otherwise, or with `expand_rank_1=False`, the longer one loses its axis. Other pairs are returned unchanged.
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
