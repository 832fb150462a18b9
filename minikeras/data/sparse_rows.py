"""Sparse data, a SparseTensor or a SciPy matrix, whose batches are dense arrays.

Only a batch is ever dense: it gives the results of a sparse one, and runs in compiled plans.
"""

from copy import copy

import numpy as np

from minikeras.config import floatx


class SparseRows:
    """The rows of a sparse tensor: `rows[3:7]` and `rows[[5, 2]]` are dense arrays.

    Args:
        indices: (n, axes) integers.
        values: (n,).
        shape: of the whole.
    """

    def __init__(self, indices, values, shape):
        order = np.argsort(indices[:, 0], kind="stable")
        self.shape = tuple(int(length) for length in shape)
        self.inner = indices[order, 1:]
        self.values = values[order].astype(floatx()) if values.dtype.kind == "f" else values[order]
        self.starts = np.searchsorted(indices[order, 0], np.arange(self.shape[0] + 1))
        self.dtype, self.ndim = self.values.dtype, len(self.shape)

    def __len__(self):
        return self.shape[0]

    def part(self, start, stop):
        """The rows from `start` to before `stop`, as SparseRows that share the memory."""
        found = copy(self)
        first, last = self.starts[start], self.starts[stop]
        found.inner, found.values = self.inner[first:last], self.values[first:last]
        found.starts, found.shape = self.starts[start : stop + 1] - first, (stop - start, *self.shape[1:])
        return found

    def __getitem__(self, rows):
        rows = np.arange(len(self))[rows]
        counts = self.starts[rows + 1] - self.starts[rows]
        of_each = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(of_each)) - np.repeat(np.cumsum(counts) - counts, counts)
        elements = self.starts[rows][of_each] + within
        dense = np.zeros((len(rows), *self.shape[1:]), self.dtype)
        np.add.at(dense, (of_each, *self.inner[elements].T), self.values[elements])  # a position may occur twice
        return dense


def is_sparse(x):
    """Whether `x` is a SparseTensor or a sparse matrix or array of SciPy."""
    return getattr(x, "kind", None) == "sparse" or (hasattr(x, "tocoo") and hasattr(x, "nnz"))


def sparse_rows(x):
    """The SparseRows of sparse data."""
    if hasattr(x, "tocoo"):
        x = x.tocoo()
        return SparseRows(np.stack([x.row, x.col], axis=1), x.data, x.shape)
    return SparseRows(x.indices.array, x.values.array, x.shape)
