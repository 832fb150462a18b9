"""Functions that make ragged tensors: `constant`, `range` and others."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged.broadcasting import is_ragged, same_rows
from minikeras.tensors.ragged.ragged_tensor import RaggedTensor


def constant(pylist, dtype=None, ragged_rank=None, inner_shape=None):
    """A ragged tensor of nested Python lists.

    Args:
        ragged_rank: how many axes after the first are ragged; all but the last if None.
        inner_shape: shape of the values that the innermost lists hold; numbers if None.

    Raises:
        ValueError: the lists have different depths.
    """
    depth = _depth(pylist)
    if depth == 0 and not ragged_rank:
        return data_tensor(pylist, dtype)
    if ragged_rank is None:
        ragged_rank = max(depth - 1 - len(inner_shape or ()), 0)
    if ragged_rank == 0:
        return _values(pylist, dtype, inner_shape)
    if ragged_rank >= depth and pylist:
        raise ValueError(f"ragged_rank={ragged_rank} needs deeper lists. Received: numbers in {depth} lists")
    splits = []
    while len(splits) < ragged_rank:
        splits.append(np.concatenate([[0], np.cumsum([len(row) for row in pylist])]))
        pylist = [item for row in pylist for item in row]
    return RaggedTensor.from_nested_row_splits(_values(pylist, dtype, inner_shape), splits)


def _depth(pylist):
    """How deep the lists are nested."""
    if not isinstance(pylist, (list, tuple, np.ndarray)):
        return 0
    depths = {_depth(item) for item in pylist if not (isinstance(item, (list, tuple)) and not len(item))}
    if len(depths) > 1:
        raise ValueError(f"All numbers of a ragged tensor must be in equally many lists. Received: {pylist!r:.200}")
    if depths:
        return 1 + depths.pop()
    return 1 + max((_depth(item) for item in pylist), default=0)


def _values(items, dtype, inner_shape):
    if dtype == "string" and not len(items):
        values = string_tensor([])
    else:
        values = data_tensor(items if len(items) else np.zeros(0, np.float32), dtype)
    return ops.reshape(values, (-1, *inner_shape)) if inner_shape else values


def range(starts, limits=None, deltas=1, dtype=None):
    """Row i counts from starts[i] (0 if only one argument is given) to limits[i] in steps of deltas[i]."""
    if limits is None:
        starts, limits = 0, starts
    bounds = [data_tensor(x).array for x in (starts, limits, deltas)]
    rows = [np.arange(*row) for row in zip(*[np.atleast_1d(b) for b in np.broadcast_arrays(*bounds)], strict=True)]
    dtype = dtype or np.result_type(*bounds)
    return RaggedTensor.of_rows([Tensor(row.astype(dtype)) for row in rows])


def map_flat_values(op, *args, **kwargs):
    """`op` on the innermost values of the ragged tensors among the arguments, which have the same rows."""
    first = next((arg for arg in (*args, *kwargs.values()) if is_ragged(arg)), None)
    if first is None:
        return op(*args, **kwargs)

    def flat(argument):
        if not is_ragged(argument):
            return argument
        if not same_rows(argument, first):
            raise InvalidArgumentError(
                None, None, f"Ragged tensors must have the same rows. Received: {first} and {argument}"
            )
        return argument.flat_values

    return first.with_flat_values(op(*map(flat, args), **{key: flat(value) for key, value in kwargs.items()}))


def row_splits_to_segment_ids(splits, out_type=None):
    """The row that each value belongs to."""
    dtype = out_type or (splits.array.dtype if isinstance(splits, Tensor) else "int64")
    splits = data_tensor(splits).array
    return Tensor(np.repeat(np.arange(len(splits) - 1), np.diff(splits)).astype(dtype))


def segment_ids_to_row_splits(segment_ids, num_segments=None, out_type=None):
    """The row splits of values whose row indices are given."""
    ids = data_tensor(segment_ids).array.astype(np.intp, casting="same_kind", copy=False)
    counts = np.bincount(ids, minlength=0 if num_segments is None else int(num_segments))
    return Tensor(np.concatenate([[0], np.cumsum(counts)]).astype(out_type or "int64"))
