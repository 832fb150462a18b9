"""`K.binary_crossentropy`, `K.categorical_crossentropy`, …: losses of single samples, (target, output)."""

from minikeras import ops
from minikeras.config import epsilon

__all__ = [
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
]


def binary_crossentropy(target, output, from_logits=False):
    """−t log p − (1 − t) log(1 − p), element by element. Probabilities are kept ε from 0 and 1, then ε is added."""
    output = ops.convert_to_tensor(output)
    target = ops.convert_to_tensor(target)
    if from_logits:
        return ops.binary_crossentropy(target, output, from_logits=True)
    p = ops.clip(output, epsilon(), 1.0 - epsilon())
    return -(target * ops.log(p + epsilon()) + (1 - target) * ops.log(1 - p + epsilon()))


def binary_focal_crossentropy(target, output, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False):
    """(1 − p_t)^γ · crossentropy, p_t the probability given to what is true; class 1 weighted α and 0 by 1 − α."""
    target = ops.convert_to_tensor(target)
    p = ops.sigmoid(output) if from_logits else ops.convert_to_tensor(output)
    p_true = target * p + (1 - target) * (1 - p)
    loss = ops.power(1.0 - p_true, gamma) * binary_crossentropy(target, output, from_logits)
    return (target * alpha + (1 - target) * (1 - alpha)) * loss if apply_class_balancing else loss


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """−Σ t log p along `axis`; the probabilities are first divided by their sum and kept ε from 0 and 1.

    Raises:
        ValueError: the shapes differ.
    """
    target, output = _of_one_shape(target, output)
    if from_logits:
        return ops.categorical_crossentropy(target, output, from_logits=True, axis=axis)
    return -ops.sum(target * ops.log(_probabilities(output, axis)), axis=axis)


def categorical_focal_crossentropy(target, output, alpha=0.25, gamma=2.0, from_logits=False, axis=-1):
    """−Σ α (1 − p)^γ t log p along `axis`.

    Raises:
        ValueError: the shapes differ.
    """
    target, output = _of_one_shape(target, output)
    p = _probabilities(ops.softmax(output, axis) if from_logits else output, axis)
    return -ops.sum(alpha * ops.power(1.0 - p, gamma) * target * ops.log(p), axis=axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1, ignore_class=None):
    """−log p[target]; 0 where the target is `ignore_class`.

    Probabilities are kept ε from 0 and 1, but then divided by their sum (their logarithms go through a softmax).

    Returns:
        In the shape of `output` without `axis`; one number per sample if `output` has two axes.
    """
    target, output = ops.cast(target, "int64"), ops.convert_to_tensor(output)
    if not from_logits:
        output = ops.log(ops.clip(output, epsilon(), 1 - epsilon()))
    logits = ops.moveaxis(output, axis, -1)
    shape = logits.shape[:-1]
    target = ops.reshape(target, shape)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(target, logits, from_logits=True)
    counted = ops.not_equal(target, ignore_class)
    loss = ops.sparse_categorical_crossentropy(ops.where(counted, target, 0), logits, from_logits=True)
    loss = ops.where(counted, loss, ops.zeros_like(loss))
    loss._keras_mask = counted
    return loss


def _of_one_shape(target, output):
    target, output = ops.convert_to_tensor(target), ops.convert_to_tensor(output)
    if len(target.shape) != len(output.shape) or any(
        None not in pair and pair[0] != pair[1] for pair in zip(target.shape, output.shape, strict=True)
    ):
        raise ValueError(
            f"`target` and `output` must have the same shape. Received: {tuple(target.shape)} and "
            f"{tuple(output.shape)}. For labels that are class numbers, use sparse_categorical_crossentropy."
        )
    return target, output


def _probabilities(output, axis):
    output = output / ops.sum(output, axis=axis, keepdims=True)
    return ops.clip(output, epsilon(), 1.0 - epsilon())
