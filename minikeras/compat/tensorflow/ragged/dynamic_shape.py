"""The result of `tf.shape` for a ragged tensor: the lengths of its axes; for a ragged axis, those of all rows."""

import numpy as np

from minikeras.autodiff.tensor import Tensor


class DynamicRaggedShape:
    """Lengths of the axes of a ragged tensor. `shape[0]`, and each axis that is not ragged, is a scalar.

    Args:
        ragged: the ragged tensor.
        dtype: of the scalars.
    """

    def __init__(self, ragged, dtype="int64"):
        self._ragged, self._dtype = ragged, dtype

    @property
    def rank(self):
        """The number of axes."""
        return len(self._ragged.shape)

    @property
    def num_row_partitions(self):
        """How many axes are divided into rows."""
        return self._ragged.ragged_rank

    def __getitem__(self, axis):
        shape = self._ragged.shape
        if isinstance(axis, slice):
            raise TypeError("Ask for single axes of a ragged tensor's shape, or for `x.bounding_shape()`.")
        axis = int(axis)
        if not -len(shape) <= axis < len(shape):
            raise IndexError(f"A ragged tensor of {len(shape)} axes has no axis {axis}.")
        axis %= len(shape)
        if shape[axis] is None:
            raise ValueError(f"Axis {axis} is ragged: it has no single length. See `x.row_lengths(axis={axis})`.")
        return Tensor(np.asarray(shape[axis], self._dtype))

    def __repr__(self):
        lengths, inner = [], self._ragged
        while getattr(inner, "kind", None) == "ragged":
            lengths.append(f"({', '.join(map(str, np.diff(inner.row_splits.array).tolist()))})"
                           if inner.uniform_row_length is None else str(inner.uniform_row_length))  # fmt: skip
            inner = inner.values
        lengths = [str(len(self._ragged)), *lengths, *map(str, inner.shape[1:])]
        return f"<DynamicRaggedShape lengths=[{', '.join(lengths)}] num_row_partitions={self.num_row_partitions}>"
