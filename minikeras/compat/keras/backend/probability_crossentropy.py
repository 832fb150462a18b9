"""The per-sample crossentropies of `keras.backend`, of probabilities that are kept ε away from 0 and 1.

(Those of `keras.ops`, which go back to the logits where they can: `crossentropy.py`.)
"""

__replay__ = "computes"

from minikeras.config import epsilon
from minikeras.ops import crossentropy
from minikeras.ops.comparison import not_equal
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.creation import zeros_like
from minikeras.ops.exponential import log
from minikeras.ops.extrema import clip
from minikeras.ops.indexing import where
from minikeras.ops.powers import power
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import moveaxis, reshape
from minikeras.ops.smooth_activation import sigmoid
from minikeras.ops.softmax import softmax


def binary_crossentropy(target, output, from_logits=False):
    """−t log p − (1 − t) log(1 − p), element by element. Probabilities are kept ε from 0 and 1, then ε is added."""
    output = convert_to_tensor(output)
    target = convert_to_tensor(target)
    if from_logits:
        return crossentropy.binary_crossentropy(target, output, from_logits=True)
    p = clip(output, epsilon(), 1.0 - epsilon())
    return -(target * log(p + epsilon()) + (1 - target) * log(1 - p + epsilon()))


def binary_focal_crossentropy(target, output, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False):
    """(1 − p_t)^γ · crossentropy, p_t the probability of the true class; class 1 weighted α and 0 by 1 − α."""
    target = convert_to_tensor(target)
    p = sigmoid(output) if from_logits else convert_to_tensor(output)
    p_true = target * p + (1 - target) * (1 - p)
    loss = power(1.0 - p_true, gamma) * binary_crossentropy(target, output, from_logits)
    return (target * alpha + (1 - target) * (1 - alpha)) * loss if apply_class_balancing else loss


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """−Σ t log p along `axis`; the probabilities are first divided by their sum and kept ε from 0 and 1.

    Raises:
        ValueError: the shapes differ.
    """
    target, output = _of_one_shape(target, output)
    if from_logits:
        return crossentropy.categorical_crossentropy(target, output, from_logits=True, axis=axis)
    return -sum_over(target * log(_probabilities(output, axis)), axis=axis)


def categorical_focal_crossentropy(target, output, alpha=0.25, gamma=2.0, from_logits=False, axis=-1):
    """−Σ α (1 − p)^γ t log p along `axis`.

    Raises:
        ValueError: the shapes differ.
    """
    target, output = _of_one_shape(target, output)
    p = _probabilities(softmax(output, axis) if from_logits else output, axis)
    return -sum_over(alpha * power(1.0 - p, gamma) * target * log(p), axis=axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1, ignore_class=None):
    """−log p[target]; 0 where the target is `ignore_class`.

    Probabilities are kept ε from 0 and 1, but then divided by their sum (their logarithms go through a softmax).

    Returns:
        In the shape of `output` without `axis`; one value per sample if `output` has two axes.
    """
    target, output = cast(target, "int64"), convert_to_tensor(output)
    if not from_logits:
        output = log(clip(output, epsilon(), 1 - epsilon()))
    logits = moveaxis(output, axis, -1)
    shape = logits.shape[:-1]
    target = reshape(target, shape)
    if ignore_class is None:
        return crossentropy.sparse_categorical_crossentropy(target, logits, from_logits=True)
    counted = not_equal(target, ignore_class)
    loss = crossentropy.sparse_categorical_crossentropy(where(counted, target, 0), logits, from_logits=True)
    loss = where(counted, loss, zeros_like(loss))
    loss._keras_mask = counted
    return loss


def _of_one_shape(target, output):
    target, output = convert_to_tensor(target), convert_to_tensor(output)
    if len(target.shape) != len(output.shape) or any(
        None not in pair and pair[0] != pair[1] for pair in zip(target.shape, output.shape, strict=True)
    ):
        raise ValueError(
            f"`target` and `output` of a loss must have the same shape. Received: {tuple(target.shape)} and "
            f"{tuple(output.shape)}. For labels that are class indices, use sparse_categorical_crossentropy."
        )
    return target, output


def _probabilities(output, axis):
    output = output / sum_over(output, axis=axis, keepdims=True)
    return clip(output, epsilon(), 1.0 - epsilon())
