"""Losses over very many classes, from the true ones and a few sampled ones.

    logit(c) = x · w[c] + b[c] − ln E[how often c is sampled]

The last term makes up for frequent classes being sampled more often. From these logits, sampled softmax is a
crossentropy among the true and the sampled classes (Jean et al., 2015), noise-contrastive estimation a binary one for
each of them (Gutmann & Hyvärinen, 2010).
"""

__replay__ = "computes"

import numpy as np

from minikeras.ops.core import cast
from minikeras.ops.crossentropy import SigmoidCrossentropy, SoftmaxCrossentropy
from minikeras.ops.exponential import log
from minikeras.ops.indexing import take
from minikeras.ops.joining import concatenate
from minikeras.ops.products import matmul
from minikeras.ops.reduction import sum as sum_of
from minikeras.ops.shaping import expand_dims, reshape, swapaxes


def sampled_logits(weights, biases, labels, inputs, candidates, remove_accidental_hits):
    """Logits (batch, num_true + num_sampled) and their labels, which share 1 among the true classes.

    Args:
        weights: (classes, features).
        biases: (classes,).
        labels: (batch, num_true) integers.
        inputs: (batch, features).
        candidates: (sampled classes, expected counts of the true classes, those of the sampled ones).
        remove_accidental_hits: leave out sampled classes that are among a sample's true ones.
    """
    sampled, true_counts, sampled_counts = candidates
    batch, num_true = labels.shape
    chosen = reshape(take(weights, labels, 0), (batch, num_true, -1))
    true = sum_of(expand_dims(inputs, 1) * chosen, -1) + take(biases, labels, 0)
    others = matmul(inputs, swapaxes(take(weights, sampled, 0), 0, 1)) + take(biases, sampled, 0)
    true = true - cast(log(reshape(true_counts, (batch, num_true))), true.dtype)
    others = others - cast(log(sampled_counts), others.dtype)
    if remove_accidental_hits:
        hits = (expand_dims(labels, 2) == reshape(sampled, (1, 1, -1))).array.any(1)
        others = others + np.where(hits, np.finfo(others.dtype).min, 0).astype(others.dtype)
    shares = [np.full((batch, num_true), 1 / num_true), np.zeros((batch, len(sampled)))]
    return concatenate([true, others], 1), np.concatenate(shares, 1).astype(true.dtype)


def sampled_softmax_loss(*arguments):
    """−Σ labels · ln softmax(logits), for each sample; the arguments are those of `sampled_logits`."""
    logits, labels = sampled_logits(*arguments)
    return SoftmaxCrossentropy(-1)(labels, logits)


def nce_loss(*arguments):
    """Σ of the binary crossentropies of all true and sampled classes, for each sample."""
    logits, labels = sampled_logits(*arguments)
    return sum_of(SigmoidCrossentropy()(labels, logits), 1)
