"""Reading rows of a table by their numbers, and adding rows into it, which is the gradient of reading."""

import numpy as np

from minikeras.kernels.registry import is_float, kernel


def take_rows(table, indices, out=None):
    """rows[k] = table[indices[k]].  table (rows, …), indices (k,) integers, rows (k, …), written to `out` if given.

    Negative indices count from the end. A loop of our own would not win: NumPy copies each row in one piece.

    Raises:
        IndexError: an index is not a row.
    """
    if out is None:
        return np.take(table, indices, axis=0)
    count = len(table)
    if indices.size and not (-count <= indices.min() and indices.max() < count):
        raise IndexError(f"The table has {count} rows. Received indices from {indices.min()} to {indices.max()}.")
    return np.take(table, indices, axis=0, out=out, mode="wrap")  # mode="raise" would write a copy first


def scatter_add_rows_reference(table, indices, rows):
    """table[indices[k]] += rows[k] for every k, in place; an index may occur several times.

    table: (rows, …), indices: (k,) integers, rows: (k, …). Returns the table.

    Raises:
        IndexError: an index is not a row.
    """
    np.add.at(table, indices, rows)
    return table


def scatter_add_rows(table, indices, rows):
    """table[indices[k]] += rows[k] for every k, in place; an index may occur several times.

    table: (rows, …), indices: (k,) integers, rows: (k, …). Returns the table.

    Raises:
        IndexError: an index is not a row.
    """
    if not (
        table.flags.c_contiguous and table.size and rows.dtype == table.dtype and rows.shape[1:] == table.shape[1:]
    ):
        return scatter_add_rows_reference(table, indices, rows)
    rows = np.ascontiguousarray(rows).reshape(len(rows), -1 if rows.size else 0)
    add_rows(table.reshape(len(table), -1), np.ascontiguousarray(indices), rows)
    return table


# Time against the reference (float32, AMD Zen 4): 4096 rows of 64 into 10000 1/50, 32 rows of 8 into 100 1/2.
@kernel(reference=scatter_add_rows_reference, when=lambda table, indices, rows: is_float(table))
def add_rows(table, indices, rows):
    count, width = table.shape
    for k in range(indices.size):
        index = indices[k]
        if index < -count or index >= count:
            raise IndexError("An index is not a row of the table.")
        row = table[index]
        for j in range(width):
            row[j] += rows[k, j]
    return table
