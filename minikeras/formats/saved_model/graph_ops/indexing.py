"""Slices, reading and writing by index."""

from minikeras import ops
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.ops.batched_indexing import gather_batch, gather_nd, positions_where, reverse_sequence, slice_key
from minikeras.ops.counting import invert_permutation
from minikeras.ops.partitioning import dynamic_partition, dynamic_stitch
from minikeras.ops.row_searching import searchsorted_rows
from minikeras.ops.scattering import scatter_strings


@graph_op("StridedSlice", "input begin! end! strides!")
def strided_slice(
    x, begin, end, strides, *, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    """x[begin[0]:end[0]:strides[0], …]."""
    return x[slice_key(begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)]


@graph_op("Slice", "input begin! size!")
def slice_(x, begin, size):
    """The block that begins there and has these lengths; −1: up to the end."""
    key = [slice(b, None if n == -1 else b + n) for b, n in zip(begin.tolist(), size.tolist(), strict=True)]
    return x[tuple(key)]


@graph_op("GatherV2", "params indices axis!")
def gather(params, indices, axis, *, batch_dims=0):
    """The slices of `params` at `indices` along an axis."""
    axis = int(axis) % len(params.shape)
    if batch_dims:
        return gather_batch(params, indices, axis, batch_dims % len(indices.shape))
    return ops.take(params, indices, axis)


@graph_op("Gather", "params indices")
def gather_rows(params, indices):
    """The slices of `params` at `indices` along the first axis."""
    return ops.take(params, indices, 0)


@graph_op("ResourceGather", "resource indices")
def gather_of_variable(variable, indices, *, batch_dims=0):
    """The slices of a Variable at `indices` along the first axis."""
    return gather(variable.read(), indices, 0, batch_dims=batch_dims)


@graph_op("GatherNd", "params indices")
def gather_positions(params, indices, *, bad_indices_policy=""):
    """The elements or slices at the positions in the rows of `indices`."""
    return gather_nd(params, indices, ignore_bad_indices=bad_indices_policy == "IGNORE")


@graph_op("ResourceGatherNd", "resource indices")
def gather_positions_of_variable(variable, indices):
    """The elements or slices of a Variable at the positions in the rows of `indices`."""
    return gather_nd(variable.read(), indices)


@graph_op("ScatterNd", "indices updates shape!")
def scatter_nd(indices, updates, shape, *, bad_indices_policy=""):
    """Zeros, with `updates` added at `indices`."""
    check_policy(bad_indices_policy)
    lengths = tuple(shape.tolist())
    return (scatter_strings if updates.dtype == "string" else ops.scatter)(indices, updates, lengths)


def check_policy(bad_indices_policy):
    """Raise an error if positions that do not exist should be ignored."""
    if bad_indices_policy == "IGNORE":
        raise ValueError("Positions that do not exist are an error here, but the graph is to ignore them.")


def _written(name, reduction, sign=1):
    @graph_op(name, "tensor indices updates")
    def write(x, indices, updates, *, bad_indices_policy=""):
        check_policy(bad_indices_policy)
        return ops.scatter_update(x, indices, updates if sign > 0 else ops.negative(updates), reduction)


_written("TensorScatterUpdate", None)
_written("TensorScatterAdd", "add")
_written("TensorScatterSub", "add", -1)
_written("TensorScatterMax", "max")
_written("TensorScatterMin", "min")
graph_ops("condition", Where=positions_where)
graph_ops(
    "indices dims!", UnravelIndex=lambda indices, dims: ops.stack(ops.unravel_index(indices, tuple(dims.tolist())))
)


@graph_op("ReverseSequence", "input seq_lengths!")
def reverse(x, seq_lengths, *, seq_dim, batch_dim=0):
    """The first elements of each example in reverse order."""
    return reverse_sequence(x, seq_lengths, seq_dim, batch_dim)


@graph_op("SparseToDense", "sparse_indices! output_shape! sparse_values default_value")
def sparse_to_dense(indices, output_shape, values, default_value):
    """`default_value` everywhere but at these positions."""
    shape = tuple(output_shape.tolist())
    whole = ops.broadcast_to(default_value, shape)
    positions = indices.reshape(-1, len(shape)) if indices.ndim < 2 else indices
    return ops.scatter_update(whole, positions, ops.broadcast_to(values, (len(positions),)))


@graph_op("DynamicPartition", "data partitions")
def partition(data, partitions, *, num_partitions):
    """The slices of each number."""
    return tuple(dynamic_partition(data, partitions, num_partitions))


graph_ops("indices:N data:N", DynamicStitch=dynamic_stitch, ParallelDynamicStitch=dynamic_stitch)
graph_ops("x!", InvertPermutation=invert_permutation)


def _searched(name, side):
    @graph_op(name, "sorted_inputs values")
    def search(rows, values, *, out_type="int32"):
        return ops.cast(searchsorted_rows(rows, values, side), out_type)


_searched("LowerBound", "left")
_searched("UpperBound", "right")
