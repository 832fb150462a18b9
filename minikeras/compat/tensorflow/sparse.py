"""`tf.sparse`: TensorFlow's parameters over `minikeras/tensors/sparse/`; `name` has no effect."""

import builtins

from minikeras import ops
from minikeras.compat.tensorflow.conversion import axes, integers
from minikeras.compat.tensorflow.sparse_values import arithmetic, arrangement
from minikeras.tensors import sparse
from minikeras.tensors.sparse import SparseTensor

__all__ = [
    "SparseTensor",
    "add",
    "concat",
    "fill_empty_rows",
    "from_dense",
    "map_values",
    "reduce_max",
    "reduce_sum",
    "reorder",
    "reshape",
    "retain",
    "slice",
    "sparse_dense_matmul",
    "to_dense",
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


def add(a, b, threshold=0):
    """a + b: sparse if both are, else dense."""
    return arithmetic.add(a, b, threshold)


def map_values(op, *args, **kwargs):
    """A SparseTensor with `op` applied to the values."""
    return arithmetic.map_values(op, *args, **kwargs)


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


def transpose(sp_input, perm=None, name=None):
    """The axes in the order `perm`, reversed by default."""
    return arrangement.transpose(sp_input, integers(perm))


def retain(sp_input, to_retain):
    """The elements for which `to_retain` is true."""
    return arrangement.retain(sp_input, to_retain)


def reshape(sp_input, shape, name=None):
    """The same elements in another shape."""
    return arrangement.reshape(sp_input, integers(shape))


def fill_empty_rows(sp_input, default_value, name=None):
    """(`sp_input` with `default_value` in rows without elements, which rows these were)."""
    return arrangement.fill_empty_rows(sp_input, default_value)
