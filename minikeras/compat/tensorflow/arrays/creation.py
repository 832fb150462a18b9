"""Tensors created from a shape or a rule: zeros, ones, ranges, unit vectors, grids, masks of lengths."""

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.base.replay import safe_to_replay
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import array, integers, operands, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.operand_conversion import wrong_argument
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops import batched_indexing
from minikeras.tensors.ragged import RaggedTensor

__all__ = [
    "eye",
    "fill",
    "linspace",
    "meshgrid",
    "one_hot",
    "ones",
    "ones_like",
    "range",
    "sequence_mask",
    "zeros",
    "zeros_like",
]

_RANGE_DTYPES = ("int32", "int64", "float32", "float64")  # each can represent the values of those before it


@symbolic
def zeros(shape, dtype=dtypes.float32, name=None, layout=None):
    """A tensor of zeros (False, or empty strings). `layout` is for several devices; here is one."""
    return _full(shape, 0, dtype)


@symbolic
def ones(shape, dtype=dtypes.float32, name=None, layout=None):
    """A tensor of ones (or True). `layout` is for several devices; here is one."""
    return _full(shape, 1, dtype)


def _full(shape, value, dtype):
    dtype = standardize_dtype(dtype)
    lengths = integers(shape)
    if dtype == "string":
        return Tensor(np.full(lengths, b"", object))
    return Tensor(np.full(lengths, value, dtype))


@symbolic
def fill(dims, value, name=None, layout=None):
    """A tensor of shape `dims` with `value` everywhere. `layout` is for several devices; here is one."""
    lengths = integers(dims)
    value = tensor(value)
    if len(value.shape):
        raise wrong_argument(f"`value` of `tf.fill` is one number. Received: value.shape={tuple(value.shape)}")
    if value.dtype == "string":
        return Tensor(np.full(lengths, value.array.item(), object))
    return ops.broadcast_to(value, lengths)


def zeros_like(input, dtype=None, name=None, layout=None):
    """Zeros in the shape of `input`, and in its dtype unless another is given."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(zeros_like(input.flat_values, dtype))
    x = tensor(input)
    if (dtype or x.dtype) == "string":
        return zeros(x.shape, "string")
    return ops.zeros_like(x, None if dtype is None else standardize_dtype(dtype))


def ones_like(input, dtype=None, name=None, layout=None):
    """Ones in the shape of `input`, and in its dtype unless another is given."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(ones_like(input.flat_values, dtype))
    return ops.ones_like(tensor(input), None if dtype is None else standardize_dtype(dtype))


@symbolic
def eye(num_rows, num_columns=None, batch_shape=None, dtype=dtypes.float32, name=None):
    """The identity matrix, or one with ones on its diagonal and another number of columns; a batch of them."""
    rows = integers(num_rows)
    matrix = np.eye(rows, rows if num_columns is None else integers(num_columns), dtype=standardize_dtype(dtype))
    if batch_shape is not None:
        matrix = np.array(np.broadcast_to(matrix, (*np.atleast_1d(integers(batch_shape)).astype(int), *matrix.shape)))
    return Tensor(matrix)


@symbolic
def range(start, limit=None, delta=1, dtype=None, name="range"):
    """The values start, start + delta, … below `limit`; with one argument 0, 1, … below it.

    The dtype is that of the arguments: int32, int64, float32 or float64, the first that holds all of them.
    """
    if limit is None:
        start, limit = 0, start
    values = [array(x) for x in (start, limit, delta)]
    if dtype is None:
        dtype = max((v.dtype.name for v in values), key=_RANGE_DTYPES.index)
    start, limit, delta = (v.item() for v in values)
    if delta == 0 or (start != limit and (start < limit) != (delta > 0)):
        raise wrong_argument(
            f"`tf.range` must get from `start` to `limit` in steps of `delta`. Received: {start}, {limit}, {delta}"
        )
    return Tensor(np.arange(start, limit, delta).astype(standardize_dtype(dtype)))


@symbolic
def linspace(start, stop, num, name=None, axis=0):
    """`num` evenly spaced values from `start` to `stop`, along a new axis. Integers give float64."""
    start, stop = operands(start, stop)
    if "int" in start.dtype:
        start, stop = ops.cast(start, "float64"), ops.cast(stop, "float64")
    return ops.linspace(start, ops.cast(stop, start.dtype), integers(num), axis=axis)


@safe_to_replay("it depends on the dtype of its numbers only, and ops get their values")
def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """Each index as a vector of `depth` elements: `on_value` at its position, `off_value` elsewhere.

    An index outside 0 … depth − 1 gives `off_value` everywhere. The new axis is `axis`, by default the last one.
    """
    axis, depth = -1 if axis is None else integers(axis), integers(depth)
    if depth < 0:
        raise wrong_argument(f"`depth` is 0 or more. Received: depth={depth}")
    given = [array(v).dtype.name for v in (on_value, off_value) if v is not None]
    dtype = standardize_dtype(dtype) if dtype is not None else (given or ["float32"])[0]
    if on_value is None and off_value is None:
        return ops.one_hot(tensor(indices), depth, axis, dtype)
    on, off = (tensor(v, dtype) for v in (1 if on_value is None else on_value, 0 if off_value is None else off_value))
    return ops.where(ops.one_hot(tensor(indices), depth, axis, "bool"), on, off)


def meshgrid(*args, **kwargs):
    """A grid of vectors: for each, a tensor with its element at every point of the grid.

    Args:
        indexing: "xy" (the default) exchanges the first two axes, as in pictures; "ij" keeps the order of the vectors.
        name: has no effect.
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"`tf.meshgrid` has no argument '{next(iter(kwargs))}'")
    return ops.meshgrid(*[tensor(x) for x in args], indexing=indexing)


@symbolic
def sequence_mask(lengths, maxlen=None, dtype=dtypes.bool, name=None):
    """For each length n a row of `maxlen` values: True at the first n, then False.

    Args:
        maxlen: by default the largest length.
    """
    mask = batched_indexing.sequence_mask(tensor(lengths), integers(maxlen))
    return ops.cast(mask, as_dtype(dtype).name)
