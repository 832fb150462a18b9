"""Crossentropy of class indices, or of probabilities, with the softmax of logits.

Two forms of each: the reference in NumPy, and for float32 the jobs of `loss_jobs.py`.
"""

import numpy as np

from minikeras.kernels.loss_jobs import (
    categorical_crossentropy_job,
    softmax_crossentropy_gradient_job,
    softmax_crossentropy_job,
)
from minikeras.kernels.memory import as_rows, empty, empty_like
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.tasks import fits_jobs


def softmax_crossentropy(target, logits):
    """(loss, p): loss = −Σ target · ln p along the last axis, with p = softmax(logits).

    target and logits (…, classes), of one float dtype, which loss (…) and p (…, classes) keep.
    """
    target, logits = np.ascontiguousarray(target), np.ascontiguousarray(logits)
    if not fits_jobs(target, logits):
        return softmax_crossentropy_reference(target, logits)
    loss, p = empty(logits.shape[:-1]), empty_like(logits)
    run_prepared(_jobs, (target, logits, loss, p))
    return loss, p


def softmax_crossentropy_reference(target, logits):
    """(loss, p) along the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True, initial=-np.inf)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=-1, keepdims=True)
    return np.sum(target * (np.log(total) - shifted), axis=-1), exponentials / total


def sparse_softmax_crossentropy(logits, labels, check=None):
    """(loss, p): loss = −ln p[label] = ln Σ exp(logits) − logits[label], with p = softmax(logits).

    Args:
        logits: (…, classes), any float dtype, which loss and p keep.
        labels: (…), integers.
        check: called to raise an error for labels without a class, unless compiled code has found that there are none.

    Returns:
        loss (…) and p (…, classes). The loss of a label that is not in 0 … classes − 1 is NaN.
    """
    logits = np.ascontiguousarray(logits)
    if not fits_jobs(logits):
        if check is not None:
            check()
        loss, p = sparse_softmax_crossentropy_reference(as_rows(logits), labels.reshape(-1))
        return loss.reshape(labels.shape), p.reshape(logits.shape)
    loss, p, wrong = empty(labels.shape), empty_like(logits), np.empty(1, np.int64)
    run_prepared(_sparse_jobs, (logits, np.ascontiguousarray(labels, np.int64), loss, p, wrong))
    if wrong[0] and check is not None:
        check()
    return loss, p


def sparse_softmax_crossentropy_gradient(dloss, p, labels):
    """dlogits = dloss · (p − one_hot(label)).  dloss and labels (…), p and dlogits (…, classes)."""
    p, dloss = np.ascontiguousarray(p), np.ascontiguousarray(dloss)
    if not fits_jobs(p, dloss):
        gradients = sparse_softmax_crossentropy_gradient_reference(dloss.reshape(-1), as_rows(p), labels.reshape(-1))
        return gradients.reshape(p.shape)
    dlogits = empty_like(p)
    run_prepared(_sparse_gradient_jobs, (dloss, p, np.ascontiguousarray(labels, np.int64), dlogits))
    return dlogits


def _sparse_jobs(logits, labels, loss, p, wrong):
    return [softmax_crossentropy_job(as_rows(logits), labels.reshape(-1), loss.reshape(-1), as_rows(p), wrong)]


def _sparse_gradient_jobs(dloss, p, labels, dlogits):
    return [softmax_crossentropy_gradient_job(dloss.reshape(-1), as_rows(p), labels.reshape(-1), as_rows(dlogits))]


def _jobs(target, logits, loss, p):
    return [categorical_crossentropy_job(as_rows(target), as_rows(logits), loss.reshape(-1), as_rows(p))]


def sparse_softmax_crossentropy_reference(logits, labels):
    """loss = ln Σ exp(logits) − logits[label] and p = softmax(logits) of each row; NaN for labels without a class."""
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    valid = (labels >= 0) & (labels < logits.shape[1])
    chosen = np.take_along_axis(shifted, np.where(valid, labels, 0)[:, None], axis=1)
    loss = np.where(valid, (np.log(total) - chosen)[:, 0], np.nan).astype(logits.dtype)
    return loss, exponentials / total


def sparse_softmax_crossentropy_gradient_reference(dloss, p, labels):
    """dlogits = dloss · (p − one_hot(label)) of each row."""
    dlogits = p * dloss[:, None]
    valid = np.flatnonzero((labels >= 0) & (labels < p.shape[1]))
    dlogits[valid, labels[valid]] -= dloss[valid]
    return dlogits
