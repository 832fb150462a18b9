"""`tf.sparse`: TensorFlow's parameters over `minikeras/tensors/sparse/`; `name` has no effect."""

import builtins

from minikeras import ops
from minikeras.compat.tensorflow.conversion import axes, integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype, float32
from minikeras.compat.tensorflow.indexed_slices import IndexedSlices
from minikeras.ops import segments
from minikeras.tensors import sparse
from minikeras.tensors.lookup import crossing
from minikeras.tensors.sparse import SparseTensor, arithmetic, arrangement, encoding

__all__ = [
    "SparseTensor",
    "add",
    "bincount",
    "concat",
    "cross",
    "cross_hashed",
    "expand_dims",
    "eye",
    "fill_empty_rows",
    "from_dense",
    "map_values",
    "mask",
    "maximum",
    "minimum",
    "reduce_max",
    "reduce_sum",
    "reorder",
    "reset_shape",
    "reshape",
    "retain",
    "sampled_addmm",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
    "slice",
    "softmax",
    "sparse_dense_matmul",
    "split",
    "to_dense",
    "to_indicator",
    "transpose",
]


def from_dense(tensor, name=None):
    """The SparseTensor of the elements of `tensor` that are not 0."""
    return sparse.from_dense(tensor)


def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The dense tensor, with `default_value` (0) where there is no element."""
    return sparse.to_dense(sp_input, default_value, validate_indices)


def reorder(sp_input, name=None):
    """The same SparseTensor with its indices in row-major order."""
    return sparse.reorder(sp_input)


def sparse_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The product of a sparse and a dense matrix."""
    return sparse.matmul(sp_a, b, adjoint_a, adjoint_b)


def sampled_addmm(indices, values, dense_shape, mat1, mat2, beta=1.0, alpha=1.0, output_type=float32):
    """beta · values + alpha · (mat1 mat2) at the positions `indices`: the parts of a SparseTensor.

    Args:
        indices: (…, n, 2): row and column of each value, for each matrix of a batch.
        values: (…, n).
        dense_shape: of the product, (rows, columns) or with the batch's axes.
        mat1, mat2: (…, rows, k) and (…, k, columns).

    Returns:
        (indices, values, dense_shape)

    Raises:
        ValueError: `dense_shape` is not that of the product.
    """
    indices, shape = tensor(indices), tensor(dense_shape)
    values, mat1, mat2 = [tensor(x, as_dtype(output_type).name) for x in (values, mat1, mat2)]
    if integers(shape)[-2:] != [mat1.shape[-2], mat2.shape[-1]]:
        raise ValueError(
            f"`dense_shape` must be that of the product, {[mat1.shape[-2], mat2.shape[-1]]}. "
            f"Received: {integers(shape)}"
        )
    return indices, arrangement.sampled_product(indices, mat1, mat2, alpha, values, beta), shape


def add(a, b, threshold=0):
    """a + b: sparse if both are, else dense."""
    return arithmetic.add(a, b, threshold)


def maximum(sp_a, sp_b, name=None):
    """The larger element of both at each position; an absent element is 0."""
    return arithmetic.maximum(sp_a, sp_b)


def minimum(sp_a, sp_b, name=None):
    """The smaller element of both at each position; an absent element is 0."""
    return arithmetic.minimum(sp_a, sp_b)


def map_values(op, *args, **kwargs):
    """A SparseTensor with `op` applied to the values."""
    return arithmetic.map_values(op, *args, **kwargs)


def softmax(sp_input, name=None):
    """Softmax along the last axis, among the stored elements only."""
    return arithmetic.softmax(sp_input)


def reduce_sum(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
    """Σ over `axis`, dense by default."""
    return arithmetic.reduce(ops.segment_sum, sp_input, axes(axis), builtins.bool(keepdims), output_is_sparse)


def reduce_max(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
    """The largest of the stored elements over `axis`; 0 if there are none."""
    return arithmetic.reduce(ops.segment_max, sp_input, axes(axis), builtins.bool(keepdims), output_is_sparse)


def concat(axis, sp_inputs, expand_nonconcat_dims=False, name=None):
    """SparseTensors joined along `axis`."""
    return arrangement.concatenate(integers(axis), sp_inputs, expand_nonconcat_dims)


def slice(sp_input, start, size, name=None):
    """The block at `start` with at most `size` elements along each axis."""
    return arrangement.part(sp_input, integers(start), integers(size))


def split(sp_input=None, num_split=None, axis=None, name=None):
    """A list of `num_split` SparseTensors along `axis`."""
    return arrangement.split(sp_input, integers(num_split), integers(axis))


def reshape(sp_input, shape, name=None):
    """The same elements in another shape."""
    return arrangement.reshape(sp_input, integers(shape))


def transpose(sp_input, perm=None, name=None):
    """The axes in the order `perm`, reversed by default."""
    return arrangement.transpose(sp_input, integers(perm))


def expand_dims(sp_input, axis=None, name=None):
    """A new axis of length 1, the last by default."""
    return arrangement.expand_dims(sp_input, -1 if axis is None else integers(axis))


def eye(num_rows, num_columns=None, dtype=float32, name=None):
    """A sparse matrix with ones on its diagonal."""
    return arrangement.eye(integers(num_rows), integers(num_columns), as_dtype(dtype).name)


def retain(sp_input, to_retain):
    """The elements for which `to_retain` is true."""
    return arrangement.retain(sp_input, to_retain)


def reset_shape(sp_input, new_shape=None):
    """The same elements in another shape, by default the smallest that holds them."""
    return arrangement.reset_shape(sp_input, integers(new_shape))


def fill_empty_rows(sp_input, default_value, name=None):
    """(`sp_input` with `default_value` in rows without elements, which rows these were)."""
    return arrangement.fill_empty_rows(sp_input, default_value)


def to_indicator(sp_input, vocab_size, name=None):
    """Dense booleans: true at each value along the last axis."""
    return arrangement.to_indicator(sp_input, integers(vocab_size))


def segment_sum(data, indices, segment_ids, num_segments=None, name=None, sparse_gradient=False):
    """Σ of the rows `data[indices]` with the same segment ID."""
    rows = ops.take(tensor(data), tensor(indices), 0)
    return ops.segment_sum(rows, tensor(segment_ids), integers(num_segments))


def segment_mean(data, indices, segment_ids, num_segments=None, name=None, sparse_gradient=False):
    """The mean of the rows `data[indices]` with the same segment ID."""
    rows = ops.take(tensor(data), tensor(indices), 0)
    return segments.segment_mean(rows, tensor(segment_ids), integers(num_segments))


def segment_sqrt_n(data, indices, segment_ids, num_segments=None, name=None, sparse_gradient=False):
    """Σ of the rows `data[indices]` with the same segment ID, divided by the root of their number."""
    rows = ops.take(tensor(data), tensor(indices), 0)
    return segments.segment_sqrt_n(rows, tensor(segment_ids), integers(num_segments))


def mask(a, mask_indices, name=None):
    """IndexedSlices without the rows whose index is in `mask_indices`."""
    kept = sparse.rows.outside(a.indices, tensor(mask_indices))
    return IndexedSlices(ops.take(a.values, kept, 0), ops.take(a.indices, kept, 0), a.shape)


def bincount(values, weights=None, axis=0, minlength=None, maxlength=None, binary_output=False, name=None):
    """How often each integer occurs, or the sum of its weights: a SparseTensor.

    Args:
        values: sparse, ragged or dense integers.
        weights: of the same kind as `values`, or None.
        axis: 0 counts all, −1 in each row.
        minlength, maxlength: the minimum number of columns, and the maximum number of integers to count.
        binary_output: 1 for each integer that occurs.
    """
    if axis not in (0, -1):
        raise ValueError(f"`axis` must be 0 or -1. Received: axis={axis}")
    return encoding.counts_in_rows(values, axis == -1, weights, minlength, maxlength, binary_output)


def cross(inputs, name=None, separator=None):
    """All combinations of one value of each input, row by row: texts joined by "_X_" (or another `separator`)."""
    return _of_rows(crossing.cross(inputs, "_X_" if separator is None else separator))


def cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """The hashes of all combinations, row by row, modulo `num_buckets`."""
    return _of_rows(crossing.cross_hashed(inputs, num_buckets, hash_key))


def _of_rows(ragged):
    return sparse.sparse_tensor.of_rows([row.array for row in ragged])
