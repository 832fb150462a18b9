"""Gathering by index, mask, condition or block; partitioning of rows into several tensors, and its inverse."""

import builtins

from minikeras import ops
from minikeras.autodiff import KerasTensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.shapes import normalize_axes
from minikeras.compat.tensorflow.conversion import integers, operands, tensor
from minikeras.compat.tensorflow.operand_conversion import wrong_argument
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops import batched_indexing, partitioning

__all__ = [
    "boolean_mask",
    "dynamic_partition",
    "dynamic_stitch",
    "gather",
    "gather_nd",
    "slice",
    "strided_slice",
    "unravel_index",
    "where",
]


def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """The slices of `params` at `indices` along `axis`; the axes of `indices` replace it.

    Args:
        axis: by default the first after the batch axes.
        batch_dims: that many leading axes of both are a batch: each example has its own indices.
        validate_indices: has no effect; they always are.
    """
    params, indices = tensor(params), tensor(indices)
    (batch_dims,) = normalize_axes(batch_dims, len(indices.shape)) if batch_dims < 0 else (batch_dims,)
    (axis,) = (batch_dims,) if axis is None else normalize_axes(integers(axis), len(params.shape))
    if batch_dims == 0:
        return ops.take(params, indices, axis=axis)
    return _gather_batch(params, indices, axis, batch_dims)


@symbolic
def _gather_batch(params, indices, axis, batch_dims):
    return batched_indexing.gather_batch(params, indices, axis, batch_dims)


def gather_nd(params, indices, batch_dims=0, name=None, bad_indices_policy=""):
    """The elements or slices of `params` at positions given by the rows of `indices` (…, depth).

    Args:
        batch_dims: that many leading axes of both are a batch: each example has its own indices.
        bad_indices_policy: "" or "ERROR": an invalid position is an error; "IGNORE": it gives 0.
    """
    params, indices = tensor(params), tensor(indices)
    if batch_dims or bad_indices_policy == "IGNORE":
        return _gather_nd(params, indices, batch_dims, bad_indices_policy)
    return batched_indexing.gather_nd(params, indices)


@symbolic
def _gather_nd(params, indices, batch_dims, bad_indices_policy):
    return batched_indexing.gather_nd(params, indices, batch_dims, bad_indices_policy == "IGNORE")


def _masked(tensor, mask, axis):
    axis = axis or 0
    rank = len(mask.shape)
    return KerasTensor((*tensor.shape[:axis], None, *tensor.shape[axis + rank :]), dtype=tensor.dtype)


def boolean_mask(tensor, mask, axis=None, name="boolean_mask"):
    """The elements (or slices) of `tensor` where `mask` is True, along one axis.

    Args:
        mask: booleans in the shape of the axes of `tensor` from `axis` on, which they replace.
        axis: of `tensor`, 0 by default.
    """
    return _boolean_mask(_as_tensor(tensor), _as_tensor(mask), integers(axis))


_as_tensor = tensor  # several functions here have a parameter of that name


@symbolic(output_spec=_masked)
def _boolean_mask(tensor, mask, axis):
    return batched_indexing.boolean_mask(tensor, mask, 0 if axis is None else axis)


def _positions(condition):
    return KerasTensor((None, len(condition.shape)), dtype="int64")


@symbolic(output_spec=_positions)
def _where_true(condition):
    return batched_indexing.positions_where(condition)


def where(condition, x=None, y=None, name=None):
    """x where `condition` holds, y elsewhere; without them the positions where it holds, int64 rows of indices."""
    if x is None and y is None:
        return _where_true(tensor(condition))
    if x is None or y is None:
        raise ValueError("`tf.where` takes both `x` and `y`, or neither. Received: one of them.")
    condition = tensor(condition)
    if condition.dtype != "bool":
        raise wrong_argument(
            f"`condition` of `tf.where` is boolean. Received: {str.__str__(condition.dtype)}. Compare: x != 0"
        )
    return ops.where(condition, *operands(x, y))


def slice(input_, begin, size, name=None):
    """The block of `input_` that starts at `begin` and has lengths `size` (−1: up to the end).

    Raises:
        ValueError: the block exceeds an edge.
    """
    if any_symbolic((begin, size)):
        return _slice_symbolic(input_, begin, size)
    x, begin, size = tensor(input_), _list(begin), _list(size)
    for i, (start, length, n) in enumerate(zip(begin, size, x.shape, strict=True)):
        if n is not None and not (0 <= start <= n and -1 <= length <= n - start):
            raise wrong_argument(f"Expected size[{i}] in [0, {n - start}], but got {length} (begin={begin})")
    return x[tuple(builtins.slice(s, None if n == -1 else s + n) for s, n in zip(begin, size, strict=True))]


@symbolic
def _slice_symbolic(input_, begin, size):
    return slice(input_, begin, size)


def _list(values):
    values = integers(values)
    return values if isinstance(values, list) else [values]


def strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
    name=None,
):
    """`input_[begin[0]:end[0]:strides[0], …]`.

    Args:
        begin_mask, end_mask: bit i set: the i-th slice has no start, or no end.
        ellipsis_mask, new_axis_mask, shrink_axis_mask: bit i set: the i-th part of the key is `...`, a new axis, or the
            number `begin[i]`.
        var: None: assignment to a slice of a variable is not supported.
    """
    if var is not None:
        raise NotImplementedError("`var` is not supported: assign to the whole variable.")
    begin = _list(begin)
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    return tensor(input_)[batched_indexing.slice_key(begin, _list(end), strides_or_ones(strides, begin), *masks)]


def strides_or_ones(strides, begin):
    """The strides as a list, 1 for each axis by default."""
    return [1] * len(begin) if strides is None else _list(strides)


def unravel_index(indices, dims, name=None):
    """Indices into a flattened tensor as indices into one of shape `dims`: one row for each axis."""
    return ops.stack(ops.unravel_index(tensor(indices), tuple(integers(dims))))


def dynamic_partition(data, partitions, num_partitions, name=None):
    """A list of `num_partitions` tensors: the i-th holds the slices of `data` where `partitions` is i."""
    return partitioning.dynamic_partition(tensor(data), tensor(partitions), num_partitions)


def dynamic_stitch(indices, data, name=None):
    """One tensor from several: slice data[m][i] goes to indices[m][i]; duplicates keep the last."""
    return partitioning.dynamic_stitch([tensor(i) for i in indices], [tensor(x) for x in data])
