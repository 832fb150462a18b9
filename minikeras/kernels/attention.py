"""Scaled dot-product attention: for each head, p = softmax(scale · q kᵀ) along the sources, y = p v.

q and dq (batch, targets, heads, size), k and dk (batch, sources, heads, size), v and dv (batch, sources, heads, width),
y and dy (batch, targets, heads, width). p is computed for one sample (the reference) or one head (the jobs) at a time
and not kept: the gradients compute it again.

    dv = pᵀ dy      ds = p · (dp − Σ dp · p) with dp = dy vᵀ      dq = scale · ds k      dk = scale · dsᵀ q
"""

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address
from minikeras.kernels.block_jobs import add_scaled_row, clear_row
from minikeras.kernels.memory import aligned, unset
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import subroutine
from minikeras.kernels.softmax import softmax as softmax_of
from minikeras.kernels.softmax import softmax_gradient_lines, softmax_gradient_reference, softmax_lines
from minikeras.kernels.tasks import fits_jobs, floats, task_kernel

LOWEST = np.float32(np.finfo(np.float32).min)


def attention(q, k, v, scale, causal, mask=None):
    """y; if `causal`, target i attends to sources 0 … i only; mask: booleans that broadcast to (batch, heads, targets,
    sources), False where attention is masked."""
    q, k, v = (np.ascontiguousarray(x) for x in (q, k, v))
    if mask is not None or not fits_jobs(q, k, v):
        return attention_reference(q, k, v, scale, causal, mask)
    y = unset((*q.shape[:3], v.shape[3]))
    run_prepared(attention_jobs, (q, k, v, y), float(scale), bool(causal))
    return y


def attention_gradient(dy, q, k, v, scale, causal, mask=None):
    """(dq, dk, dv)"""
    dy, q, k, v = (np.ascontiguousarray(x) for x in (dy, q, k, v))
    if mask is not None or not fits_jobs(dy, q, k, v):
        return attention_gradient_reference(dy, q, k, v, scale, causal, mask)
    gradients = unset(q.shape), unset(k.shape), unset(v.shape)
    run_prepared(attention_gradient_jobs, (dy, q, k, v, *gradients), float(scale), bool(causal))
    return gradients


# --- the references ---------------------------------------------------------------------------------------------------


def attention_reference(q, k, v, scale, causal, mask=None):
    """y, sample by sample."""
    y = np.empty((*q.shape[:3], v.shape[3]), q.dtype)
    for n in range(len(q)):
        p = _probabilities(q[n], k[n], scale, _seen(q, k, causal, mask, n))
        y[n] = (p @ v[n].transpose(1, 0, 2)).transpose(1, 0, 2)
    return y


def attention_gradient_reference(dy, q, k, v, scale, causal, mask=None):
    """(dq, dk, dv), sample by sample."""
    dq, dk, dv = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    for n in range(len(q)):
        seen = _seen(q, k, causal, mask, n)
        p = _probabilities(q[n], k[n], scale, seen)
        dy_heads, v_heads = dy[n].transpose(1, 0, 2), v[n].transpose(1, 2, 0)
        ds = softmax_gradient_reference(p, dy_heads @ v_heads) * q.dtype.type(scale)
        if seen is not None:  # p is not 0 for a fully masked target
            ds = np.where(seen, ds, q.dtype.type(0))
        dv[n] = (p.transpose(0, 2, 1) @ dy_heads).transpose(1, 0, 2)
        dq[n] = (ds @ k[n].transpose(1, 0, 2)).transpose(1, 0, 2)
        dk[n] = (ds.transpose(0, 2, 1) @ q[n].transpose(1, 0, 2)).transpose(1, 0, 2)
    return dq, dk, dv


def _probabilities(q, k, scale, seen):
    """(heads, targets, sources) of one sample."""
    scores = (q.transpose(1, 0, 2) @ k.transpose(1, 2, 0)) * q.dtype.type(scale)
    if seen is not None:  # −∞ would give NaN for a fully masked target
        scores = np.where(seen, scores, q.dtype.type(-0.7 * np.finfo(q.dtype).max))
    return softmax_of(scores)


def _seen(q, k, causal, mask, n):
    """Mask of the sources that each target of sample n attends to, None for all."""
    seen = np.tri(q.shape[1], k.shape[1], dtype=bool) if causal else None
    if mask is None:
        return seen
    own = mask[n if len(mask) > 1 else 0] if mask.ndim == 4 else mask
    return own if seen is None else own & seen


# --- as jobs, one task per head of each sample --------------------------------------------------------------------


def attention_jobs(q, k, v, y, scale, causal):
    """The job that sets y."""
    scratch = aligned((threads(), q.shape[1] * k.shape[1] + _turned(q, k, v) + 2 * q.shape[1]))
    return [attend_heads.job(len(q) * q.shape[2], q, k, v, y, scratch, scale, int(causal))]


def attention_gradient_jobs(dy, q, k, v, dq, dk, dv, scale, causal):
    """The job that sets dq, dk and dv."""
    scratch = aligned((threads(), 2 * q.shape[1] * k.shape[1] + _turned(q, k, v) + 2 * q.shape[1]))
    return [attention_gradients_of_heads.job(len(q) * q.shape[2], dy, q, k, v, dq, dk, dv, scratch, scale, int(causal))]


def _turned(q, k, v):
    """Elements of the transposed keys or values of a head."""
    return k.shape[1] * max(q.shape[3], v.shape[3])


@subroutine
def products_with_rows(x, rows, n, head, factor, products, turned):
    """products[t, s] = factor · x[n, t, head] · rows[n, s, head]; `turned` is scratch for the transposed rows."""
    targets, sources, size = x.shape[1], rows.shape[1], x.shape[3]
    for s in range(sources):
        for h in range(size):
            turned[h * sources + s] = rows[n, s, head, h]
    for t in range(targets):
        own = products[t * sources : (t + 1) * sources]
        clear_row(own)
        for h in range(size):
            add_scaled_row(turned[h * sources : (h + 1) * sources], x[n, t, head, h] * factor, own)


@subroutine
def hide_later_sources(scores, targets, sources):
    """Set scores of sources after the target so low that softmax makes them 0."""
    for t in range(targets):
        for s in range(t + 1, sources):
            scores[t * sources + s] = LOWEST


@task_kernel
def attend_heads(
    task, thread, q: floats(4), k: floats(4), v: floats(4), y: floats(4), scratch: floats(2), scale: float, causal: int
):
    """y of one head of one sample."""
    targets, sources = q.shape[1], k.shape[1]
    n, head = task // q.shape[2], task % q.shape[2]
    count, own = targets * sources, scratch[thread]
    p = own[:count]
    products_with_rows(q, k, n, head, np.float32(scale), p, own[count:])
    if causal:
        hide_later_sources(p, targets, sources)
    first = thread * scratch.shape[1]
    place, statistics = address(scratch, first), address(scratch, first + scratch.shape[1] - 2 * targets)
    softmax_lines(targets, sources, place, place, statistics)
    for t in range(targets):
        result = y[n, t, head]
        clear_row(result)
        for s in range(sources):
            add_scaled_row(v[n, s, head], p[t * sources + s], result)


@task_kernel
def attention_gradients_of_heads(
    task,
    thread,
    dy: floats(4),
    q: floats(4),
    k: floats(4),
    v: floats(4),
    dq: floats(4),
    dk: floats(4),
    dv: floats(4),
    scratch: floats(2),
    scale: float,
    causal: int,
):
    """dq, dk and dv of one head of one sample."""
    targets, sources = q.shape[1], k.shape[1]
    n, head = task // q.shape[2], task % q.shape[2]
    count, own = targets * sources, scratch[thread]
    p, ds, turned = own[:count], own[count : 2 * count], own[2 * count :]
    products_with_rows(q, k, n, head, np.float32(scale), p, turned)
    if causal:
        hide_later_sources(p, targets, sources)
    first = thread * scratch.shape[1]
    place, statistics = address(scratch, first), address(scratch, first + scratch.shape[1] - 2 * targets)
    softmax_lines(targets, sources, place, place, statistics)
    products_with_rows(dy, v, n, head, np.float32(1), ds, turned)
    ds_place = address(scratch, first + count)
    softmax_gradient_lines(targets, sources, place, ds_place, ds_place)
    for s in range(sources):
        clear_row(dk[n, s, head])
        clear_row(dv[n, s, head])
    for t in range(targets):
        dq_row = dq[n, t, head]
        clear_row(dq_row)
        for s in range(sources):
            factor = ds[t * sources + s] * np.float32(scale)
            add_scaled_row(k[n, s, head], factor, dq_row)
            add_scaled_row(q[n, t, head], factor, dk[n, s, head])
            add_scaled_row(dy[n, t, head], p[t * sources + s], dv[n, s, head])
