"""Order: sorting, top k, positions in a sorted sequence."""

from typing import NamedTuple

import numpy as np

from minikeras.autodiff.dtypes import promote
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, shape_along
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.kernels.searching import searchsorted as searchsorted_kernel
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.heap_order import heap_order
from minikeras.ops.indexing import PutAlongAxis, TakeAlongAxis

MANY_VALUES = 2048


class Sort(Op):
    """x in ascending order along `axis`;   dx = dy in the original order."""

    keeps = ("inputs",)

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, x):
        return np.sort(x, axis=self.axis)

    def backward(self, call, dy):
        x = call.inputs[0]
        order = np.argsort(x.array if isinstance(x, Tensor) else x, axis=self.axis, kind="stable")
        positions = np.argsort(order, axis=self.axis, kind="stable")
        dx = TakeAlongAxis(self.axis).of(dy, positions)
        return (dx if self.axis is not None else Reshape(call.input_shapes[0]).of(dx),)

    def output_shape(self, shape):
        return shape_along(self.axis, shape)


def stable_argsort(x, axis):
    """`np.argsort` that leaves equal elements in their order.

    NumPy sorts by vector instructions only without that promise. Few floats are equal, and those are put in order
    afterwards: 256 rows of 1024 take 4 ms instead of 13.
    """
    if axis is None:
        x, axis = x.ravel(), 0
    if x.dtype.char not in "fd" or x.size < MANY_VALUES:
        return np.argsort(x, axis=axis, kind="stable")
    x = np.moveaxis(x, axis, -1)
    order = np.argsort(x, axis=-1)
    values = np.take_along_axis(x, order, -1)
    differs = np.ones(x.shape, bool)
    np.not_equal(values[..., 1:], values[..., :-1], out=differs[..., 1:])
    if np.isnan(values[..., -1:]).any() or np.count_nonzero(differs) < 0.9 * x.size:
        order = np.argsort(x, axis=-1, kind="stable")
    elif not differs.all():
        is_equal = ~differs.ravel()
        is_equal[:-1] |= is_equal[1:]  # the first of the equal ones too
        positions = np.flatnonzero(is_equal)
        flat, group = order.ravel(), np.cumsum(differs.ravel()[positions])
        found = flat[positions]
        flat[positions] = found[np.lexsort((found, group))]
        order = flat.reshape(x.shape)
    return np.moveaxis(order, -1, axis)


def sort(x, axis=-1):
    """The elements in ascending order along `axis`."""
    return Sort(axis)(x)


class Argsort(Op):
    """y = the indices that would sort x along `axis`, equal elements in their order, int32. No gradient."""

    differentiable = False

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, x):
        return stable_argsort(x, self.axis).astype(np.int32)

    output_shape = Sort.output_shape

    def output_dtype(self, x):
        return "int32"


def argsort(x, axis=-1):
    """The indices that would sort x along `axis` (in the flattened tensor if None), int32."""
    return Argsort(axis)(x)


class Argpartition(Op):
    """y = indices with the `kth` smallest at its sorted position, smaller before, larger after. No gradient."""

    differentiable = False

    def __init__(self, kth, axis=-1):
        if not isinstance(kth, (int, np.integer)):
            raise ValueError(f"`kth` must be an integer. Received: kth={kth!r}")
        self.kth = kth
        self.axis = axis

    def forward(self, x):
        self.output_shape(x.shape)  # NumPy takes a scalar as a vector of one element
        return np.argpartition(x, self.kth, axis=self.axis).astype(np.int32)

    output_shape = Sort.output_shape

    def output_dtype(self, x):
        return "int32"


def argpartition(x, kth, axis=-1):
    """Indices with the `kth` smallest element at its sorted position along `axis`, smaller ones before it, int32."""
    return Argpartition(kth, axis)(x)


class TopK(Op):
    """The k largest elements of the last axis, in descending order, and their indices, int32.

    dx = dy of the values, back at those indices. Equal elements come in the order of their indices. With
    `sorted=False` the order is that of `heap_order.py`.
    """

    keeps = ("output",)
    takes_none = True

    def __init__(self, k, sorted=True):
        self.k = k
        self.sorted = sorted

    def forward(self, x):
        if x.ndim == 0 or not 0 <= self.k <= x.shape[-1]:
            raise ValueError(f"`k` must be in [0, the length of the last axis]. Received: k={self.k}, shape={x.shape}")
        keys = _descending_key(x)
        if self.sorted or self.k in (0, x.shape[-1]):
            order = _first_of_sorted(keys, self.k)
        else:
            order = heap_order(keys, self.k)
        return np.take_along_axis(x, order, axis=-1), order.astype(np.int32)

    def backward(self, call, dvalues, dindices):
        indices = call.outputs[1]
        indices = indices.array if isinstance(indices, Tensor) else indices
        return (PutAlongAxis(indices, call.input_shapes[0], -1).of(dvalues),)

    def compute_output_spec(self, x):
        shape = (*x.shape[:-1], self.k)
        return KerasTensor(shape, x.dtype), KerasTensor(shape, "int32")


def _descending_key(x):
    """Numbers whose ascending order is the descending order of x."""
    if x.dtype == bool:
        return ~x
    return -x if x.dtype.kind == "f" else np.invert(x)


FEW_OF_MANY = 8  # to find the k least of more than 8 k numbers takes a tenth of sorting them (k = 10 of 1024)


def _first_of_sorted(keys, k):
    """The indices of the k least numbers of the last axis, in ascending order; equal ones by their index."""
    if not 0 < FEW_OF_MANY * k < keys.shape[-1]:
        return np.argsort(keys, axis=-1, kind="stable")[..., :k]
    largest = np.partition(keys, k - 1, axis=-1)[..., k - 1 : k]
    if (largest != largest).any():  # NaN
        return np.argsort(keys, axis=-1, kind="stable")[..., :k]
    chosen = keys <= largest
    if np.count_nonzero(chosen) > k * largest.size:  # of those that equal the largest, the first ones
        equal = keys == largest
        least = chosen & ~equal
        chosen = least | (equal & (np.cumsum(equal, axis=-1) <= k - np.count_nonzero(least, axis=-1)[..., None]))
    candidates = (np.flatnonzero(chosen) % keys.shape[-1]).reshape(*keys.shape[:-1], k)
    order = np.argsort(np.take_along_axis(keys, candidates, axis=-1), axis=-1, kind="stable")
    return np.take_along_axis(candidates, order, axis=-1)


class TopKV2(NamedTuple):
    """What `top_k` returns, by the name that TensorFlow gives it."""

    values: object
    indices: object


def top_k(x, k, sorted=True):
    """The k largest elements of the last axis in descending order: a named tuple (values, indices)."""
    values, indices = TopK(k, sorted)(x)
    return (values, indices) if isinstance(values, KerasTensor) else TopKV2(values, indices)


class InTopK(Op):
    """y = whether the score of the target class is among the k largest. Ties count in favour. No gradient."""

    differentiable = False

    def __init__(self, k):
        self.k = k

    def forward(self, targets, predictions):
        classes = predictions.shape[1]
        known = (targets >= 0) & (targets < classes)
        score = np.take_along_axis(predictions, np.where(known, targets, 0)[:, None], axis=1)
        finite = np.isfinite(predictions).all(axis=1)  # a row with NaN or infinity counts as wrong, as in TensorFlow
        return known & finite & ((predictions > score).sum(axis=1) < self.k)

    def output_shape(self, targets, predictions):
        return targets

    def output_dtype(self, targets, predictions):
        return "bool"


def in_top_k(targets, predictions, k):
    """Whether each target is among the k classes with the largest predictions.

    Args:
        targets: integers (batch,).
        predictions: scores (batch, classes).
    """
    return InTopK(k)(targets, predictions)


class SearchSorted(Op):
    """y = the insertion index of each value in a sorted sequence, int32. No gradient."""

    differentiable = False

    def __init__(self, side="left"):
        self.side = side

    def forward(self, sorted_sequence, values):
        return searchsorted_kernel(*promote(sorted_sequence, values), self.side)

    def output_shape(self, sequence, values):
        return values

    def output_dtype(self, sorted_sequence, values):
        return "int64" if sorted_sequence.shape[0] is None else "int32"  # Keras: an unknown length may be huge


def searchsorted(sorted_sequence, values, side="left"):
    """The insertion index of each value in the sorted 1D sequence: before equal elements, or (side="right") after.

    Raises:
        ValueError: the sequence has more than one axis.
    """
    rank = len(sorted_sequence.shape) if hasattr(sorted_sequence, "shape") else as_array(sorted_sequence).ndim
    if rank != 1:
        raise ValueError(f"`searchsorted` only supports 1-D sorted sequences. Received: {rank} axes.")
    return SearchSorted(side)(sorted_sequence, values)


FEW_BINS = 32


class Digitize(Op):
    """y = the number of bin edges that are not greater than x, int32. No gradient."""

    differentiable = False

    def forward(self, x, bins):
        self.output_shape(x.shape, bins.shape)
        x, bins = promote(x, bins)
        if (bins[1:] < bins[:-1]).any():
            raise ValueError(f"`bins` must be ascending. Received: bins={bins}")
        if len(bins) > FEW_BINS or x.size < MANY_VALUES or x.dtype.kind not in "fiu":
            return searchsorted_kernel(bins, x, "right")
        below = np.zeros(x.shape, np.uint8)  # a pass for each edge takes a fifth of a search for each value
        for edge in bins:
            below += x < edge
        return len(bins) - below.astype(np.int32)

    def output_shape(self, shape, bins):
        if len(bins) != 1:
            raise ValueError(f"`bins` must be a vector of edges. Received: bins.shape={tuple(bins)}")
        return shape

    def output_dtype(self, x, bins):
        return "int32"


def digitize(x, bins):
    """The index of the bin into which each element falls: i where bins[i−1] ≤ x < bins[i].

    Args:
        bins: the edges, an ascending sequence.

    Raises:
        ValueError: it is not.
    """
    return Digitize()(convert_to_tensor(x), convert_to_tensor(bins))
