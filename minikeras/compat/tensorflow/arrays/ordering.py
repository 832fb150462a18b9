"""Order: sorting, argmax and argmin, the k largest, positions in a sorted sequence, distinct elements."""

from typing import NamedTuple

from minikeras import ops
from minikeras.base.errors import NotFoundError
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import integers, operands, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.ops.row_searching import descending_argsort, searchsorted_rows, unique_strings
from minikeras.ops.sorting import TopKV2

__all__ = [
    "approx_max_k",
    "argmax",
    "argmin",
    "argsort",
    "searchsorted",
    "sort",
    "top_k",
    "unique",
    "unique_with_counts",
]


class Unique(NamedTuple):
    """The result of `tf.unique`."""

    y: object
    idx: object


class UniqueWithCounts(NamedTuple):
    """The result of `tf.unique_with_counts`."""

    y: object
    idx: object
    count: object


def argmax(input, axis=None, output_type=dtypes.int64, name=None):
    """The index of the largest element along `axis` (0 by default), the first of several."""
    return ops.cast(ops.argmax(tensor(input), 0 if axis is None else integers(axis)), as_dtype(output_type).name)


def argmin(input, axis=None, output_type=dtypes.int64, name=None):
    """The index of the smallest element along `axis` (0 by default), the first of several."""
    return ops.cast(ops.argmin(tensor(input), 0 if axis is None else integers(axis)), as_dtype(output_type).name)


def sort(values, axis=-1, direction="ASCENDING", name=None):
    """The elements in ascending order along `axis`, or in descending order."""
    y = ops.sort(tensor(values), axis)
    return ops.flip(y, axis) if _is_descending(direction) else y


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The indices that would sort `values` along `axis`, int32. Equal ones keep their order even if not `stable`."""
    x = tensor(values)
    if not _is_descending(direction):
        return ops.argsort(x, axis)
    return descending_argsort(x, axis)


def _is_descending(direction):
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"`direction` must be 'ASCENDING' or 'DESCENDING'. Received: direction={direction!r}")
    return direction == "DESCENDING"


def top_k(input, k=1, sorted=True, index_type=dtypes.int32, name=None):
    """The k largest elements of the last axis: (values, indices). In descending order if `sorted`."""
    values, indices = ops.top_k(tensor(input), integers(k), sorted)
    return TopKV2(values, ops.cast(indices, as_dtype(index_type).name))


def approx_max_k(
    operand,
    k,
    reduction_dimension=-1,
    recall_target=0.95,
    reduction_input_size_override=-1,
    aggregate_to_topk=True,
    name=None,
):
    """The k largest elements of the last axis, in descending order, and their indices.

    Args:
        reduction_dimension: −1; TensorFlow has other axes on accelerators only.
        recall_target, reduction_input_size_override, aggregate_to_topk: say how far an accelerator may deviate; like
            TensorFlow on a processor, this finds them exactly.
    """
    if reduction_dimension != -1:
        raise NotFoundError(
            None,
            None,
            f"On a processor `reduction_dimension` must be -1. Received: {reduction_dimension}. Use `top_k`.",
        )
    return list(ops.top_k(tensor(operand), integers(k)))


def searchsorted(sorted_sequence, values, side="left", out_type=dtypes.int32, name=None):
    """Where each value would be inserted into its sorted sequence: before equal elements, or (side="right") after.

    Both have the same leading axes; the last one is the sequence.
    """
    sequence, values = operands(sorted_sequence, values)
    return ops.cast(searchsorted_rows(sequence, values, side), as_dtype(out_type).name)


def unique(x, out_idx=dtypes.int32, name=None):
    """The distinct elements in the order of their first occurrence, and the index among them of each element of x."""
    y, idx, _ = unique_with_counts(x, out_idx)
    return Unique(y, idx)


def unique_with_counts(x, out_idx=dtypes.int32, name=None):
    """`unique`, and how often each of the distinct elements occurs."""
    x = tensor(x)
    if len(x.shape) != 1:
        raise ValueError(f"unique expects a 1D vector. Received: shape={tuple(x.shape)}")
    dtype = as_dtype(out_idx).name
    if x.dtype == "string":
        y, idx, count = unique_strings(x)
        return UniqueWithCounts(y, ops.cast(idx, dtype), ops.cast(count, dtype))
    y, idx, count = ops.unique(x, sorted=False, return_inverse=True, return_counts=True)
    return UniqueWithCounts(y, ops.cast(idx, dtype), ops.cast(count, dtype))
