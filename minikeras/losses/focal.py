"""Crossentropies that give more weight to hard samples, or less to labels that may be wrong.

Focal losses (Lin et al.: Focal Loss for Dense Object Detection, 2018) multiply the crossentropy by (1 − p)^γ, where p
is the probability of the true class: well-classified samples hardly count.
"""

from minikeras import ops
from minikeras.config import epsilon
from minikeras.losses.crossentropy import check_class_axis, smooth_binary, smooth_categorical, warn_of_single_class
from minikeras.losses.labels import as_float_pair, labels_and_predictions
from minikeras.losses.loss import BuiltInLoss


def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """mean over `axis` of (1 − p_t)^γ · binary crossentropy, where p_t is the probability of the true label.

    Args:
        y_true: labels 0 or 1, of the shape of `y_pred`.
        y_pred: probabilities, or logits with `from_logits=True`.
        apply_class_balancing: whether to weight class 1 by α and class 0 by 1 − α.
        alpha: that weight.
        gamma: γ; 0 gives `binary_crossentropy`.
        from_logits, label_smoothing, axis: as for `binary_crossentropy`.
    """
    y_true, y_pred = as_float_pair(y_true, y_pred)
    y_true = smooth_binary(y_true, label_smoothing)
    crossentropy = ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits)
    p = ops.sigmoid(y_pred) if from_logits else y_pred
    p_true = y_true * p + (1.0 - y_true) * (1.0 - p)
    losses = ops.power(1.0 - p_true, gamma) * crossentropy
    if apply_class_balancing:
        losses = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * losses
    return ops.mean(losses, axis=axis)


def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """−Σ α · (1 − p)^γ · y ln p along `axis`.

    Args:
        y_true: one-hot labels of the shape of `y_pred`.
        y_pred: probabilities (rescaled to sum to 1), or logits with `from_logits=True`.
        alpha: weight of all classes, or a list with one per class.
        gamma: γ; 0 (with α = 1) gives `categorical_crossentropy`.
        from_logits, label_smoothing, axis: as for `categorical_crossentropy`.
    """
    check_class_axis(axis)
    y_true, y_pred = labels_and_predictions(y_true, y_pred, "categorical_focal_crossentropy")
    warn_of_single_class(y_pred, "categorical_focal_crossentropy")
    y_true = smooth_categorical(y_true, label_smoothing)
    p = ops.softmax(y_pred, axis=axis) if from_logits else y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    p = ops.clip(p, epsilon(), 1.0 - epsilon())
    weights = ops.power(1.0 - p, gamma) * ops.convert_to_tensor(alpha, dtype=p.dtype)
    return ops.sum(weights * (-y_true * ops.log(p)), axis=axis)


def categorical_generalized_cross_entropy(y_true, y_pred, q):
    """(1 − p^q) / q, where p is the probability of the true class: crossentropy for q → 0, absolute error for q = 1.

    The nearer q is to 1, the more it tolerates wrong labels. (Zhang, Sabuncu: Generalized Cross Entropy Loss, 2018.)

    Args:
        y_true: class indices of the shape of `y_pred` without its last axis.
        y_pred: probabilities.
        q: between 0 and 1.
    """
    _, y_pred = as_float_pair(0.0, y_pred)
    labels = ops.cast(y_true, "int64")
    if len(labels.shape) == len(y_pred.shape) and labels.shape[-1] == 1:
        labels = ops.squeeze(labels, axis=-1)
    if len(labels.shape) != len(y_pred.shape) - 1:
        raise ValueError(
            "categorical_generalized_cross_entropy: labels must be class indices, one per row of predictions. "
            f"Received: y_true.shape={tuple(labels.shape)}, y_pred.shape={tuple(y_pred.shape)}. "
            "Convert one-hot labels with `np.argmax(y, axis=-1)`."
        )
    p = ops.sum(y_pred * ops.one_hot(labels, y_pred.shape[-1], dtype=y_pred.dtype), axis=-1)
    return (1.0 - ops.power(p, q)) / q


class BinaryFocalCrossentropy(BuiltInLoss):
    """(1 − p_t)^γ · binary crossentropy.

    Args:
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis: as for `binary_focal_crossentropy`.
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(
        self,
        apply_class_balancing=False,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
        )


class CategoricalFocalCrossentropy(BuiltInLoss):
    """−Σ α · (1 − p)^γ · y ln p.

    Args:
        alpha, gamma, from_logits, label_smoothing, axis: as for `categorical_focal_crossentropy`.
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(
        self,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            alpha=alpha,
            gamma=gamma,
        )


class CategoricalGeneralizedCrossEntropy(BuiltInLoss):
    """(1 − p^q) / q for class indices.

    Args:
        q: between 0 and 1, both excluded.
        reduction, name, dtype: as for `Loss`.

    Raises:
        ValueError: q is not between 0 and 1.
    """

    def __init__(
        self, q=0.5, reduction="sum_over_batch_size", name="categorical_generalized_cross_entropy", dtype=None
    ):
        if not 0 < q < 1:
            raise ValueError(
                f"`q` must lie between 0 and 1, both excluded. Received: q={q}. For q = 0 use crossentropy, for q = 1 "
                "mean_absolute_error."
            )
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)
