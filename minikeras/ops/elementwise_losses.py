"""Losses of single elements, beyond those of `keras.losses`, and their sums."""

import math

from minikeras.collectives.strategy import current_strategy
from minikeras.ops.activation import relu
from minikeras.ops.arithmetic import abs as absolute
from minikeras.ops.creation import zeros_like
from minikeras.ops.exponential import exp, log, log1p
from minikeras.ops.extrema import maximum
from minikeras.ops.indexing import where
from minikeras.ops.powers import square
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import reshape


def weighted_sigmoid_crossentropy(target, logits, pos_weight):
    """−pos_weight · target · ln p − (1 − target) · ln(1 − p), p = sigmoid(logits), without overflow."""
    weight = 1 + (pos_weight - 1) * target
    return (1 - target) * logits + weight * (log1p(exp(-absolute(logits))) + relu(-logits))


def log_poisson(target, log_input, full=False):
    """exp(c) − z · c with c = log_input, z = target; in full plus Stirling's z ln z − z + ½ ln 2πz where z > 1."""
    loss = exp(log_input) - log_input * target
    if not full:
        return loss
    safe = maximum(target, 1.0)
    stirling = safe * log(safe) - safe + 0.5 * log(2 * math.pi * safe)
    return loss + where((target >= 0) & (target <= 1), zeros_like(target), stirling)


def half_square_sum(x):
    """½ Σ x²."""
    return sum_over(square(x)) * 0.5


def average_loss(losses, weight=None, batch_size=None):
    """Σ of the losses, each sample times its weight, divided by the size of the batch.

    If that is None it is the first axis, times the number of processes that train together.
    """
    if weight is not None:
        losses = losses * reshape(weight, (*weight.shape, *[1] * (len(losses.shape) - len(weight.shape))))
    own = (losses.shape[0] if losses.shape else 1) * current_strategy().replicas
    return sum_over(losses) / (own if batch_size is None else batch_size)


def part_of_penalty(penalty):
    """Σ of a penalty that all processes which train together have, divided by their number: they will be added."""
    total, replicas = sum_over(penalty), current_strategy().replicas
    return total if replicas == 1 else total / replicas
