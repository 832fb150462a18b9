"""What each loss is: a function of float64 arrays that gives the loss of every sample.

ε = 1e-7 is written only where it is part of the value. Where Keras cuts probabilities to [ε, 1 − ε], the rows stay
inside.
"""

import itertools

import numpy as np

EPSILON = 1e-7


def softmax(x):
    """e^x over its sum along the last axis."""
    powers = np.exp(x)
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(x):
    """1 / (1 + e^−x)."""
    return 1 / (1 + np.exp(-x))


def smoothed(y_true, label_smoothing, classes):
    """Labels moved by a share towards 1 / classes."""
    return y_true * (1 - label_smoothing) + label_smoothing / classes


def mean_squared_error(t, p):
    return np.mean((p - t) ** 2, axis=-1)


def mean_absolute_error(t, p):
    return np.mean(np.abs(p - t), axis=-1)


def mean_absolute_percentage_error(t, p):
    return 100 * np.mean(np.abs((p - t) / t), axis=-1)


def mean_squared_logarithmic_error(t, p):
    t, p = np.maximum(t, EPSILON), np.maximum(p, EPSILON)
    return np.mean((np.log(1 + t) - np.log(1 + p)) ** 2, axis=-1)


def cosine_similarity(t, p, axis=-1):
    return -np.sum(t * p, axis=axis) / np.sqrt(np.sum(t * t, axis=axis) * np.sum(p * p, axis=axis))


def huber(t, p, delta=1.0):
    error = np.abs(p - t)
    return np.mean(np.where(error <= delta, error**2 / 2, delta * error - delta**2 / 2), axis=-1)


def log_cosh(t, p):
    return np.mean(np.log(np.cosh(p - t)), axis=-1)


def margins(t, p):
    """How far below 1 each prediction is on the side of its label, −1 or 1 (or 0 for −1)."""
    signs = 2 * t - 1 if np.isin(t, (0, 1)).all() else t
    return np.maximum(1 - signs * p, 0)


def hinge(t, p):
    return np.mean(margins(t, p), axis=-1)


def squared_hinge(t, p):
    return np.mean(margins(t, p) ** 2, axis=-1)


def categorical_hinge(t, p):
    return np.maximum(np.max((1 - t) * p, axis=-1) - np.sum(t * p, axis=-1) + 1, 0)


def kl_divergence(t, p):
    t = np.clip(t, EPSILON, 1)
    return np.sum(t * np.log(t / p), axis=-1)


def poisson(t, p):
    return np.mean(p - t * np.log(p + EPSILON), axis=-1)


def dice(t, p, axis=None):
    return 1 - 2 * np.sum(t * p, axis=axis) / (np.sum(t, axis=axis) + np.sum(p, axis=axis) + EPSILON)


def tversky(t, p, alpha=0.5, beta=0.5, axis=None):
    both, missed, false = (np.sum(x, axis=axis) for x in (t * p, t * (1 - p), (1 - t) * p))
    return 1 - both / (both + alpha * missed + beta * false + EPSILON)


def binary_terms(t, p, from_logits, label_smoothing):
    """(−ln of the probability of each label, labels, probabilities)."""
    p = sigmoid(p) if from_logits else p
    t = smoothed(t, label_smoothing, 2)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)), t, p


def binary_crossentropy(t, p, from_logits=False, label_smoothing=0.0, axis=-1):
    return np.mean(binary_terms(t, p, from_logits, label_smoothing)[0], axis=axis)


def binary_focal_crossentropy(
    t, p, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    terms, t, p = binary_terms(t, p, from_logits, label_smoothing)
    terms = (1 - (t * p + (1 - t) * (1 - p))) ** gamma * terms
    balance = t * alpha + (1 - t) * (1 - alpha) if apply_class_balancing else 1
    return np.mean(balance * terms, axis=axis)


def probabilities(p, from_logits, axis=-1):
    """Of classes along an axis: logits go through a softmax, other numbers are divided by their sum."""
    p = np.moveaxis(p, axis, -1)
    return softmax(p) if from_logits else p / p.sum(axis=-1, keepdims=True)


def categorical_crossentropy(t, p, from_logits=False, label_smoothing=0.0, axis=-1):
    p, t = probabilities(p, from_logits, axis), np.moveaxis(t, axis, -1)
    return -np.sum(smoothed(t, label_smoothing, t.shape[-1]) * np.log(p), axis=-1)


def categorical_focal_crossentropy(t, p, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1):
    p, t = probabilities(p, from_logits, axis), np.moveaxis(t, axis, -1)
    return -np.sum(np.array(alpha) * (1 - p) ** gamma * smoothed(t, label_smoothing, t.shape[-1]) * np.log(p), axis=-1)


def of_the_class(t, p, from_logits=False):
    """The probability of each sample's class; t are class indices."""
    p = probabilities(p, from_logits)
    return np.array([p[*place, int(t[place])] for place in np.ndindex(t.shape)]).reshape(t.shape)


def sparse_categorical_crossentropy(t, p, from_logits=False, ignore_class=None, axis=-1):
    p = np.moveaxis(p, axis, -1)
    if ignore_class is None:
        return -np.log(of_the_class(t, p, from_logits))
    known = np.where(t == ignore_class, 0, t)
    return np.where(t == ignore_class, 0, -np.log(of_the_class(known, p, from_logits)))


def categorical_generalized_cross_entropy(t, p, q=0.5):
    hit = np.array([p[sample, int(number)] for sample, number in enumerate(t)])
    return (1 - hit**q) / q


def circle(t, p, gamma=80.0, margin=0.4, remove_diagonal=True):
    losses = []
    for i in range(len(p)):
        pull = push = 0.0
        for j in range(len(p)):
            distance = max(1 - float(p[i] @ p[j]), 0)
            if t[i] != t[j]:
                push += np.exp(gamma * max(1 + margin - distance, 0) * (1 - margin - distance))
            elif i != j or not remove_diagonal:
                pull += np.exp(gamma * max(margin + distance, 0) * (distance - margin))
        losses.append(np.log(1 + pull * push))
    return np.array(losses)


def ctc(t, p):
    """−ln of the sum over all ways to give each frame a class (0 is blank) that read as the labels do."""
    losses = []
    for labels, frames in zip(t, softmax(p), strict=True):
        wanted = [number for number in labels if number]
        total = sum(
            np.prod([frame[number] for frame, number in zip(frames, path, strict=True)])
            for path in itertools.product(range(p.shape[-1]), repeat=len(frames))
            if _read(path) == wanted
        )
        losses.append(-np.log(total))
    return np.array(losses)


def _read(path):
    """Equal neighbours are one, and blanks are left out."""
    return [number for number, _ in itertools.groupby(path) if number]
