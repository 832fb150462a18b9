"""`unique`: distinct elements, or slices."""

import numpy as np

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import normalize_axes


class Unique(Op):
    """The distinct elements (or slices along `axis`), and x in terms of them. No gradient."""

    differentiable = False

    def __init__(
        self,
        sorted=True,
        return_index=False,
        return_inverse=False,
        return_counts=False,
        axis=None,
        size=None,
        fill_value=None,
    ):
        self.sorted = sorted
        self.return_index = return_index
        self.return_inverse = return_inverse
        self.return_counts = return_counts
        self.axis = axis
        self.size = size
        self.fill_value = fill_value

    def forward(self, x):
        axis = 0 if self.axis is None else self.axis
        if self.sorted and not (self.return_index or self.return_inverse or self.return_counts):
            values = np.unique(x, axis=self.axis, equal_nan=False)  # for floats, a hundred times as fast as below
            return (values if self.size is None else _to_length(values, self.size, self.fill_value or 0, axis),)
        values, index, inverse, counts = _distinct(x, self.axis)
        inverse = inverse.reshape(x.shape if self.axis is None else (x.shape[self.axis],))
        if not self.sorted:  # in the order of their first occurrence
            order = np.argsort(index, kind="stable")
            values, index, counts = np.take(values, order, axis=axis), index[order], counts[order]
            inverse = np.argsort(order, kind="stable")[inverse]
        if self.size is not None:
            values = _to_length(values, self.size, self.fill_value or 0, axis)
            index = _to_length(index, self.size, index[0] if index.size else 0)
            counts = _to_length(counts, self.size, 0)
        extras = [(self.return_index, index), (self.return_inverse, inverse), (self.return_counts, counts)]
        return (values, *[array.astype(np.int32) for wanted, array in extras if wanted])

    def compute_output_spec(self, x):
        axis = self.axis if self.axis is None else normalize_axes(self.axis, len(x.shape))[0]
        values = (self.size,) if axis is None else (*x.shape[:axis], self.size, *x.shape[axis:][1:])
        inverse = x.shape if axis is None else (x.shape[axis],)
        wanted = [
            (self.return_index, (self.size,)),
            (self.return_inverse, inverse),
            (self.return_counts, (self.size,)),
        ]
        specs = [KerasTensor(values, x.dtype), *[KerasTensor(shape, "int32") for flag, shape in wanted if flag]]
        return specs


MAX_POSITIONS = 4  # times the number of elements: with more, clearing the table takes longer than sorting


def _distinct(x, axis):
    """The distinct elements in ascending order, where each occurs first, x as indices into them, and how often.

    Integers of a small range are counted in a table, which takes a tenth of sorting them.
    """
    if x.dtype.kind in "iu" and axis is None and x.size:
        least, largest = int(x.min()), int(x.max())
        if largest - least < MAX_POSITIONS * x.size:
            return _distinct_of_range(x.reshape(-1), least, largest - least + 1)
    return np.unique(x, return_index=True, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)


def _distinct_of_range(x, least, length):
    base = np.uint64(least % 2**64)  # differences modulo 2⁶⁴ are right for each dtype
    positions = (x.astype(np.uint64) - base).astype(np.int64)
    counts = np.bincount(positions, minlength=length)
    values = np.flatnonzero(counts)
    index, inverse = np.empty(length, np.int64), np.empty(length, np.int64)
    index[positions[::-1]] = np.arange(len(x))[::-1]  # of equal positions the last assignment holds
    inverse[values] = np.arange(len(values))
    return (values.astype(np.uint64) + base).astype(x.dtype), index[values], inverse[positions], counts[values]


def _to_length(array, length, fill, axis=0):
    """The array cut or filled up along `axis`."""
    array = np.take(array, range(min(length, array.shape[axis])), axis=axis)
    missing = list(array.shape)
    missing[axis] = length - array.shape[axis]
    return np.concatenate([array, np.full(missing, fill, array.dtype)], axis=axis)


def unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The distinct elements of x (or its distinct slices along `axis`), alone or as the first of a tuple.

    Args:
        sorted: in ascending order, else in the order of their first occurrence.
        return_index: also return where each occurs first.
        return_inverse: also return the index of each element of x among them.
        return_counts: also return how often each occurs.
        axis: None compares single elements.
        size: truncate or pad the result to this length.
        fill_value: the padding, 0 by default.
    """
    results = Unique(sorted, return_index, return_inverse, return_counts, axis, size, fill_value)(x)
    return results[0] if len(results) == 1 else tuple(results)
