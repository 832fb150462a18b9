"""`RaggedTensor`: a tensor whose rows have different lengths.

The rows are contiguous in `values`, and `row_splits` has where each begins and ends:

    row i = values[row_splits[i] : row_splits[i + 1]]

    [[3, 1], [], [5, 9, 2]]     values [3, 1, 5, 9, 2], row_splits [0, 2, 2, 5]

`values` is a tensor, or a ragged tensor if several axes are ragged. All operations here are ops on `values`, so
gradients flow.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged.broadcasting import apply_op, coordinates
from minikeras.tensors.ragged.operators import RaggedOperators
from minikeras.tensors.ragged.partitions import Partitions, positions_in_rows
from minikeras.tensors.sparse.sparse_tensor import SparseTensor


class RaggedTensor(RaggedOperators, Partitions):
    """A tensor with rows of different lengths; make one by the class methods `from_…` or by `ragged.constant`.

    Names and parameters of the methods are those of `tf.RaggedTensor`; `name` labels a node of TensorFlow's graphs and
    has no effect.

    Args:
        values: all rows, one after another: a tensor or a ragged tensor.
        row_splits: int64 array, with one number more than there are rows.
        uniform_row_length: the length of all rows if they are known to have the same; it is then part of the shape.
    """

    def __init__(self, values, row_splits, uniform_row_length=None):
        self._values = values
        self._row_splits = row_splits
        self.uniform_row_length = uniform_row_length

    @staticmethod
    def _as_values(values):
        """The `values` given to a class method (a tensor, ragged or not, or nested lists) as a tensor."""
        return values if isinstance(values, RaggedTensor) else data_tensor(values)

    @staticmethod
    def _flat_rows(matrix, positions):
        """The items at these positions of a tensor, counted over its first two axes."""
        if matrix.dtype == "string":
            return Tensor(matrix.array.reshape(-1, *matrix.shape[2:])[positions])
        return ops.take(ops.reshape(matrix, (-1, *matrix.shape[2:])), positions, axis=0)

    # --- its parts ------------------------------------------------------------------------------------------------

    @property
    def values(self):
        """The concatenated rows."""
        return self._values

    @property
    def flat_values(self):
        """The innermost values, a tensor."""
        return self._values.flat_values if isinstance(self._values, RaggedTensor) else self._values

    @property
    def row_splits(self):
        """Where rows begin and end in `values`, an int64 tensor."""
        return Tensor(self._row_splits)

    @property
    def nested_row_splits(self):
        """The row splits of all ragged axes, outermost first."""
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensor) else ()
        return (self.row_splits, *inner)

    @property
    def ragged_rank(self):
        """How many axes are ragged (or come before one that is)."""
        return len(self.nested_row_splits)

    @property
    def dtype(self):
        """The dtype of the values."""
        return self._values.dtype

    @property
    def shape(self):
        """The lengths of the axes; None for a ragged axis."""
        return (len(self), self.uniform_row_length, *self._values.shape[1:])

    kind = "ragged"

    apply_op = staticmethod(apply_op)  # of inputs of which this is one

    def as_dense(self):
        """The dense tensor, with zeros at the ends of shorter rows."""
        return self.to_tensor()

    def __len__(self):
        return len(self._row_splits) - 1

    # --- rows -----------------------------------------------------------------------------------------------------

    def __getitem__(self, key):
        key = key if isinstance(key, tuple) else (key,)
        if any(part is Ellipsis for part in key):
            place = next(i for i, part in enumerate(key) if part is Ellipsis)
            skipped = len(self.shape) - (len(key) - 1)
            return self[(*key[:place], *[slice(None)] * skipped, *key[place + 1 :])]
        first, rest = key[0], key[1:]
        if isinstance(first, slice):
            rows = self.rows_at(np.arange(len(self))[_plain(first)])
            return rows._inside_rows(rest) if rest else rows
        i = int(first)
        if not -len(self) <= i < len(self):
            raise IndexError(f"Row {i} is out of range: there are {len(self)} rows.")
        i %= len(self)
        row = self._values[int(self._row_splits[i]) : int(self._row_splits[i + 1])]
        return row[rest if isinstance(row, RaggedTensor) else _plain(rest)] if rest else row

    def _inside_rows(self, key):
        """The same part of each row."""
        first, rest = key[0], key[1:]
        if not isinstance(first, slice):
            raise ValueError("Cannot index into an inner ragged dimension: the rows may be too short. Use a slice.")
        if first == slice(None):
            values, splits = self._values, self._row_splits
        else:
            positions = [
                np.arange(a, b)[_plain(first)] for a, b in zip(self._row_splits, self._row_splits[1:], strict=False)
            ]
            splits = _splits_of([len(row) for row in positions])
            values = take_rows(self._values, np.concatenate(positions) if positions else np.arange(0))
        if rest:
            values = values[:, *rest] if isinstance(values, Tensor) else values._inside_rows(rest)
        return RaggedTensor(values, splits)

    def rows_at(self, numbers):
        """The ragged tensor of the rows with these indices."""
        starts, lengths = self._row_splits[:-1][numbers], np.diff(self._row_splits)[numbers]
        return RaggedTensor(take_rows(self._values, positions_in_rows(starts, lengths)), _splits_of(lengths))

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    @classmethod
    def of_rows(cls, rows):
        """Rows (tensors, or ragged ones) as a ragged tensor."""
        lengths = [len(row) for row in rows]
        return cls(concatenate(list(rows)), _splits_of(lengths))

    # --- into other forms -----------------------------------------------------------------------------------------

    def to_list(self):
        """Nested Python lists."""
        return [row.to_list() if isinstance(row, RaggedTensor) else row.array.tolist() for row in self]

    def numpy(self):
        """An object array of the rows; an ordinary array if all have the same length."""
        values = self._values.numpy()
        rows = [values[a:b] for a, b in zip(self._row_splits[:-1], self._row_splits[1:], strict=True)]
        if len({len(row) for row in rows}) <= 1:
            return np.array(rows)
        array = np.empty(len(rows), object)
        array[:] = rows
        return array

    def to_tensor(self, default_value=None, name=None, shape=None):
        """A tensor with every row filled up to the longest, or to `shape`, with `default_value` (0, or "").

        Args:
            shape: lengths of the axes; None in it means as long as needed. Longer rows are truncated.
        """
        shape = [None] if shape is None else list(shape)
        wanted = shape[1:] + [None] * (self.ragged_rank - len(shape[1:]))
        values = self._values
        if isinstance(values, RaggedTensor):
            values = values.to_tensor(default_value, shape=[None, *wanted[1:]])
        lengths = np.diff(self._row_splits)
        width = int(lengths.max(initial=0)) if wanted[0] is None else int(wanted[0])
        rows = len(self) if shape[0] is None else int(shape[0])
        positions = np.full((rows, width), len(values))  # the default is after the last value
        filled = self._row_splits[:-1][:rows, None] + np.arange(width)
        positions[: len(filled)] = np.where(np.arange(width) < lengths[:rows, None], filled, len(values))
        return take_rows(concatenate([values, _filling(values, default_value)]), positions)

    def to_sparse(self, name=None):
        """The SparseTensor with the same elements, in the smallest shape that holds them."""
        inner = np.argwhere(np.ones(self.flat_values.shape[1:], bool))
        outer = np.stack(coordinates(self), axis=1)
        positions = np.concatenate([np.repeat(outer, len(inner), axis=0), np.tile(inner, (len(outer), 1))], axis=1)
        values = self.flat_values
        flat = Tensor(values.array.ravel()) if values.dtype == "string" else ops.reshape(values, (-1,))
        return SparseTensor(positions, flat, self.bounding_shape())

    def __repr__(self):
        return f"<RaggedTensor {self.to_list()}>"

    __str__ = __repr__


def text_of_rows(values):
    """The rows as text, wrapped as NumPy wraps lines, with commas; likewise a row that is itself an array.

    Args:
        values: the result of `RaggedTensor.numpy`.
    """
    if not isinstance(values, np.ndarray):
        return repr(values.item() if isinstance(values, np.generic) else values)
    if values.ndim > 1 and not values.size:  # NumPy writes nothing of empty rows
        return f"[{', '.join(map(text_of_rows, values))}]"
    return np.array2string(values, separator=", ", formatter={"all": text_of_rows})


def _filling(values, default):
    """The values with one row of `default` appended."""
    shape = (1, *values.shape[1:])
    if values.dtype == "string":
        return string_tensor(np.full(shape, b"" if default is None else default, object))
    return ops.broadcast_to(ops.cast(data_tensor(0 if default is None else default), values.dtype), shape)


def _splits_of(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _plain(key):
    """An index with its tensors replaced by integers."""
    if isinstance(key, tuple):
        return tuple(_plain(part) for part in key)
    if isinstance(key, slice):
        return slice(*[None if n is None else int(n) for n in (key.start, key.stop, key.step)])
    return key if key is None or key is Ellipsis else int(key)


def take_rows(values, numbers):
    """The rows of a tensor (or ragged tensor) at these indices, an array of any shape."""
    if isinstance(values, RaggedTensor):
        return values.rows_at(numbers)
    return Tensor(values.array[numbers]) if values.dtype == "string" else ops.take(values, numbers, axis=0)


def concatenate(parts):
    """Tensors, or ragged ones, concatenated along the first axis."""
    if any(isinstance(part, RaggedTensor) for part in parts):
        splits = np.concatenate([np.diff(part._row_splits) for part in parts])
        return RaggedTensor(concatenate([part.values for part in parts]), _splits_of(splits))
    if parts[0].dtype == "string":
        return Tensor(np.concatenate([part.array for part in parts]))
    return ops.concatenate(parts, axis=0)
