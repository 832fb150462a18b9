"""Splits strings into words or bytes."""

from itertools import chain

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.strings.elementwise import plain_text


def split(input, sep=None, maxsplit=-1):
    """The parts of each string between separators: a tensor for one string, a ragged one of rows for several.

    Args:
        sep: None or "" for any whitespace, of which empty parts do not count.
        maxsplit: how many cuts at most; −1 for all.
    """
    glue = None if sep is None else plain_text(sep).encode() or None
    return parts_of_each(input, lambda s: s.split(glue, maxsplit))


def bytes_split(input):
    """The single bytes of each string."""
    return parts_of_each(input, lambda s: [s[i : i + 1] for i in range(len(s))])


def parts_of_each(input, function, dtype=object):
    """Apply `function(string)`, which returns a list: a tensor for one string, ragged with a new axis for several."""
    if isinstance(input, RaggedTensor):
        return input.with_values(parts_of_each(input.values, function, dtype))
    array = byte_strings(input)
    rows = [function(string) for string in array.ravel().tolist()]
    values = np.empty(sum(map(len, rows)), dtype)
    values[:] = list(chain.from_iterable(rows))
    if not array.ndim:
        return Tensor(values)
    ragged = RaggedTensor.from_row_lengths(Tensor(values), [len(row) for row in rows])
    for size in reversed(array.shape[1:]):
        ragged = RaggedTensor.from_uniform_row_length(ragged, size, nrows=len(ragged) // size if size else None)
    return ragged
