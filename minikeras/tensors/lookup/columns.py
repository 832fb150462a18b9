"""Reads keys and values as flat columns, from tensors or from the lines of a text file."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.ops.conversion import data_array

WHOLE_LINE = -2
LINE_NUMBER = -1


def as_column(values, dtype=None):
    """Keys or values as a flat array, and the name of their dtype."""
    if holds_strings(values):
        return byte_strings(values).ravel(), "string"
    array = data_array(values, dtype).ravel()
    return array, array.dtype.name


def pairs_of_columns(keys, values):
    """The pairs (key, value) in order, as Python objects.

    Raises:
        ValueError: there are not as many keys as values.
    """
    if len(keys) != len(values):
        raise ValueError(f"There must be as many keys as values. Received: {len(keys)} keys, {len(values)} values")
    return zip(keys.tolist(), values.tolist(), strict=True)


def pairs_of_lines(path, key_column, value_column, *, count=None, delimiter="\t", first_number=0):
    """The pairs (key, value) of the lines of a text file.

    Args:
        key_column, value_column: pairs (index, dtype); the index of a field, or WHOLE_LINE, or LINE_NUMBER.
        count: how many lines to read; all if None.
        delimiter: the separator of fields.
        first_number: the number of the first line.
    """
    separator = delimiter.encode()
    with open(path, "rb") as file:
        for number, line in enumerate(file):
            if count is not None and number >= count:
                return
            line = line.rstrip(b"\r\n")
            yield tuple(
                number + first_number if index == LINE_NUMBER else _field(line, separator, index, dtype)
                for index, dtype in (key_column, value_column)
            )


def _field(line, separator, index, dtype):
    field = line if index == WHOLE_LINE else line.split(separator)[index]
    if dtype == "string":
        return field
    return np.asarray(float(field) if "float" in dtype else int(field), dtype).item()
