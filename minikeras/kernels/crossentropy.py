"""Crossentropy of class numbers, or of probabilities, with the softmax of logits."""

import math

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles, is_float, kernel
from minikeras.kernels.softmax import softmax_lines
from minikeras.kernels.step_ends import (
    categorical_crossentropy_job,
    softmax_crossentropy_gradient_job,
    softmax_crossentropy_job,
)
from minikeras.kernels.tasks import goes_by_jobs


def softmax_crossentropy(target, logits):
    """(loss, p): loss = −Σ target · ln p along the last axis, with p = softmax(logits).

    target and logits (…, classes), of one float dtype, which loss (…) and p (…, classes) keep.
    """
    shape = math.prod(logits.shape[:-1]), logits.shape[-1]
    rows = [np.ascontiguousarray(x.reshape(shape)) for x in (target, logits)]
    if logits.dtype.char == "f" and logits.size and compiles(*rows):
        loss, p = aligned(rows[0].shape[:1]), aligned(rows[0].shape)
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
    if goes_by_jobs(rows):
        loss, p = aligned(flat.shape), aligned(rows.shape)
        run_prepared(_jobs, (rows, flat.astype(np.int64), loss, p, np.zeros(1, np.int64)), softmax_crossentropy_job)
    else:
        loss, p = sparse_softmax_crossentropy_rows(rows, flat)
    return loss.reshape(labels.shape), p.reshape(logits.shape)


def sparse_softmax_crossentropy_gradient(dloss, p, labels):
    """dlogits = dloss · (p − one_hot(label)).  dloss and labels (…), p and dlogits (…, classes)."""
    rows = np.ascontiguousarray(p.reshape(labels.size, p.shape[-1]))
    dloss, labels = np.ascontiguousarray(dloss).reshape(-1), np.ascontiguousarray(labels).reshape(-1)
    if not goes_by_jobs(rows) or dloss.dtype.char != "f":
        return sparse_softmax_crossentropy_gradient_rows(dloss, rows, labels).reshape(p.shape)
    dlogits = aligned(rows.shape)
    run_prepared(_jobs, (dloss, rows, labels.astype(np.int64), dlogits), softmax_crossentropy_gradient_job)
    return dlogits.reshape(p.shape)


def _jobs(*arrays_and_maker):
    """What the function after the arrays makes of them, in a list."""
    *arrays, job = arrays_and_maker
    return [job(*arrays)]


def sparse_softmax_crossentropy_rows_reference(logits, labels):
    """loss = ln Σ exp(logits) − logits[label] and p = softmax(logits) of each row; NaN for labels without a class."""
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    valid = (labels >= 0) & (labels < logits.shape[1])
    chosen = np.take_along_axis(shifted, np.where(valid, labels, 0)[:, None], axis=1)
    loss = np.where(valid, (np.log(total) - chosen)[:, 0], np.nan).astype(logits.dtype)
    return loss, exponentials / total


# 128×10: 1/8 of the reference's time, 1024×1000: 1/4 (Intel Sapphire Rapids).
@kernel(
    reference=sparse_softmax_crossentropy_rows_reference,
    when=lambda logits, labels: logits.dtype.char == "f" and logits.size > 0,
)
def sparse_softmax_crossentropy_rows(logits, labels):
    rows, classes = logits.shape
    loss = np.empty(rows, logits.dtype)
    p = np.empty_like(logits)
    statistics = np.empty((rows, 2), logits.dtype)
    softmax_lines(rows, classes, address(logits, 0), address(p, 0), address(statistics, 0))
    for i in range(rows):
        label = labels[i]
        valid = 0 <= label < classes
        loss[i] = np.log(statistics[i, 1]) - (logits[i, label] - statistics[i, 0]) if valid else np.nan
    return loss, p


def sparse_softmax_crossentropy_gradient_rows_reference(dloss, p, labels):
    """dlogits = dloss · (p − one_hot(label)) of each row."""
    dlogits = p * dloss[:, None]
    valid = np.flatnonzero((labels >= 0) & (labels < p.shape[1]))
    dlogits[valid, labels[valid]] -= dloss[valid]
    return dlogits


@kernel(
    reference=sparse_softmax_crossentropy_gradient_rows_reference,
    when=lambda dloss, p, labels: is_float(dloss, p),
)
def sparse_softmax_crossentropy_gradient_rows(dloss, p, labels):
    dlogits = np.empty_like(p)
    rows, classes = p.shape
    for i in range(rows):
        for j in range(classes):
            dlogits[i, j] = p[i, j] * dloss[i]
        if 0 <= labels[i] < classes:
            dlogits[i, labels[i]] -= dloss[i]
    return dlogits
