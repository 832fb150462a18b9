"""Counts: of each integer, of the values in each bin, of the class indices in each row."""

import math

import numpy as np

from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op, any_symbolic
from minikeras.autodiff.sparsity import SPARSE_RESULTS
from minikeras.autodiff.tensor import as_array
from minikeras.base.errors import InvalidArgumentError
from minikeras.ops.core import cast, convert_to_tensor


class Bincount(Op):
    """y[i] = how often i occurs in x, or the sum of the weights of its occurrences. No gradient.

    A matrix is counted row by row.

    Args:
        weights: those of all elements, unless they are a second input.
        minlength: the minimum length of the result.
        sparse: whether the result is a SparseTensor.
    """

    differentiable = False

    def __init__(self, weights=None, minlength=0, sparse=False):
        self.weights = weights
        self.minlength = minlength
        self.sparse = sparse

    def __call__(self, x, weights=None):
        given = (x,) if weights is None else (x, weights)
        if (self.sparse or getattr(x, "kind", None) == "sparse") and not any_symbolic(given):
            return SPARSE_RESULTS["bincount"](x, self.weights if weights is None else weights, self.minlength)
        return super().__call__(*given)

    call = __call__

    def forward(self, x, weights=None):
        if weights is None and self.weights is not None:
            weights = as_array(self.weights)
        if x.size and x.min() < 0:
            raise ValueError(f"`bincount` counts integers from 0 on. Received: {x.min()}")
        length = max(self.minlength, int(x.max()) + 1 if x.size else 0)
        rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
        row_weights = [None] * len(rows) if weights is None else np.broadcast_to(weights, x.shape).reshape(rows.shape)
        counts = [
            np.bincount(row.astype(np.intp, copy=False), w, length) for row, w in zip(rows, row_weights, strict=True)
        ]
        dtype = np.int32 if weights is None else self.output_dtype(x, weights)
        return np.asarray(counts).reshape((*x.shape[:-1], length)).astype(dtype)

    def compute_output_spec(self, x, weights=None):
        return KerasTensor((*x.shape[:-1], None), "int32" if weights is None else self.output_dtype(x, weights))

    def output_dtype(self, x, weights):
        return result_type(x.dtype, weights.dtype)


def bincount(x, weights=None, minlength=0, sparse=False):
    """How often each integer 0, 1, 2 … occurs in a vector, or in each row of a matrix.

    Args:
        weights: the weight of each element, 1 if None.
        minlength: the minimum length of the result; it is longer if x holds larger integers.
        sparse: whether the result is a SparseTensor, as it is of a sparse x.
    """
    x = convert_to_tensor(x)
    x = x if "int" in x.dtype else cast(x, "int32")
    op = Bincount(minlength=minlength, sparse=sparse)
    return op(x) if weights is None else op(x, convert_to_tensor(weights))


class Histogram(Op):
    """How many x fall in each bin, in x's dtype, and the bins' edges. No gradient.

    The edges too have x's dtype, so those of integers are truncated to integers, as in Keras.
    """

    differentiable = False

    def __init__(self, bins=10, range=None):
        self.bins = bins
        self.range = tuple(range) if range else None

    def forward(self, x):
        low, high = self.range or ((x.min(), x.max()) if x.size else (0, 1))
        edges = np.linspace(low, high, self.bins + 1).astype(x.dtype)
        inside = x[(x >= low) & (x <= high)]
        return np.histogram(inside, edges)[0].astype(x.dtype), edges

    def compute_output_spec(self, x):
        return KerasTensor((self.bins,), x.dtype), KerasTensor((self.bins + 1,), x.dtype)


def histogram(x, bins=10, range=None):
    """The elements of x counted in bins of equal width: a pair (counts, edges), both in x's dtype.

    Args:
        bins: number of bins.
        range: pair (lowest, highest) edge, by default the smallest and the largest element.

    Raises:
        TypeError: `bins` is not an integer.
        ValueError: `bins` is not positive, `range` no ascending pair, or x does not have one axis.
    """
    if not isinstance(bins, int):
        raise TypeError(f"`bins` must be of type `int`. Received: bins={bins!r}")
    if bins < 1:
        raise ValueError(f"Argument `bins` should be a positive integer. Received: bins={bins}")
    if range and (len(range) != 2 or range[1] < range[0]):
        raise ValueError(
            f"Argument `range` must be a tuple of two numbers, the second greater. Received: range={range}"
        )
    x = convert_to_tensor(x)
    if len(x.shape) > 1 and not isinstance(x, KerasTensor):
        raise ValueError(
            f"Input tensor must be 1-dimensional: `histogram` counts its elements. Received: x.shape={tuple(x.shape)}"
        )
    return Histogram(bins, range)(x)


def count_integers(x, weights=None, length=None, least_length=0, by_row=False):
    """How often each integer 0, 1, 2 … occurs in an array, or the sum of the weights of its occurrences.

    Args:
        length: that of the result; larger integers are not counted. None: as long as the largest one needs.
        least_length: the minimum length, unless `length` is less.
        by_row: count in each row of a matrix.
    """
    if x.size and x.min() < 0:
        raise ValueError(f"Input arr must be non-negative. Received: {x.min()}")
    rows = x.reshape(-1, x.shape[-1]) if by_row else x.reshape(1, -1)
    needed = max(int(x.max(initial=-1)) + 1, least_length)
    length = needed if length is None else min(needed, length)
    row_weights = [None] * len(rows) if weights is None else weights.reshape(rows.shape)
    counts = np.stack([_counts(row, w, length) for row, w in zip(rows, row_weights, strict=True)])
    return counts if by_row else counts[0]


def _counts(row, weights, length):
    inside = row < length
    return np.bincount(row[inside].astype(np.intp, copy=False), None if weights is None else weights[inside], length)[
        :length
    ]


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype="int32"):
    """The matrix with, at [i, j], how often class j was predicted for label i, or the sum of the weights.

    Raises:
        ValueError: a class is negative, or not below `num_classes` (by default, as many as the largest needs).
    """
    labels, predictions = (np.squeeze(x).astype(np.int64) for x in (labels, predictions))
    least = min(labels.min(initial=0), predictions.min(initial=0))
    if least < 0:
        raise ValueError(f"`labels` and `predictions` must not be negative. Received: {least}")
    largest = int(max(labels.max(initial=-1), predictions.max(initial=-1)))
    count = largest + 1 if num_classes is None else num_classes
    if largest >= count:
        raise ValueError(f"`labels` and `predictions` must be below `num_classes`={count}. Received: {largest}")
    matrix = np.zeros((count, count), dtype)
    np.add.at(matrix, (labels, predictions), 1 if weights is None else weights.astype(dtype))
    return matrix


def fixed_width_bins(x, low, high, count):
    """Into which of `count` equal bins between two numbers each value falls; those outside into the first or last."""
    scaled = np.floor((x - x.dtype.type(low)) / x.dtype.type(high - low) * count)
    return np.clip(scaled, 0, count - 1)


def fixed_width_histogram(x, low, high, count):
    """How many values fall into each of the `fixed_width_bins`."""
    return np.bincount(fixed_width_bins(x, low, high, count).ravel().astype(np.intp), minlength=count)


def invert_permutation(positions):
    """The permutation y with y[x[i]] = i.

    Raises:
        ValueError: x does not hold each of 0 … n − 1 once.
    """
    if sorted(positions.tolist()) != list(range(positions.size)):
        raise ValueError(f"x must be a permutation of 0 … {positions.size - 1}. Received: {positions.tolist()[:20]}")
    return np.argsort(positions).astype(positions.dtype)


class CategoryCounts(Op):
    """y[…, c] = how often c occurs in a row of x, or the sum of the weights there. Numbers ≥ depth do not count.

    x has one axis (one row) or two; a second input has the weights. No gradient. Memory and time are those of x and y;
    a one-hot tensor between them would have `depth` times the elements of x.

    Args:
        depth: length of a row of the result.
        is_binary: whether y is 1 for each number that occurs.
        dtype: of the result.

    Raises:
        InvalidArgumentError: a negative number.
    """

    differentiable = False

    def __init__(self, depth, is_binary, dtype):
        self.depth, self.is_binary, self.dtype = int(depth), is_binary, dtype

    def forward(self, x, weights=None):
        if x.size and x.min() < 0:
            raise InvalidArgumentError(None, None, f"Class indices must not be negative. Received: {x.min()}")
        counted, count = x < self.depth, math.prod(x.shape[:-1])
        rows = np.nonzero(counted.reshape(count, x.shape[-1]))[0]
        positions = x[counted].astype(np.int64) + rows * self.depth
        if self.is_binary:
            binary = np.zeros((count, self.depth), self.dtype)
            binary.reshape(-1)[positions] = 1
            return binary.reshape(*x.shape[:-1], self.depth)
        weights = None if weights is None else np.broadcast_to(weights, x.shape)[counted]
        counts = np.bincount(positions.astype(np.intp, copy=False), weights, count * self.depth)
        return counts.astype(self.dtype, copy=False).reshape(*x.shape[:-1], self.depth)

    def output_shape(self, shape, *weights):
        return (*shape[:-1], self.depth)

    def output_dtype(self, *inputs):
        return self.dtype
