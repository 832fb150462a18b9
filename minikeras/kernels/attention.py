"""Scaled dot-product attention: for each head, p = softmax(scale · q kᵀ) along the sources, y = p v.

q and dq (batch, targets, heads, size), k and dk (batch, sources, heads, size), v and dv (batch, sources, heads, width),
y and dy (batch, targets, heads, width). p is computed for one sample (the reference) or one head (the jobs) at a time
and not kept: the gradients compute it again.

    dv = pᵀ dy      ds = p · (dp − Σ dp · p) with dp = dy vᵀ      dq = scale · ds k      dk = scale · dsᵀ q
"""

from typing import NamedTuple

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.batched_products import multiply_matrices
from minikeras.kernels.blocks import scale_block
from minikeras.kernels.memory import empty, scratch
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import PANEL, Matrix
from minikeras.kernels.registry import subroutine
from minikeras.kernels.softmax import (
    causal_softmax_lines,
    softmax_gradient_lines,
    softmax_gradient_reference,
    softmax_lines,
)
from minikeras.kernels.softmax import softmax as softmax_of
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
    y, mask = empty((*q.shape[:3], v.shape[3])), None if mask is None else np.ascontiguousarray(mask)
    run_prepared(attention_jobs, (q, k, v, y, mask), float(scale), bool(causal))
    return y


def attention_gradient(dy, q, k, v, scale, causal, mask=None):
    """(dq, dk, dv)"""
    dy, q, k, v = (np.ascontiguousarray(x) for x in (dy, q, k, v))
    if not fits_jobs(dy, q, k, v) or (mask is not None and (mask.dtype != np.bool_ or mask.ndim > 4)):
        return attention_gradient_reference(dy, q, k, v, scale, causal, mask)
    gradients = empty(q.shape), empty(k.shape), empty(v.shape)
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


class Heads(NamedTuple):
    """The factors of attention, or their gradients: (batch, targets or sources, heads, size or width)."""

    q: floats(4)
    k: floats(4)
    v: floats(4)


class Mask(NamedTuple):
    """Which sources are hidden from a target: later ones if `causal`, those whose byte is 0."""

    causal: int
    bytes: bytes_(1)  # empty for none
    sample: int  # strides
    head: int
    target: int
    source: int


class Workspace(NamedTuple):
    """Of each thread, for one head; and how many targets are processed at a time."""

    scores: floats(2)
    statistics: floats(2)
    panels: floats(2)
    q: floats(2)  # `together` rows times the scale
    k: floats(2)  # all, for gradients
    zeros: floats(1)
    block_rows: int
    together: int


def attention_jobs(q, k, v, y, mask, scale, causal):
    """The job that sets y; mask may be None."""
    workspace = _workspace(q, k, max(q.shape[3], k.shape[1]), mask, causal, 0)
    return [attend_heads.job(len(q) * q.shape[2], Heads(q, k, v), y, _mask(q, k, mask, causal), workspace, scale)]


def attention_gradient_jobs(dy, q, k, v, dq, dk, dv, mask, scale, causal):
    """The job that sets dq, dk and dv."""
    workspace = _workspace(q, k, max(q.shape[3], v.shape[3]), mask, causal, k.shape[1] * k.shape[3])
    return [
        attention_gradients_of_heads.job(
            len(q) * q.shape[2], dy, Heads(q, k, v), Heads(dq, dk, dv), _mask(q, k, mask, causal), workspace,
            scratch(q.shape[1] * k.shape[1]), scale,
        )
    ]  # fmt: skip


def _mask(q, k, mask, causal):
    if mask is None:
        return Mask(int(causal), NO_MASK, 0, 0, 0, 0)
    seen = np.broadcast_to(mask, (len(q), q.shape[2], q.shape[1], k.shape[1]))
    return Mask(int(causal), mask.reshape(-1).view(np.uint8), *seen.strides)


def _workspace(q, k, terms, mask, causal, scaled_k):
    targets, sources, together = q.shape[1], k.shape[1], _together(q, k, mask, causal)
    return Workspace(
        scratch(targets * sources), scratch(2 * targets), scratch(terms * PANEL), scratch(together * q.shape[3]),
        scratch(scaled_k), np.zeros(PANEL, np.float32), block_shape()[0], together,
    )  # fmt: skip


def _together(q, k, mask, causal):
    """Targets processed at a time. All, where a mask may hide all sources that a target sees: it takes their mean."""
    targets, sources = q.shape[1], k.shape[1]
    return CAUSAL_TARGETS if causal and mask is None and sources <= targets else targets


@subroutine
def hide(scores, targets, sources, mask, n, head, lowest):
    """The scores of a head that are hidden, scores[t · sources + s], become `lowest`."""
    if len(mask.bytes) == 0:
        return
    for t in range(targets):
        row = scores[t * sources : (t + 1) * sources]
        if mask.causal != 0:
            for s in range(t + 1, sources):
                row[s] = lowest
        start = n * mask.sample + head * mask.head + t * mask.target
        if mask.source == 1:
            seen = mask.bytes[start : start + sources]
            for s in range(sources):
                row[s] = row[s] if seen[s] != 0 else lowest
        else:
            for s in range(sources):
                row[s] = row[s] if mask.bytes[start + s * mask.source] != 0 else lowest


@subroutine
def matrix_of_head(x, n, begin, head):
    """The `Matrix` of one head's rows, from row `begin` on."""
    return Matrix(address(x[n, begin, head], 0), x.shape[2] * x.shape[3], 1)


@subroutine
def scaled_rows(x, n, begin, head, rows, scale, place):
    """The `Matrix` of one head's rows times `scale`, copied to an address."""
    source, size = matrix_of_head(x, n, begin, head), x.shape[3]
    scale_block(source.start, source.row, place, size, rows, size, scale)
    return Matrix(place, size, 1)


@subroutine
def transposed(matrix):
    """The transposed `Matrix`."""
    return Matrix(matrix.start, matrix.column, matrix.row)


@subroutine
def multiply(rows, columns, terms, workspace, thread, a, b, c, packs, adds):
    """`multiply_matrices` with the workspace of a thread."""
    blocks = (rows + workspace.block_rows - 1) // workspace.block_rows
    multiply_matrices(
        rows, columns, terms, (rows + blocks - 1) // blocks, a, b, c,
        address(workspace.zeros, 0), address(workspace.panels[thread], 0), packs, adds,
    )  # fmt: skip


@subroutine
def probabilities(q, heads, n, head, begin, rows, seen, mask, workspace, thread):
    """The `Matrix` p of some targets, in the workspace, from their scaled rows of q."""
    scores = workspace.scores[thread]
    p = Matrix(address(scores, 0), seen, 1)
    k = matrix_of_head(heads.k, n, 0, head)
    multiply(rows, seen, heads.q.shape[3], workspace, thread, q, transposed(k), p, 1, 0)
    if mask.causal != 0 and len(mask.bytes) == 0:
        causal_softmax_lines(rows, seen, begin + 1, p.start, p.start)
    else:
        hide(scores, rows, seen, mask, n, head, LOWEST)
        softmax_lines(rows, seen, p.start, p.start, address(workspace.statistics[thread], 0))
    return p


@task_kernel
def attend_heads(task, thread, heads: Heads, y: floats(4), mask: Mask, workspace: Workspace, scale: float):
    """y of one head of one sample, some targets at a time; fewer than all only if it is causal."""
    targets, sources, width = heads.q.shape[1], heads.k.shape[1], y.shape[3]
    n, head = task // y.shape[2], task % y.shape[2]
    for begin in range(0, targets, workspace.together):
        rows = min(workspace.together, targets - begin)
        seen = min(sources, begin + rows) if workspace.together < targets else sources
        q = scaled_rows(heads.q, n, begin, head, rows, np.float32(scale), address(workspace.q[thread], 0))
        p = probabilities(q, heads, n, head, begin, rows, seen, mask, workspace, thread)
        v, y_rows = matrix_of_head(heads.v, n, 0, head), matrix_of_head(y, n, begin, head)
        multiply(rows, width, seen, workspace, thread, p, v, y_rows, 0, 0)


@task_kernel
def attention_gradients_of_heads(
    task, thread, dy: floats(4), heads: Heads, gradients: Heads, mask: Mask, workspace: Workspace, dscores: floats(2),
    scale: float,
):  # fmt: skip
    """dq, dk and dv of one head of one sample, some targets at a time; fewer than all only if it is causal."""
    targets, sources, size, width = heads.q.shape[1], heads.k.shape[1], heads.q.shape[3], dy.shape[3]
    n, head = task // dy.shape[2], task % dy.shape[2]
    v = matrix_of_head(heads.v, n, 0, head)
    k = scaled_rows(heads.k, n, 0, head, sources, np.float32(scale), address(workspace.k[thread], 0))
    before = 0
    for begin in range(0, targets, workspace.together):
        rows = min(workspace.together, targets - begin)
        seen = min(sources, begin + rows) if workspace.together < targets else sources
        q = scaled_rows(heads.q, n, begin, head, rows, np.float32(scale), address(workspace.q[thread], 0))
        p = probabilities(q, heads, n, head, begin, rows, seen, mask, workspace, thread)
        ds = Matrix(address(dscores[thread], 0), seen, 1)
        dy_rows = matrix_of_head(dy, n, begin, head)
        multiply(rows, seen, width, workspace, thread, dy_rows, transposed(v), ds, 1, 0)
        softmax_gradient_lines(rows, seen, p.start, ds.start, ds.start)
        hide(dscores[thread], rows, seen, mask, n, head, ZERO)  # p is not 0 for a fully masked target
        multiply(rows, size, seen, workspace, thread, ds, k, matrix_of_head(gradients.q, n, begin, head), 0, 0)
        for adds in range(2):  # sources that targets before have seen, too: their gradients are added up
            low, high = (0, before) if adds else (before, seen)
            if low < high:
                ds_columns = Matrix(ds.start + 4 * low, 1, seen)
                p_columns = Matrix(p.start + 4 * low, 1, seen)
                dk, dv = matrix_of_head(gradients.k, n, low, head), matrix_of_head(gradients.v, n, low, head)
                multiply(high - low, size, rows, workspace, thread, ds_columns, q, dk, 0, adds)
                multiply(high - low, width, rows, workspace, thread, p_columns, dy_rows, dv, 0, adds)
        before = seen
