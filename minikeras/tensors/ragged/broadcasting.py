"""Broadcasts ragged and dense operands to the same rows for elementwise functions.

Axes are aligned at the right, and one of length 1 is repeated, as in NumPy. Each value of the ragged operand with the
most values has coordinates; the other operands are read at these:

    [[1, 2], [3]] + [[10], [20]]     coordinates (0, 0), (0, 1), (1, 0);   flat values [1, 2, 3] + [10, 10, 20]
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff import sparsity
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.replay import safe_to_replay
from minikeras.ops.conversion import data_tensor


@safe_to_replay("it looks at the type")
def is_ragged(x):
    """Whether `x` is a RaggedTensor."""
    return getattr(type(x), "kind", None) == "ragged"


RULES = {}
"""{name of an op's class: function (op, *inputs)}, from `op_rules.py`."""


def apply_op(op, inputs):
    """The output of an op with a ragged input.

    Raises:
        ValueError: there is no rule for the op.
        InvalidArgumentError: the rows of two inputs differ in length.
    """
    name = type(op).__name__
    if name in RULES:
        return RULES[name](op, *inputs)
    if isinstance(op, Elementwise) or name in sparsity.KEEPS_POSITIONS_OF_VALUES:
        return elementwise(op, *inputs)
    raise ValueError(f"{name} takes no ragged tensors. Make them dense by `x.to_tensor()`, or compute with `x.values`.")


def elementwise(function, *operands):
    """`function` of operands, some of them ragged: a ragged tensor.

    Raises:
        InvalidArgumentError: rows of different lengths, none of which is 1.
    """
    like, flat = broadcast(operands)
    return like.with_flat_values(function(*flat))


def broadcast(operands):
    """(the ragged tensor whose rows the result has, the flat values of all operands in these rows)."""
    ragged = [x for x in operands if is_ragged(x)]
    like = max(ragged, key=lambda x: (len(x.shape), len(x.flat_values)))
    if all(x is like or same_rows(x, like) for x in ragged) and not any(map(_has_axes, operands)):
        return like, [x.flat_values if is_ragged(x) else x for x in operands]
    positions, lengths = coordinates(like), _lengths(like)
    return like, [_in_rows_of(like, x, positions, lengths) for x in operands]


def _has_axes(x):
    return not is_ragged(x) and len(x.shape if hasattr(x, "shape") else np.shape(x)) > 0


def same_rows(x, y):
    """Whether two ragged tensors have the same row splits."""
    ours, theirs = x.nested_row_splits, y.nested_row_splits
    return len(ours) == len(theirs) and all(np.array_equal(a.array, b.array) for a, b in zip(ours, theirs, strict=True))


def coordinates(x):
    """For the first ragged_rank + 1 axes, the index of each flat value along the axis: a list of int arrays."""
    positions, index = [], np.arange(len(x.flat_values))
    for splits in reversed(x.nested_row_splits):
        rows = np.searchsorted(splits.array, index, "right") - 1
        positions.insert(0, index - splits.array[rows])
        index = rows
    return [index, *positions]


def _lengths(x):
    """For the same axes, the length of the row that holds each flat value."""
    lengths, index = [], np.arange(len(x.flat_values))
    for splits in reversed(x.nested_row_splits):
        index = np.searchsorted(splits.array, index, "right") - 1
        lengths.insert(0, np.diff(splits.array)[index])
    return [np.full(len(index), len(x)), *lengths]


def _in_rows_of(like, x, positions, lengths):
    """The flat values of one operand, a row for each of `like`."""
    if not is_ragged(x) and not _has_axes(x):
        return x
    if is_ragged(x) and same_rows(x, like):
        return x.flat_values
    x = x if is_ragged(x) else data_tensor(x)
    skipped = len(like.shape) - len(x.shape)
    if skipped < 0:
        raise InvalidArgumentError(None, None, f"{x} has more axes than the ragged tensor {like} next to it.")
    if skipped >= len(positions):  # axes of the values only
        return x
    read = _ragged_positions if is_ragged(x) else _dense_positions
    rows, flat = read(like, x, positions[skipped:], lengths[skipped:])
    return Tensor(flat.array[rows]) if flat.dtype == "string" else ops.take(flat, rows, axis=0)


def _dense_positions(like, x, positions, lengths):
    """(indices, the tensor with its first axes merged) of a dense operand."""
    outer = tuple(x.shape[: len(positions)])
    index = [_along(like, x, n, p, length) for n, p, length in zip(outer, positions, lengths, strict=True)]
    flat = ops.reshape(x, (-1, *x.shape[len(positions) :]))
    return np.ravel_multi_index(index, outer) if len(index[0]) else index[0], flat


def _ragged_positions(like, x, positions, lengths):
    """(indices, flat values) of a ragged operand with other rows."""
    index, level = _along(like, x, len(x), positions[0], lengths[0]), x
    for splits, place, length in zip(x.nested_row_splits, positions[1:], lengths[1:], strict=False):
        starts, ends = splits.array[:-1][index], splits.array[1:][index]
        if level.uniform_row_length != 1 and not np.array_equal(ends - starts, length):
            raise _different(like, x)
        index, level = starts + _along(like, x, ends - starts, place, length), level.values
    inside = positions[1 + x.ragged_rank :]  # axes of the values, along which only the other operand is ragged
    if not inside:
        return index, x.flat_values
    total = len(x.flat_values)
    inner = x.flat_values.shape[1 : 1 + len(inside)]
    index = [index] + [
        _along(like, x, n, p, length) for n, p, length in zip(inner, inside, lengths[1 + x.ragged_rank :], strict=True)
    ]
    flat = ops.reshape(x.flat_values, (-1, *x.flat_values.shape[1 + len(inside) :]))
    return (np.ravel_multi_index(index, (total, *inner)) if total else index[0]), flat


def _along(like, x, n, positions, lengths):
    """`positions` along an axis of x of length n (of each row), 0 where it is repeated."""
    n = np.broadcast_to(n, lengths.shape)
    if not np.all((n == lengths) | (n == 1)):
        raise _different(like, x)
    return np.where(n == 1, 0, positions)


def _different(x, y):
    return InvalidArgumentError(
        None,
        None,
        f"Ragged tensors need rows of the same lengths. (Axes of length 1 that are not ragged are repeated.) "
        f"Received: {x} and {y}",
    )
