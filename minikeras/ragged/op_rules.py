"""What ops give for ragged tensors, as TensorFlow dispatches them. `RULES` lists what there is.

Elementwise ops act on the flat values; `take` and `one_hot` of ragged indices give one row for each index; reductions
are over everything, or over the rows of a tensor with one ragged axis. Any other op refuses ragged tensors.
"""

import math

import numpy as np

from minikeras import ops
from minikeras.autodiff import sparsity
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.shapes import normalize_axes
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.extension_dtypes import dtype_limits


def apply(op, inputs):
    """The output of an op of which one input is ragged.

    Raises:
        ValueError: there is no rule for the op; the rows of two inputs differ in length.
    """
    name = type(op).__name__
    if name in RULES:
        return RULES[name](op, *inputs)
    if isinstance(op, Elementwise) or name in sparsity.KEEPS_PLACES_OF_VALUES:
        return _elementwise(op, *inputs)
    raise ValueError(f"{name} takes no ragged tensors. Make them dense by `x.to_tensor()`, or compute with `x.values`.")


def is_ragged(x):
    """Whether `x` is a RaggedTensor."""
    return getattr(type(x), "kind", None) == "ragged"


def _elementwise(op, *inputs):
    first = next(x for x in inputs if is_ragged(x))
    splits = [s.array for s in first.nested_row_splits]
    flat = []
    for x in inputs:
        if is_ragged(x):
            others = [s.array for s in x.nested_row_splits]
            if len(others) != len(splits) or not all(map(np.array_equal, others, splits)):
                raise ValueError(f"{type(op).__name__} needs rows of the same lengths. Received: {first} and {x}")
            x = x.flat_values
        elif np.ndim(x if isinstance(x, (bool, int, float)) else as_array(x)) > 0:
            raise ValueError(f"{type(op).__name__} takes ragged tensors and numbers beside one. Received: {x!r}")
        flat.append(x)
    return first.with_flat_values(op(*flat))


def _reduced(op, x):
    """Sums, means and extrema: of all elements, or along the axis of the rows or that of their elements."""
    rank, name = len(x.shape), type(op).__name__
    axes = normalize_axes(op.axis, rank)
    if len(axes) == rank:
        y = getattr(ops, name.lower())(x.flat_values)
        return ops.reshape(y, (1,) * rank) if op.keepdims else y
    if len(axes) != 1 or x.ragged_rank != 1 or axes[0] > 1:
        raise ValueError(
            f"{name} of a ragged tensor takes one axis, 0 or 1, of one with rows of elements or vectors, or all axes. "
            f"Received: axis={op.axis}, shape={x.shape}"
        )
    axis, dense = axes[0], x.to_tensor(_filling_up(name, x.dtype))
    if name != "Mean":
        return op(dense)
    counts = np.ones(len(x.values), x.dtype)
    counts = type(x)(Tensor(counts), x.row_splits.array).to_tensor().array.sum(axis=axis, keepdims=op.keepdims)
    inner = len(x.shape) - 2
    return ops.sum(dense, axis, op.keepdims) / counts.reshape(*counts.shape, *[1] * inner)


def _filling_up(name, dtype):
    """What shorter rows are filled up with, and so the result of a row without elements, as in TensorFlow."""
    if name not in ("Max", "Min"):
        return None
    limits = dtype_limits(dtype)
    return np.asarray(limits.min if name == "Max" else limits.max, dtype)


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


def _of_first_axis(op, *parts):
    """Concatenation along the rows, or of the rows' elements."""
    axis = op.axis % len(parts[0].shape)
    if not all(map(is_ragged, parts)) or axis > 1:
        raise ValueError(f"`concatenate` joins ragged tensors along the axis 0 or 1. Received: axis={op.axis}, {parts}")
    of_rows = type(parts[0]).of_rows
    if axis == 0:
        return of_rows([row for part in parts for row in part])
    return of_rows([ops.concatenate(rows, axis=0) for rows in zip(*parts, strict=True)])


def _stack(op, *parts):
    if op.axis != 0 or not all(map(is_ragged, parts)):
        raise ValueError(f"`stack` joins ragged tensors along a new first axis. Received: axis={op.axis}, {parts}")
    return type(parts[0]).of_rows(parts)


def _expand_dims(op, x):
    if op.axis != 0:
        raise ValueError(f"`expand_dims` of a ragged tensor takes the axis 0. Received: axis={op.axis}")
    return type(x)(x, np.array([0, len(x)]), len(x))


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


RULES = {
    **dict.fromkeys(("Sum", "Mean", "Max", "Min"), _reduced),
    **dict.fromkeys(("OneHot", "Digitize"), _of_flat_values),
    "Concatenate": _of_first_axis,
    "ExpandDims": _expand_dims,
    "Ndim": lambda op, x: len(x.shape),
    "Softmax": _softmax,
    "Stack": _stack,
    "Take": _take,
}
