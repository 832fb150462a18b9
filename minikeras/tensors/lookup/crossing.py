"""Crossings of rows of any lengths: all combinations of one value of each column, as texts or as hashes."""

from itertools import pairwise, product

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.lookup.hash_ops import CROSSING_KEY, joined_hashes
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.ragged.broadcasting import is_ragged
from minikeras.tensors.strings.hashing import hashes

LARGEST = np.iinfo(np.int64).max  # the number of buckets if none is given


def cross(columns, separator="_X_"):
    """["a", "b"] × ["c"] → ["a_X_c", "b_X_c"] in each row; numbers are written as decimals. A RaggedTensor of strings.

    Args:
        columns: ragged, sparse or dense tensors of two axes with as many rows.

    Raises:
        ValueError: the columns have different numbers of rows.
    """
    separator = byte_strings(separator)[()]

    def texts(values):
        return [v if isinstance(v, bytes) else b"%d" % v for v in values]

    rows = [[separator.join(parts) for parts in product(*map(texts, row))] for row in _rows(columns)]
    flat = byte_strings([text for row in rows for text in row])
    return RaggedTensor.from_row_lengths(Tensor(flat), [len(row) for row in rows])


def cross_hashed(columns, num_buckets=0, hash_key=None):
    """The hashes of the combinations modulo `num_buckets`, int64: h₀ = key, hᵢ = join(hᵢ₋₁, fingerprint(xᵢ)).

    Args:
        columns: as in `cross`; an integer is its own fingerprint.
        num_buckets: 0 stands for 2⁶³ − 1.
        hash_key: the start of the hash; TensorFlow's own if None.
    """
    key = CROSSING_KEY if hash_key is None else int(hash_key)
    rows = [[joined_hashes(key, combination) for combination in product(*row)] for row in _rows(columns, _hashed)]
    flat = np.array([int(h) % (int(num_buckets) or LARGEST) for row in rows for h in row], np.int64)
    return RaggedTensor.from_row_lengths(Tensor(flat), [len(row) for row in rows])


def _hashed(values):
    return [int(h) for h in (hashes(values) if values.dtype == object else values.astype(np.uint64))]


def _rows(columns, convert=np.ndarray.tolist):
    """For each row, the list of values of each column."""
    columns = [_of_one_column(column, convert) for column in columns]
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"All columns must have the same number of rows. Received: {list(map(len, columns))}")
    return zip(*columns, strict=True)


def _of_one_column(column, convert):
    if getattr(column, "kind", None) == "sparse":
        positions = column.indices.array[:, 0]
        column = RaggedTensor.from_value_rowids(column.values, positions, nrows=column.shape[0])
    if is_ragged(column):
        flat, splits = convert(column.flat_values.array), column.row_splits.array
        return [flat[a:b] for a, b in pairwise(splits)]
    return [convert(row) for row in data_tensor(column).array]
