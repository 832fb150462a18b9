"""`SparseTensor`: a tensor given by the positions and values of its elements that are not zero."""

import math

import numpy as np

from minikeras import ops
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.errors import InvalidArgumentError
from minikeras.ops.conversion import data_array, data_tensor
from minikeras.tensors.sparse import op_rules


class SparseTensor:
    """A tensor by the positions and values of the elements that are not zero.

    Args:
        indices: positions (n, axes), int64.
        values: as many values.
        dense_shape: lengths of the axes.

    Raises:
        ValueError: there are not as many `values` as rows of `indices`.
    """

    def __init__(self, indices, values, dense_shape):
        self.dense_shape = data_tensor(
            np.asarray(dense_shape, np.int64) if not len(dense_shape) else dense_shape, "int64"
        )
        indices, axes = data_array(indices, "int64"), self.dense_shape.array.size
        self.indices = data_tensor(indices.reshape(-1, axes) if axes else indices.reshape(len(indices), 0))
        self.values = data_tensor(values)
        if self.values.shape[0] != self.indices.shape[0]:
            raise ValueError(
                "`values` must be as many as the rows of `indices`. Received: "
                f"{self.values.shape[0]} and {self.indices.shape[0]}"
            )

    kind = "sparse"

    def apply_op(self, op, inputs):
        """Apply an op to inputs of which this is one: ops call this for a tensor that is not a Tensor."""
        return op_rules.apply(op, inputs)

    def __mul__(self, other):
        """Multiply every element by the element of `other`, a number or a dense tensor, at its position."""
        return self.with_values(self.values * self._beside(other))

    def __truediv__(self, other):
        """Divide every element by the element of `other`, a number or a dense tensor, at its position."""
        divisors = self._beside(other)
        if not divisors.array.all():
            raise InvalidArgumentError(None, None, "A SparseTensor cannot be divided by zero.")
        return self.with_values(self.values / divisors)

    def __rmul__(self, other):
        return self * other if isinstance(other, (Tensor, Variable)) else NotImplemented

    def _beside(self, other):
        """The elements of a dense tensor, broadcast to this shape, at these positions, by TensorFlow's rules.

        Raises:
            ValueError: it is sparse, or has a different dtype.
            TypeError: a fraction together with integers.
            InvalidArgumentError: its shape does not fit.
        """
        if isinstance(other, SparseTensor):
            raise ValueError(
                "`*` and `/` combine a SparseTensor with a dense tensor or a number. Use `keras.ops.multiply`, or make "
                "one dense by `tf.sparse.to_dense`."
            )
        other = other.read() if isinstance(other, Variable) else other
        is_fraction = not hasattr(other, "dtype") and is_float(np.asarray(other).dtype.name)
        if is_fraction and not is_float(self.dtype):
            raise TypeError(f"{other!r} is no {self.dtype}. Use `tf.cast(x, tf.float32)` of the SparseTensor before.")
        dense = other if isinstance(other, Tensor) else data_tensor(other, self.dtype)
        if dense.dtype != self.dtype:
            raise ValueError(
                f"Both operands must be of one dtype. Received: {self.dtype} and {dense.dtype}. Use `tf.cast`."
            )
        fits = all(n in (1, own) for n, own in zip(dense.shape[::-1], self.shape[::-1], strict=False))
        if not fits or len(dense.shape) > len(self.shape):
            raise InvalidArgumentError(
                None, None, f"A tensor of shape {tuple(dense.shape)} does not broadcast to {self.shape}."
            )
        return ops.broadcast_to(dense, self.shape)[tuple(self.indices.array.T)]

    def as_dense(self):
        """The dense Tensor. Positions may be repeated or out of order: elements at the same position are added up."""
        return to_dense(self, validate_indices=False)

    def with_values(self, new_values):
        """Other values at the same positions."""
        return SparseTensor(self.indices, new_values, self.dense_shape)

    @property
    def shape(self):
        """The lengths of the axes."""
        return tuple(self.dense_shape.array.tolist())

    @property
    def size(self):
        """The number of elements, including stored zeros."""
        return math.prod(self.shape)

    @property
    def dtype(self):
        """The dtype of the values."""
        return self.values.dtype

    def __repr__(self):
        return f"SparseTensor(indices={self.indices!s}, values={self.values!s}, dense_shape={self.dense_shape!s})"


def from_dense(x):
    """The SparseTensor of the elements of `x` that are not 0 (or not the empty string)."""
    x = data_tensor(x)
    positions = np.argwhere(x.array != (b"" if x.dtype == "string" else 0))
    values = Tensor(x.array[tuple(positions.T)]) if x.dtype == "string" else x[tuple(positions.T)]
    return SparseTensor(positions, values, np.asarray(x.array.shape, np.int64))


def to_dense(sparse, default_value=None, validate_indices=True):
    """The dense tensor, with `default_value` (0) at positions without an element.

    Raises:
        ValueError: positions are repeated or out of order, with `validate_indices`.
    """
    positions, shape = sparse.indices.array, tuple(sparse.dense_shape.array.tolist())
    if validate_indices and not _ascend(positions, shape):
        raise ValueError("The indices are out of order or repeated. Use `reorder`, or add up repeated ones.")
    if sparse.dtype == "string":
        dense = np.full(shape, b"" if default_value is None else data_array(default_value).item(), object)
        dense[tuple(positions.T)] = sparse.values.array
        return Tensor(dense)
    dense = ops.scatter(sparse.indices, sparse.values, shape) if shape else ops.sum(sparse.values)
    if default_value is None:
        return dense
    given = np.zeros(shape, bool)
    given[tuple(positions.T)] = True
    return ops.where(given, dense, data_tensor(default_value, sparse.dtype))


def _ascend(positions, shape):
    """Whether the positions are in row-major order, and none occurs twice."""
    return len(positions) < 2 or bool((np.diff(np.ravel_multi_index(tuple(positions.T), shape)) > 0).all())


def reorder(sparse):
    """The same SparseTensor with its positions in row-major order."""
    if not sparse.shape:
        return sparse
    order = np.lexsort(sparse.indices.array.T[::-1])
    values = Tensor(sparse.values.array[order]) if sparse.dtype == "string" else ops.take(sparse.values, order, 0)
    return SparseTensor(sparse.indices.array[order], values, sparse.dense_shape)


def matmul(sparse, dense, adjoint_a=False, adjoint_b=False):
    """The product of a sparse and a dense matrix, each transposed and conjugated first where `adjoint_…` is set."""
    a, b = to_dense(reorder(sparse)), data_tensor(dense)
    a = ops.conj(ops.transpose(a)) if adjoint_a else a
    b = ops.conj(ops.transpose(b)) if adjoint_b else b
    return ops.matmul(a, b)


def of_rows(rows):
    """The SparseTensor (rows, longest) of 1-D arrays of any lengths, such as the features of single examples."""
    positions = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    shape = [len(rows), max(map(len, rows), default=0)]
    values = np.concatenate([as_array(row) for row in rows]) if rows else np.zeros(0)
    return SparseTensor(np.array(positions, np.int64).reshape(-1, 2), Tensor(values), shape)
