"""`tf.IndexedSlices`: rows of a tensor with their positions, such as the gradient of `tf.gather`."""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices as EngineSlices
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.base.replay import safe_to_replay
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.kernels.embedding import scatter_add_rows
from minikeras.ops.core import convert_to_tensor

__all__ = ["IndexedSlices"]


class IndexedSlices(EngineSlices):
    """`dense[indices[k]] += values[k]` for every k, over zeros of `dense_shape`; the parts are Tensors.

    Args:
        values: (k, …).
        indices: (k,) integers.
        dense_shape: shape of the whole tensor; None if unknown.

    Attributes:
        origin: the engine's slices from which these were created, used when whole steps are recorded; or None.
    """

    __slots__ = ("_shape", "origin")

    @safe_to_replay("only the shape is taken out of a tensor")
    def __init__(self, values, indices, dense_shape=None):
        self.origin = None
        self.values = convert_to_tensor(values)
        self.indices = convert_to_tensor(indices)
        self._shape = None if dense_shape is None else tuple(int(n) for n in as_array(dense_shape))

    @property
    def dense_shape(self):
        """Shape of the whole tensor as a tensor, or None if it is not known."""
        return None if self._shape is None else Tensor(np.asarray(self._shape, np.int32))

    @property
    def shape(self):
        """Shape of the whole tensor."""
        return TensorShape(self._shape)

    @property
    def dtype(self):
        """Element type of the values."""
        return self.values.dtype

    @property
    def device(self):
        """The device."""
        return "/job:localhost/replica:0/task:0/device:CPU:0"

    def to_dense(self):
        """The whole array, with rows that occur several times summed.

        Raises:
            ValueError: the shape is not known.
        """
        if self._shape is None:
            raise ValueError(
                "Tensor conversion requested for IndexedSlices for tensor without dense_shape. "
                "Give `dense_shape` when you make the IndexedSlices."
            )
        values = self.values.array
        return scatter_add_rows(np.zeros(self._shape, values.dtype), self.indices.array, values)

    def with_values(self, values):
        """The same rows with other values, a Tensor."""
        return IndexedSlices(values, self.indices, self._shape)

    def __neg__(self):
        return self.with_values(-self.values)

    def __str__(self):
        shape = "" if self._shape is None else f", dense_shape={self.dense_shape!s}"
        return f"IndexedSlices(indices={self.indices!s}, values={self.values!s}{shape})"


def with_tensors(gradient):
    """The engine's slices as TensorFlow's; anything else unchanged."""
    if type(gradient) is EngineSlices:
        slices = IndexedSlices(gradient.values, gradient.indices, gradient.shape)
        slices.origin = gradient
        return slices
    return gradient
