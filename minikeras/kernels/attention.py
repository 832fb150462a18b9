"""Scaled dot-product attention: for each head, p = softmax(scale · q kᵀ) along the sources, y = p v.

q and dq (batch, targets, heads, size), k and dk (batch, sources, heads, size), v and dv (batch, sources, heads, width),
y and dy (batch, targets, heads, width). p is computed for one sample (the reference) or one head (the jobs) at a time
and not kept: the gradients compute it again.

    dv = pᵀ dy      ds = p · (dp − Σ dp · p) with dp = dy vᵀ      dq = scale · ds k      dk = scale · dsᵀ q
"""

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.batched_products import multiply_matrices
from minikeras.kernels.memory import scratch, unset
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import PANEL
from minikeras.kernels.registry import subroutine
from minikeras.kernels.softmax import softmax as softmax_of
from minikeras.kernels.softmax import softmax_gradient_lines, softmax_gradient_reference, softmax_lines
from minikeras.kernels.tasks import bytes_, fits_jobs, floats, task_kernel

ZERO = np.float32(0)
NO_MASK = np.zeros(0, np.uint8)
LOWEST = np.float32(np.finfo(np.float32).min)
# Targets processed at a time if attention is causal: their products end at the last source that one of them sees.
CAUSAL_TARGETS = 32


def attention(q, k, v, scale, causal, mask=None):
    """y; if `causal`, target i attends to sources 0 … i only; mask: booleans that broadcast to (batch, heads, targets,
    sources), False where attention is masked."""
    q, k, v = (np.ascontiguousarray(x) for x in (q, k, v))
    if not fits_jobs(q, k, v) or (mask is not None and (mask.dtype != np.bool_ or mask.ndim > 4)):
        return attention_reference(q, k, v, scale, causal, mask)
    y, mask = unset((*q.shape[:3], v.shape[3])), None if mask is None else np.ascontiguousarray(mask)
    run_prepared(attention_jobs, (q, k, v, y, mask), float(scale), bool(causal))
    return y


def attention_gradient(dy, q, k, v, scale, causal, mask=None):
    """(dq, dk, dv)"""
    dy, q, k, v = (np.ascontiguousarray(x) for x in (dy, q, k, v))
    if not fits_jobs(dy, q, k, v) or (mask is not None and (mask.dtype != np.bool_ or mask.ndim > 4)):
        return attention_gradient_reference(dy, q, k, v, scale, causal, mask)
    gradients = unset(q.shape), unset(k.shape), unset(v.shape)
    mask = None if mask is None else np.ascontiguousarray(mask)
    run_prepared(attention_gradient_jobs, (dy, q, k, v, *gradients, mask), float(scale), bool(causal))
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


def attention_jobs(q, k, v, y, mask, scale, causal):
    """The job that sets y; mask may be None."""
    hidden = _hidden_sources(q, k, mask, causal)
    rows, terms = q.shape[1], max(q.shape[3], k.shape[1])
    return [
        attend_heads.job(
            len(q) * q.shape[2], q, k, v, y, *hidden, scratch(rows * k.shape[1]), scratch(2 * rows),
            scratch(terms * PANEL), np.zeros(PANEL, np.float32), block_shape()[0], _together(q, k, mask, causal), scale,
        )
    ]  # fmt: skip


def attention_gradient_jobs(dy, q, k, v, dq, dk, dv, mask, scale, causal):
    """The job that sets dq, dk and dv."""
    hidden = _hidden_sources(q, k, mask, causal)
    count, terms = q.shape[1] * k.shape[1], max(q.shape[3], v.shape[3])
    return [
        attention_gradients_of_heads.job(
            len(q) * q.shape[2], dy, q, k, v, dq, dk, dv, *hidden, scratch(count), scratch(count),
            scratch(2 * q.shape[1]), scratch(terms * PANEL), np.zeros(PANEL, np.float32), block_shape()[0],
            _together(q, k, mask, causal), scale,
        )
    ]  # fmt: skip


def _hidden_sources(q, k, mask, causal):
    """(causal, mask, its four strides): which sources are hidden, as the kernels take it."""
    if mask is None:
        return int(causal), NO_MASK, 0, 0, 0, 0
    seen = np.broadcast_to(mask, (len(q), q.shape[2], q.shape[1], k.shape[1]))
    return int(causal), mask.reshape(-1).view(np.uint8), *seen.strides


def _together(q, k, mask, causal):
    """Targets processed at a time. All, where a mask may hide all sources that a target sees: it takes their mean."""
    targets, sources = q.shape[1], k.shape[1]
    return CAUSAL_TARGETS if causal and mask is None and sources <= targets else targets


@subroutine
def scale_and_hide(scores, begin, targets, sources, scale, causal, mask, first, mask_target, mask_source, lowest):
    """Multiply the scores of a head by `scale`; those that are hidden become `lowest`.

    scores[t · sources + s] is that of target begin + t and source s; `mask` is empty, or 0 at those that are hidden.
    """
    for t in range(targets):
        row = scores[t * sources : (t + 1) * sources]
        for s in range(sources):
            row[s] *= scale
        if causal != 0:
            for s in range(begin + t + 1, sources):
                row[s] = lowest
        start = first + t * mask_target
        if len(mask) > 0 and mask_source == 1:
            seen = mask[start : start + sources]
            for s in range(sources):
                row[s] = row[s] if seen[s] != 0 else lowest
        elif len(mask) > 0:
            for s in range(sources):
                row[s] = row[s] if mask[start + s * mask_source] != 0 else lowest


@task_kernel
def attend_heads(
    task,
    thread,
    q: floats(4),
    k: floats(4),
    v: floats(4),
    y: floats(4),
    causal: int,
    mask: bytes_(1),
    mask_sample: int,
    mask_head: int,
    mask_target: int,
    mask_source: int,
    scores: floats(2),
    statistics: floats(2),
    panels: floats(2),
    zeros: floats(1),
    most_rows: int,
    together: int,
    scale: float,
):
    """y of one head of one sample, `together` targets at a time; fewer than all only if it is causal."""
    _, targets, heads, size = q.shape
    sources, width = k.shape[1], v.shape[3]
    n, head = task // heads, task % heads
    p, panel, zero = address(scores, thread * scores.shape[1]), address(panels[thread], 0), address(zeros, 0)
    first, of_size, of_width = n * mask_sample + head * mask_head, heads * size, heads * width
    for begin in range(0, targets, together):
        rows = min(together, targets - begin)
        seen = min(sources, begin + rows) if together < targets else sources
        multiply_matrices(
            rows, seen, size, most_rows, address(q[n, begin, head], 0), of_size, 1,
            address(k[n, 0, head], 0), 1, of_size, p, seen, zero, panel, 1, 0,
        )  # fmt: skip
        scale_and_hide(
            scores[thread], begin, rows, seen, np.float32(scale), causal, mask, first, mask_target, mask_source, LOWEST
        )
        softmax_lines(rows, seen, p, p, address(statistics[thread], 0))
        multiply_matrices(
            rows, width, seen, most_rows, p, seen, 1,
            address(v[n, 0, head], 0), of_width, 1, address(y[n, begin, head], 0), of_width, zero, panel, 0, 0,
        )  # fmt: skip


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
    causal: int,
    mask: bytes_(1),
    mask_sample: int,
    mask_head: int,
    mask_target: int,
    mask_source: int,
    scores: floats(2),
    gradients: floats(2),
    statistics: floats(2),
    panels: floats(2),
    zeros: floats(1),
    most_rows: int,
    together: int,
    scale: float,
):
    """dq, dk and dv of one head of one sample, `together` targets at a time; fewer than all only if it is causal."""
    _, targets, heads, size = q.shape
    sources, width = k.shape[1], v.shape[3]
    n, head = task // heads, task % heads
    p, ds = address(scores, thread * scores.shape[1]), address(gradients, thread * gradients.shape[1])
    panel, zero = address(panels[thread], 0), address(zeros, 0)
    of_size, of_width = heads * size, heads * width
    k_head, v_head = address(k[n, 0, head], 0), address(v[n, 0, head], 0)
    dk_head, dv_head = address(dk[n, 0, head], 0), address(dv[n, 0, head], 0)
    first, scaling, before = n * mask_sample + head * mask_head, np.float32(scale), 0
    for begin in range(0, targets, together):
        rows = min(together, targets - begin)
        seen = min(sources, begin + rows) if together < targets else sources
        q_rows, dy_rows = address(q[n, begin, head], 0), address(dy[n, begin, head], 0)
        multiply_matrices(
            rows, seen, size, most_rows, q_rows, of_size, 1, k_head, 1, of_size, p, seen, zero, panel, 1, 0
        )
        scale_and_hide(
            scores[thread], begin, rows, seen, scaling, causal, mask, first, mask_target, mask_source, LOWEST
        )
        softmax_lines(rows, seen, p, p, address(statistics[thread], 0))
        multiply_matrices(
            rows, seen, width, most_rows, dy_rows, of_width, 1, v_head, 1, of_width, ds, seen, zero, panel, 1, 0
        )
        softmax_gradient_lines(rows, seen, p, ds, ds)
        scale_and_hide(
            gradients[thread], begin, rows, seen, scaling, causal, mask, first, mask_target, mask_source, ZERO
        )
        multiply_matrices(
            rows, size, seen, most_rows, ds, seen, 1, k_head, of_size, 1,
            address(dq[n, begin, head], 0), of_size, zero, panel, 0, 0,
        )  # fmt: skip
        for adds in range(2):  # sources that targets before have seen, too: their gradients are added up
            low, high = (0, before) if adds else (before, seen)
            if low < high:
                multiply_matrices(
                    high - low, size, rows, most_rows, ds + 4 * low, 1, seen, q_rows, of_size, 1,
                    dk_head + 4 * low * of_size, of_size, zero, panel, 0, adds,
                )  # fmt: skip
                multiply_matrices(
                    high - low, width, rows, most_rows, p + 4 * low, 1, seen, dy_rows, of_width, 1,
                    dv_head + 4 * low * of_width, of_width, zero, panel, 0, adds,
                )  # fmt: skip
        before = seen
