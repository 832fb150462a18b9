"""Crossentropy: −Σ p ln q, the surprise at labels p when q was predicted.

Three forms of one idea: `binary` for independent yes/no outputs, `categorical` for one class out of several with
one-hot labels, `sparse_categorical` for the same with class indices. With `from_logits=True` the predictions are scores
before the sigmoid or softmax; that is exact where probabilities must be clipped at ε.
"""

from minikeras import ops
from minikeras.base.messages import warn
from minikeras.losses.labels import as_float_pair
from minikeras.losses.loss import BuiltInLoss


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """mean over `axis` of −(y ln p + (1 − y) ln(1 − p)).

    Args:
        y_true: labels 0 or 1, of the shape of `y_pred`.
        y_pred: probabilities, or logits with `from_logits=True`.
        label_smoothing: moves labels 0 and 1 to s/2 and 1 − s/2.
        axis: the axis of the mean.
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    y_true = smooth_binary(y_true, label_smoothing)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """−Σ y ln p along `axis`, for one-hot labels (or any distribution) y.

    Args:
        y_true: labels of the shape of `y_pred`.
        y_pred: probabilities (rescaled to sum to 1), or logits with `from_logits=True`.
        label_smoothing: the fraction s that is taken from each label and spread evenly over the classes.
        axis: the axis of the classes.
    """
    check_class_axis(axis)
    y_true, y_pred = as_float_pair(y_true, y_pred)
    warn_of_single_class(y_pred, "categorical_crossentropy")
    y_true = smooth_categorical(y_true, label_smoothing)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def check_class_axis(axis):
    """Raise a ValueError if `axis` is a boolean, which was meant for another argument."""
    if isinstance(axis, bool):
        raise ValueError(f"`axis` is a number, the axis of the classes. Received: axis={axis}")


def smooth_binary(y_true, smoothing):
    """Labels 0 and 1 moved to s/2 and 1 − s/2."""
    return y_true * (1.0 - smoothing) + 0.5 * smoothing if smoothing else y_true


def smooth_categorical(y_true, smoothing):
    """One-hot labels with the fraction s taken from each and spread evenly over the classes, the last axis."""
    return y_true * (1.0 - smoothing) + smoothing / y_true.shape[-1] if smoothing else y_true


def warn_of_single_class(y_pred, name):
    """Warn if there is a single class, whose loss is always 0."""
    if len(y_pred.shape) > 1 and y_pred.shape[-1] == 1:
        warn(
            f"{name} of one class is always 0: y_pred has shape {tuple(y_pred.shape)}, expected (batch, classes) with "
            "more than one class. Use 'binary_crossentropy' for two classes on one unit.",
            SyntaxWarning,
        )


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """−ln p[y] for class indices y.

    Args:
        y_true: class indices of the shape of `y_pred` without its last axis (or with length 1 there).
        y_pred: probabilities (rescaled to sum to 1), or logits with `from_logits=True`.
        ignore_class: label of positions to ignore (255 for unlabelled pixels, say): their loss is 0, and they are
            masked out of the mean.
        axis: the axis of the classes.
    """
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    y_true = ops.convert_to_tensor(y_true)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, axis=-1)
    counts = y_true != ignore_class
    labels = ops.where(counts, y_true, 0)
    losses = ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=from_logits, axis=axis)
    losses = ops.where(counts, losses, 0.0)
    losses._keras_mask = counts
    return losses


sparse_categorical_crossentropy.takes_class_indices = True  # see `LossFunctionWrapper._as_labels`


class BinaryCrossentropy(BuiltInLoss):
    """−(y ln p + (1 − y) ln(1 − p)) for yes/no labels.

    Args:
        from_logits, label_smoothing, axis: as for `binary_crossentropy`.
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(binary_crossentropy, reduction, name, dtype, **arguments)


class CategoricalCrossentropy(BuiltInLoss):
    """−Σ y ln p for one-hot labels.

    Args:
        from_logits, label_smoothing, axis: as for `categorical_crossentropy`.
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, reduction, name, dtype, **arguments)


class SparseCategoricalCrossentropy(BuiltInLoss):
    """−ln p[y] for class indices y.

    Args:
        from_logits, ignore_class, axis: as for `sparse_categorical_crossentropy`.
        reduction, name, dtype: as for `Loss`.
    """

    hidden_while_default = {"axis": -1}

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(sparse_categorical_crossentropy, reduction, name, dtype, **arguments)
