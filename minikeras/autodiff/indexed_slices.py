"""`IndexedSlices`: the gradient of a table from which only some rows were read.

TensorFlow gives optimizers the gradient of an `Embedding` in this form, rows unsummed: a token that occurs twice in a
batch brings two rows. An optimizer that squares the gradient (Adam, RMSprop) then adds the *squares* of the two rows,
not the square of their sum. Keras on TensorFlow has this quirk (Keras on JAX sums first); minikeras agrees with it.
"""

import numpy as np

from minikeras.autodiff.sparsity import DIVIDES, KEEPS_POSITIONS_OF_VALUES, MULTIPLIES
from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.embedding import scatter_add_rows


class IndexedSlices:
    """`dense[indices[k]] += values[k]` for every k, over zeros of `dense_shape`.

    Attributes:
        values: array (k, …), the gradient of each row read.
        indices: integer array (k,), which rows they were; a row may occur several times.
        dense_shape: shape of the table.
        origin: the engine's slices from which these were made for the user; None for the engine's own.
    """

    origin = None
    kind = "slices"
    __slots__ = ("dense_shape", "indices", "values")

    def __init__(self, values, indices, dense_shape):
        self.values = values
        self.indices = indices
        self.dense_shape = tuple(dense_shape)

    @property
    def shape(self):
        return self.dense_shape

    @property
    def dtype(self):
        return self.values.dtype.name

    def to_dense(self):
        """The table-shaped array, rows that occur several times summed."""
        return scatter_add_rows(np.zeros(self.shape, self.values.dtype), self.indices, self.values)

    def with_values(self, values):
        """The same rows with other values, a Tensor."""
        return IndexedSlices(values.array, self.indices, self.shape)

    def map_values(self, function):
        """The same rows with `function` applied to their values: f(g) per row, before any summation."""
        return IndexedSlices(function(self.values), self.indices, self.shape)

    def apply_op(self, op, inputs):
        """Apply an op to inputs of which this is one: row by row, as in Keras, if f(0) = 0; else to the dense array."""
        name = type(op).__name__
        if name in KEEPS_POSITIONS_OF_VALUES - {"ZerosLike"}:
            return self.with_values(op(self.values))
        if name in MULTIPLIES | DIVIDES and inputs[0] is self and np.ndim(inputs[1]) == 0:
            return self.with_values(op(self.values, inputs[1]))
        return op(*[x.as_dense() if isinstance(x, IndexedSlices) else x for x in inputs])

    def as_dense(self):
        """The table-shaped Tensor."""
        return Tensor(self.to_dense())

    def numpy(self):
        return self.to_dense()

    def __array__(self, dtype=None, copy=None):
        return self.to_dense() if dtype is None else self.to_dense().astype(dtype)

    def __repr__(self):
        return f"<IndexedSlices rows={len(self.indices)} of shape={tuple(self.shape)} dtype={self.dtype}>"


def dense(gradient):
    """A gradient as an array or Tensor, summed if it came as rows."""
    return gradient.to_dense() if isinstance(gradient, IndexedSlices) else gradient


def as_tensor(gradient):
    """A gradient in the form that users get: a Tensor, or IndexedSlices as they are."""
    if gradient is None or isinstance(gradient, (Tensor, IndexedSlices)):
        return gradient
    return Tensor(gradient)
