"""`tf.sparse`: the few functions of it that scripts without sparse models use. Layers take no SparseTensor."""

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow.arrays.scattering import scatter_nd
from minikeras.compat.tensorflow.conversion import array, integers, tensor
from minikeras.compat.tensorflow.tensor_shape import TensorShape

__all__ = ["SparseTensor", "from_dense", "reorder", "sparse_dense_matmul", "to_dense"]


class SparseTensor:
    """A tensor given by the places and values of the elements that are not zero.

    Args:
        indices: places (n, axes), int64.
        values: as many values.
        dense_shape: lengths of the axes.
    """

    def __init__(self, indices, values, dense_shape):
        self.indices = tensor(array(indices, "int64").reshape(-1, len(integers(dense_shape))))
        self.values = tensor(values)
        self.dense_shape = tensor(dense_shape, "int64")
        if self.values.shape[0] != self.indices.shape[0]:
            raise ValueError(
                "`values` must be as many as the rows of `indices`. Received: "
                f"{self.values.shape[0]} and {self.indices.shape[0]}"
            )

    @property
    def shape(self):
        """The lengths of the axes, a `TensorShape`."""
        return TensorShape(self.dense_shape.array.tolist())

    @property
    def dtype(self):
        """The dtype of the values."""
        return self.values.dtype

    def get_shape(self):
        """The same as `shape`."""
        return self.shape

    def __repr__(self):
        return f"SparseTensor(indices={self.indices}, values={self.values}, dense_shape={self.dense_shape})"


def from_dense(tensor, name=None):
    """The SparseTensor of the elements of `tensor` that are not 0."""
    x = _as_tensor(tensor)
    places = np.argwhere(x.array != (b"" if x.dtype == "string" else 0))
    values = Tensor(x.array[tuple(places.T)]) if x.dtype == "string" else x[tuple(places.T)]
    return SparseTensor(places, values, np.asarray(x.array.shape, np.int64))


_as_tensor = tensor  # `from_dense` has a parameter of that name


def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The tensor with `default_value` (0) where nothing is given.

    Raises:
        ValueError: places are repeated or out of order, with `validate_indices`.
    """
    places, shape = sp_input.indices.array, tuple(sp_input.dense_shape.array.tolist())
    if validate_indices and len(places) > 1:
        numbers = np.ravel_multi_index(tuple(places.T), shape)
        if not (np.diff(numbers) > 0).all():
            raise ValueError("The indices are out of order or repeated. Use `tf.sparse.reorder`, or sum repeated ones.")
    if sp_input.dtype == "string":
        dense = np.full(shape, b"" if default_value is None else array(default_value).item(), object)
        dense[tuple(places.T)] = sp_input.values.array
        return Tensor(dense)
    dense = scatter_nd(sp_input.indices, sp_input.values, shape)
    if default_value is None:
        return dense
    given = np.zeros(shape, bool)
    given[tuple(places.T)] = True
    return ops.where(given, dense, tensor(default_value, sp_input.dtype))


def reorder(sp_input, name=None):
    """The same SparseTensor with its places in row-major order."""
    order = np.lexsort(sp_input.indices.array.T[::-1])
    values = Tensor(sp_input.values.array[order]) if sp_input.dtype == "string" else ops.take(sp_input.values, order, 0)
    return SparseTensor(sp_input.indices.array[order], values, sp_input.dense_shape)


def sparse_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The product of a sparse and a dense matrix."""
    a, b = to_dense(reorder(sp_a)), tensor(b)
    turned = [ops.conj(ops.transpose(x)) if turn else x for x, turn in ((a, adjoint_a), (b, adjoint_b))]
    return ops.matmul(*turned)
