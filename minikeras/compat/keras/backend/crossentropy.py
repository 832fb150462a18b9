"""`K.binary_crossentropy`, `K.categorical_crossentropy`, …: losses of single samples, (target, output).

Formulas: `minikeras/ops/probability_crossentropy.py`.
"""

from minikeras.ops import probability_crossentropy as below

__all__ = [
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
]


def binary_crossentropy(target, output, from_logits=False):
    """−t log p − (1 − t) log(1 − p), element by element. Probabilities are kept ε from 0 and 1, then ε is added."""
    return below.binary_crossentropy(target, output, from_logits)


def binary_focal_crossentropy(target, output, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False):
    """(1 − p_t)^γ · crossentropy, p_t the probability given to what is true; class 1 weighted α and 0 by 1 − α."""
    return below.binary_focal_crossentropy(target, output, apply_class_balancing, alpha, gamma, from_logits)


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """−Σ t log p along `axis`; the probabilities are first divided by their sum and kept ε from 0 and 1.

    Raises:
        ValueError: the shapes differ.
    """
    return below.categorical_crossentropy(target, output, from_logits, axis)


def categorical_focal_crossentropy(target, output, alpha=0.25, gamma=2.0, from_logits=False, axis=-1):
    """−Σ α (1 − p)^γ t log p along `axis`.

    Raises:
        ValueError: the shapes differ.
    """
    return below.categorical_focal_crossentropy(target, output, alpha, gamma, from_logits, axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1, ignore_class=None):
    """−log p[target]; 0 where the target is `ignore_class`.

    Probabilities are kept ε from 0 and 1, but then divided by their sum (their logarithms go through a softmax).

    Returns:
        In the shape of `output` without `axis`; one number per sample if `output` has two axes.
    """
    return below.sparse_categorical_crossentropy(target, output, from_logits, axis, ignore_class)
