"""The forms in which rows of values can be given: splits, lengths, starts, limits, the row of each value."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError


def _int64(numbers):
    return np.asarray(numbers.array if isinstance(numbers, Tensor) else numbers, np.int64)


def positions_in_rows(starts, lengths):
    """starts[i], starts[i] + 1, …, starts[i] + lengths[i] − 1 for each i, one row after another."""
    return np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)


class Partitions:
    """Mixin of `RaggedTensor`: class methods that make one from each form, and methods that give each form.

    `validate` is accepted as in TensorFlow; the checks are cheap and always made.
    """

    @classmethod
    def from_row_splits(cls, values, row_splits, name=None, validate=True):
        """Row i is values[row_splits[i] : row_splits[i + 1]].

        Raises:
            InvalidArgumentError: the splits do not begin at 0, grow, and end at the number of values.
        """
        values, splits = cls._as_values(values), _int64(row_splits)
        if (
            splits.ndim != 1
            or not splits.size
            or splits[0] != 0
            or np.any(np.diff(splits) < 0)
            or splits[-1] != len(values)
        ):
            raise InvalidArgumentError(
                None,
                None,
                f"`row_splits` must begin with 0, not decrease, and end with the number of values, {len(values)}. "
                f"Received: {splits.tolist()}",
            )
        return cls(values, splits)

    @classmethod
    def from_row_lengths(cls, values, row_lengths, name=None, validate=True):
        """Row i has row_lengths[i] values."""
        return cls.from_row_splits(values, np.concatenate([[0], np.cumsum(_int64(row_lengths))]))

    @classmethod
    def from_row_starts(cls, values, row_starts, name=None, validate=True):
        """Row i begins at row_starts[i]."""
        values = cls._as_values(values)
        return cls.from_row_splits(values, np.append(_int64(row_starts), len(values)))

    @classmethod
    def from_row_limits(cls, values, row_limits, name=None, validate=True):
        """Row i ends before row_limits[i]."""
        return cls.from_row_splits(values, np.concatenate([[0], _int64(row_limits)]))

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, name=None, validate=True):
        """Value i belongs to row value_rowids[i]; there are `nrows` rows, or as many as the last needs."""
        rows = _int64(value_rowids)
        if np.any(np.diff(rows) < 0):
            raise InvalidArgumentError(None, None, f"`value_rowids` must not decrease. Received: {rows.tolist()}")
        nrows = (int(rows[-1]) + 1 if rows.size else 0) if nrows is None else int(nrows)
        return cls.from_row_lengths(values, np.bincount(rows.astype(np.intp, copy=False), minlength=nrows))

    @classmethod
    def from_uniform_row_length(cls, values, uniform_row_length, nrows=None, validate=True, name=None):
        """Rows of one length."""
        values, length = cls._as_values(values), int(uniform_row_length)
        nrows = int(nrows) if nrows is not None else len(values) // length if length else 0
        ragged = cls.from_row_lengths(values, [length] * nrows)
        ragged.uniform_row_length = length
        return ragged

    @classmethod
    def from_nested_row_splits(cls, flat_values, nested_row_splits, name=None, validate=True):
        """Several ragged axes: the splits of the outermost first."""
        for splits in reversed(nested_row_splits):
            flat_values = cls.from_row_splits(flat_values, splits)
        return flat_values

    @classmethod
    def from_nested_row_lengths(cls, flat_values, nested_row_lengths, name=None, validate=True):
        """Several ragged axes: the lengths of the outermost first."""
        for lengths in reversed(nested_row_lengths):
            flat_values = cls.from_row_lengths(flat_values, lengths)
        return flat_values

    @classmethod
    def from_tensor(cls, tensor, lengths=None, padding=None, ragged_rank=1, name=None, row_splits_dtype="int64"):
        """The rows of a tensor, each cut to its length, or before its trailing `padding`.

        Raises:
            ValueError: both are given, or `lengths` is not a tuple of vectors though several axes are ragged.
        """
        tensor = cls._as_values(tensor)
        if isinstance(lengths, (tuple, list)) and lengths and np.ndim(lengths[0]):
            first, *others = lengths
            rows = cls.from_tensor(tensor, first).values
            return cls.from_row_lengths(cls.from_tensor(rows, others if others[1:] else others[0]) if others else rows,
                                        np.minimum(_int64(first), tensor.array.shape[1]))  # fmt: skip
        if ragged_rank < 1 or (ragged_rank > 1 and lengths is not None):
            raise ValueError(f"`from_tensor` cuts one axis to `lengths`. Received: ragged_rank={ragged_rank}")
        if ragged_rank > 1:
            rows, width = tensor.array.shape[:2]
            inner = cls._flat_rows(tensor, np.arange(rows * width))
            inner = cls.from_tensor(inner, padding=padding, ragged_rank=ragged_rank - 1)
            return cls.from_uniform_row_length(inner, width, nrows=rows)
        if lengths is not None and padding is not None:
            raise ValueError("Give either `lengths` or `padding`, not both.")
        rows, width = tensor.array.shape[:2]
        if padding is None and lengths is None:
            values = cls._flat_rows(tensor, np.arange(rows * width))
            return cls.from_uniform_row_length(values, width, nrows=rows)
        if padding is not None:
            padding = cls._as_values(padding).array
            real = (tensor.array != padding).reshape(rows, width, -1).any(axis=2)
            lengths = [int(np.flatnonzero(row)[-1]) + 1 if row.any() else 0 for row in real]
        lengths = np.minimum(_int64(lengths), width)
        positions = positions_in_rows(np.arange(rows) * width, lengths)
        return cls.from_row_lengths(cls._flat_rows(tensor, positions), lengths)

    @classmethod
    def from_sparse(cls, st_input, name=None, row_splits_dtype="int64"):
        """The rows of a SparseTensor of two axes, whose elements begin at the left and leave no gaps.

        Raises:
            ValueError: it does not have two axes, or an element is not next to the one before.
        """
        positions = st_input.indices.array
        if positions.shape[1] != 2:
            raise ValueError(f"`from_sparse` takes SparseTensors of two axes. Received: shape={st_input.shape}")
        ragged = cls.from_value_rowids(st_input.values, positions[:, 0], nrows=st_input.shape[0])
        expected = np.arange(len(positions)) - ragged.row_splits.array[positions[:, 0]]
        if not np.array_equal(positions[:, 1], expected):
            raise InvalidArgumentError(
                None, None, "SparseTensor is not right-ragged: an element has a gap at its left, or is out of order."
            )
        return ragged

    # --- the forms ------------------------------------------------------------------------------------------------

    def nrows(self, out_type=None, name=None):
        """The number of rows, int64."""
        return Tensor(np.asarray(len(self), out_type or "int64"))

    def row_lengths(self, axis=1, name=None):
        """The length of each row; with `axis` > 1 those of an inner axis, a ragged tensor."""
        if axis > 1:
            return self.with_values(self.values.row_lengths(axis - 1))
        return Tensor(np.diff(self._row_splits))

    def row_starts(self, name=None):
        """Where each row begins in `values`."""
        return Tensor(self._row_splits[:-1])

    def row_limits(self, name=None):
        """Where each row ends in `values`."""
        return Tensor(self._row_splits[1:])

    def value_rowids(self, name=None):
        """The row that each value belongs to."""
        return Tensor(np.repeat(np.arange(len(self)), np.diff(self._row_splits)))

    def nested_value_rowids(self, name=None):
        """The rows of the values of all ragged axes, outermost first."""
        inner = self.values.nested_value_rowids() if hasattr(self.values, "nested_value_rowids") else ()
        return (self.value_rowids(), *inner)

    def nested_row_lengths(self, name=None):
        """The lengths of the rows of all ragged axes, outermost first."""
        return tuple(Tensor(np.diff(splits.array)) for splits in self.nested_row_splits)

    def bounding_shape(self, axis=None, name=None, out_type=None):
        """The shape of the smallest tensor that holds all: the number of rows, the longest row, …"""
        longest = [int(lengths.array.max(initial=0)) for lengths in self.nested_row_lengths()]
        shape = np.asarray([len(self), *longest, *self.flat_values.shape[1:]], out_type or "int64")
        return Tensor(shape if axis is None else shape[int(axis)])

    def with_values(self, new_values):
        """Other values, divided into rows in the same way."""
        return type(self).from_row_splits(new_values, self._row_splits)

    def with_flat_values(self, new_values):
        """Other innermost values, divided in the same way."""
        return type(self).from_nested_row_splits(new_values, self.nested_row_splits)

    def merge_dims(self, outer_axis, inner_axis):
        """The axes from `outer_axis` to `inner_axis` as one. (Ragged axes only; 0 and 1 gives `values`.)"""
        rank = len(self.shape)
        outer, inner = outer_axis % rank, inner_axis % rank
        if outer == inner:
            return self
        if not outer < inner <= self.ragged_rank:
            raise ValueError(
                f"`merge_dims` joins ragged axes. Received: {outer_axis}, {inner_axis} of shape {self.shape}"
            )
        if outer > 1:
            return self.with_values(self.values.merge_dims(outer - 1, inner - 1))
        if outer == 0:
            merged = self.values
        else:
            merged = type(self)(self.values.values, self.values._row_splits[self._row_splits])
        return merged if inner == outer + 1 else merged.merge_dims(outer, inner - 1)
