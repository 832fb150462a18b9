"""Labels and predictions as Tensors that fit each other, or an error that names their shapes and the fix."""

from minikeras import ops
from minikeras.losses.ranks import squeeze_or_expand_to_same_rank
from minikeras.ops.core import as_float_tensor


def as_float_pair(y_true, y_pred):
    """Both as Tensors of the dtype of `y_pred` (`floatx()` where that holds integers)."""
    y_pred = as_float_tensor(y_pred)
    return ops.convert_to_tensor(y_true, dtype=y_pred.dtype), y_pred


def labels_and_predictions(y_true, y_pred, name):
    """Both as Tensors of one float dtype and one rank, checked to broadcast.

    Raises:
        ValueError: their shapes do not fit.
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        check_broadcast(tuple(y_true.shape), tuple(y_pred.shape), name)
    return y_true, y_pred


def check_broadcast(true_shape, pred_shape, name):
    """Refuse shapes that do not broadcast.

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
