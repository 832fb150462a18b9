"""Checks of labels against predictions. They see shapes only, so they cost nothing; each names the mend."""

from minikeras import ops
from minikeras.config import floatx
from minikeras.dtypes import is_float
from minikeras.losses.ranks import squeeze_or_expand_to_same_rank


def labels_and_predictions(y_true, y_pred, name):
    """Both as Tensors of one float dtype (that of `y_pred`) and one rank, checked to broadcast.

    Raises:
        ValueError: their shapes do not fit.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    if not is_float(y_pred.dtype):
        y_pred = ops.cast(y_pred, floatx())
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        _check_broadcast(y_true.shape, y_pred.shape, name)
    return y_true, y_pred


def _check_broadcast(true_shape, pred_shape, name):
    for n, m in zip(reversed(true_shape), reversed(pred_shape), strict=False):
        if n != m and 1 not in (n, m) and None not in (n, m):
            raise ValueError(
                f"{name}: labels and predictions have shapes that do not fit. Received: "
                f"y_true.shape={tuple(true_shape)}, y_pred.shape={tuple(pred_shape)}. "
                "The last layer should give predictions of the labels' shape"
                f"{_flatten_hint(true_shape, pred_shape)}"
            )


def check_one_hot(y_true, y_pred, name, alternative):
    """Categorical and binary crossentropy compare element by element: the shapes must be equal.

    Raises:
        ValueError: they are not; with a hint when the labels look like class numbers.
    """
    true_shape, pred_shape = tuple(y_true.shape), tuple(y_pred.shape)
    if true_shape == pred_shape or (len(true_shape) == len(pred_shape) and None in true_shape + pred_shape):
        return
    if alternative and true_shape in (pred_shape[:-1], (*pred_shape[:-1], 1)) and pred_shape[-1] != 1:
        mend = (
            f"These labels look like class numbers, one per sample. Use `{alternative}`, or make the labels one-hot "
            f"with `keras.utils.to_categorical(y, {pred_shape[-1]})`."
        )
    else:
        mend = "The last layer should give predictions of the labels' shape" + _flatten_hint(true_shape, pred_shape)
    raise ValueError(
        f"{name}: labels and predictions must have the same shape. Received: y_true.shape={true_shape}, "
        f"y_pred.shape={pred_shape}. {mend}"
    )


def check_class_numbers(y_true, y_pred, name):
    """Sparse crossentropy takes one class number per prediction: the shape of `y_pred` without its last axis.

    Raises:
        ValueError: it is not; with a hint when the labels look one-hot or a Flatten is missing.
    """
    true_shape, pred_shape = tuple(y_true.shape), tuple(y_pred.shape)
    expected = pred_shape[:-1]
    if true_shape == expected or (len(true_shape) == len(expected) and None in true_shape + expected):
        return
    if true_shape == pred_shape and len(pred_shape) > 1:
        mend = (
            "These labels look one-hot. Use `categorical_crossentropy`, or make them class numbers with "
            "`np.argmax(y, axis=-1)`."
        )
    else:
        mend = f"The last layer should give predictions of shape {(*true_shape, 'classes')}".replace("'", "")
        mend += _flatten_hint((*true_shape, None), pred_shape)
    raise ValueError(
        f"{name}: labels must be class numbers of shape {expected}, one per prediction. "
        f"Received: y_true.shape={true_shape}, y_pred.shape={pred_shape}. {mend}"
    )


def _flatten_hint(true_shape, pred_shape):
    if len(pred_shape) > len(true_shape):
        return ": is a Flatten or GlobalAveragePooling layer missing (or `return_sequences=True` too many)?"
    return "."
