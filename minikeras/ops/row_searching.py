"""Search in rows of sorted sequences, descending argsort, and distinct strings."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.ops.joining import stack
from minikeras.ops.reordering import flip
from minikeras.ops.shaping import reshape
from minikeras.ops.sorting import argsort, searchsorted


def searchsorted_rows(sequences, values, side="left"):
    """The insertion index of each value in its sorted sequence; both have the same leading axes.

    Args:
        side: "left" of equal elements, or "right" of them.
    """
    if len(sequences.shape) == 1:
        return searchsorted(sequences, values, side)
    rows = reshape(sequences, (-1, sequences.shape[-1])), reshape(values, (-1, values.shape[-1]))
    found = stack([searchsorted(row, wanted, side) for row, wanted in zip(*rows, strict=True)])
    return reshape(found, tuple(values.shape))


def unique_strings(x):
    """(the distinct strings of a vector, in order of occurrence; the index of each element; their counts)."""
    values, first, inverse, counts = np.unique(x.array, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    return Tensor(values[order]), Tensor(np.argsort(order)[inverse]), Tensor(counts[order])


def descending_argsort(x, axis=-1):
    """The indices that would sort x in descending order along `axis`; equal elements keep their order."""
    length = x.shape[axis]
    if length is None:
        return argsort(-x, axis)
    return flip(length - 1 - argsort(flip(x, axis), axis), axis)
