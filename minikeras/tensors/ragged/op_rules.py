"""How ops compute on ragged tensors, as TensorFlow dispatches them. `RULES` lists the supported ops.

Elementwise ops act on values in the same rows (`broadcasting.py`); `take` and `one_hot` of ragged indices give one row
for each index; reductions, concatenation and the like are in `reductions.py` and `arrangement.py`. Any other op
refuses ragged tensors.
"""

import math

import numpy as np

from minikeras import ops
from minikeras.tensors.ragged import arrangement
from minikeras.tensors.ragged.broadcasting import RULES, is_ragged
from minikeras.tensors.ragged.reductions import reduce


def _reduced(op, x):
    return reduce(type(op).__name__.lower(), x, op.axis, op.keepdims)


def _take(op, x, indices):
    """The rows of x at ragged indices; `axis` other than 0 repeats the indices' rows for each index before it."""
    if is_ragged(x):
        raise ValueError("`take` reads from dense tensors. Index a ragged one by `x[i]`, or read from `x.values`.")
    x = ops.convert_to_tensor(x)
    flat = op(x, indices.flat_values)
    axis = 0 if op.axis is None else op.axis % len(x.shape)
    if axis == 0:
        return indices.with_flat_values(flat)
    if indices.ragged_rank != 1:
        raise ValueError(f"`take` along axis {op.axis} has indices with one ragged axis. Received: {indices.shape=}")
    before, total, after = flat.shape[:axis], flat.shape[axis], flat.shape[axis + 1 :]
    count = math.prod(before)
    splits = indices.row_splits.array
    every = np.concatenate([[0], (splits[1:] + total * np.arange(count)[:, None]).ravel()])
    rows = type(indices)(ops.reshape(flat, (count * total, *after)), every)
    lengths = (*before, len(indices))
    for place in reversed(range(axis)):  # the axes before are of one length each
        starts = np.arange(math.prod(lengths[: place + 1]) + 1) * lengths[place + 1]
        rows = type(indices)(rows, starts, lengths[place + 1])
    return rows


def _concatenate(op, *parts):
    return arrangement.concatenate(parts, op.axis)


def _stack(op, *parts):
    return arrangement.stack(parts, op.axis)


def _expand_dims(op, x):
    return arrangement.expand_dims(x, op.axis)


def _softmax(op, x):
    if x.ragged_rank != 1 or len(x.shape) != 2 or op.axis not in (-1, 1):
        raise ValueError(
            f"`softmax` of a ragged tensor is over the elements of rows. Received: axis={op.axis}, {x.shape=}"
        )
    lengths = np.diff(x.row_splits.array)
    dense = op(x.to_tensor(float("-inf")))
    inside = np.arange(dense.shape[1]) < lengths[:, None]
    return x.with_flat_values(ops.take(ops.reshape(dense, (-1,)), np.flatnonzero(inside)))


def _of_flat_values(op, x, *others):
    return x.with_flat_values(op(x.flat_values, *others))


RULES |= {
    **dict.fromkeys(("Sum", "Mean", "Max", "Min"), _reduced),
    **dict.fromkeys(("OneHot", "Digitize"), _of_flat_values),
    "Concatenate": _concatenate,
    "ExpandDims": _expand_dims,
    "Ndim": lambda op, x: len(x.shape),
    "Softmax": _softmax,
    "Stack": _stack,
    "Take": _take,
}
