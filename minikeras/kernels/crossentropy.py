"""Crossentropy of class numbers, or of probabilities, with the softmax of logits.

Two forms of each: the reference in NumPy, and for float32 the jobs of `step_ends.py`.
"""

import math

import numpy as np

from minikeras.kernels.memory import unset
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.step_ends import (
    categorical_crossentropy_job,
    softmax_crossentropy_gradient_job,
    softmax_crossentropy_job,
)
from minikeras.kernels.tasks import fits_jobs


def softmax_crossentropy(target, logits):
    """(loss, p): loss = −Σ target · ln p along the last axis, with p = softmax(logits).

    target and logits (…, classes), of one float dtype, which loss (…) and p (…, classes) keep.
    """
    shape = math.prod(logits.shape[:-1]), logits.shape[-1]
    rows = [np.ascontiguousarray(x.reshape(shape)) for x in (target, logits)]
    if fits_jobs(*rows):
        loss, p = unset(rows[0].shape[:1]), unset(rows[0].shape)
        run_prepared(_jobs, (*rows, loss, p), categorical_crossentropy_job)
    else:
        loss, p = softmax_crossentropy_reference(*rows)
    return loss.reshape(logits.shape[:-1]), p.reshape(logits.shape)


def softmax_crossentropy_reference(target, logits):
    """(loss, p) of rows."""
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    return np.sum(target * (np.log(total) - shifted), axis=1), exponentials / total


def sparse_softmax_crossentropy(logits, labels):
    """(loss, p): loss = −ln p[label] = ln Σ exp(logits) − logits[label], with p = softmax(logits).

    Args:
        logits: (…, classes), any float dtype, which loss and p keep.
        labels: (…), integers.

    Returns:
        loss (…) and p (…, classes). The loss of a label that is not in 0 … classes − 1 is NaN.
    """
    rows = np.ascontiguousarray(logits.reshape(labels.size, logits.shape[-1]))
    flat = np.ascontiguousarray(labels).reshape(-1)
    if fits_jobs(rows):
        loss, p, wrong = unset(flat.shape), unset(rows.shape), np.empty(1, np.int64)
        run_prepared(_jobs, (rows, _as_int64(flat), loss, p, wrong), softmax_crossentropy_job)
    else:
        loss, p = sparse_softmax_crossentropy_reference(rows, flat)
    return loss.reshape(labels.shape), p.reshape(logits.shape)


def sparse_softmax_crossentropy_gradient(dloss, p, labels):
    """dlogits = dloss · (p − one_hot(label)).  dloss and labels (…), p and dlogits (…, classes)."""
    rows = np.ascontiguousarray(p.reshape(labels.size, p.shape[-1]))
    dloss, labels = np.ascontiguousarray(dloss).reshape(-1), np.ascontiguousarray(labels).reshape(-1)
    if not fits_jobs(rows, dloss):
        return sparse_softmax_crossentropy_gradient_reference(dloss, rows, labels).reshape(p.shape)
    dlogits = unset(rows.shape)
    run_prepared(_jobs, (dloss, rows, _as_int64(labels), dlogits), softmax_crossentropy_gradient_job)
    return dlogits.reshape(p.shape)


def _as_int64(labels):
    return labels if labels.dtype == np.int64 else labels.astype(np.int64)


def _jobs(*arrays_and_maker):
    """What the function after the arrays makes of them, in a list."""
    *arrays, job = arrays_and_maker
    return [job(*arrays)]


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
