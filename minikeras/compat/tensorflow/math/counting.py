"""Counts: of integers, of numbers in bins, of right and wrong classes."""

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import array, integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype

__all__ = [
    "bincount",
    "confusion_matrix",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "in_top_k",
    "invert_permutation",
]


def bincount(
    arr,
    weights=None,
    minlength=None,
    maxlength=None,
    dtype=dtypes.int32,
    name=None,
    axis=None,
    binary_output=False,
):
    """How often each integer 0, 1, 2 … occurs, or the sum of the weights of its places. No gradient.

    Args:
        minlength: the least length of the result.
        maxlength: the greatest: larger integers are not counted.
        dtype: of the counts; weights give theirs.
        axis: None or 0 counts in the whole tensor, −1 in each row of a matrix.
        binary_output: 1 where an integer occurs, however often.
    """
    x = array(arr)
    if x.size and x.min() < 0:
        raise ValueError(f"Input arr must be non-negative. Received: {x.min()}")
    if axis not in (None, 0, -1):
        raise ValueError(f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported.")
    rows = x.reshape(-1, x.shape[-1]) if axis == -1 and x.ndim > 1 else x.reshape(1, -1)
    length = max(int(x.max(initial=-1)) + 1, minlength or 0)
    length = length if maxlength is None else min(length, integers(maxlength))
    row_weights = [None] * len(rows) if weights is None else array(weights).reshape(rows.shape)
    counts = np.stack([_counts(row, w, length) for row, w in zip(rows, row_weights, strict=True)])
    result_dtype = as_dtype(dtype).name if weights is None else array(weights).dtype
    counts = ((counts > 0) if binary_output else counts).astype(result_dtype)
    return Tensor(counts if axis == -1 and x.ndim > 1 else counts[0])


def _counts(row, weights, length):
    inside = row < length
    return np.bincount(row[inside], None if weights is None else weights[inside], length)[:length]


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype=dtypes.int32, name=None):
    """The matrix that says at [i, j] how often class j was predicted for label i, or the sum of the weights.

    Args:
        num_classes: rows and columns; by default as many as the greatest number needs.
    """
    labels, predictions = (np.squeeze(array(x)).astype(np.int64) for x in (labels, predictions))
    least = min(labels.min(initial=0), predictions.min(initial=0))
    if least < 0:
        raise ValueError(f"`labels` and `predictions` must not be negative. Received: {least}")
    greatest = int(max(labels.max(initial=-1), predictions.max(initial=-1)))
    count = greatest + 1 if num_classes is None else integers(num_classes)
    if greatest >= count:
        raise ValueError(f"`labels` and `predictions` must be below `num_classes`={count}. Received: {greatest}")
    matrix = np.zeros((count, count), as_dtype(dtype).name)
    np.add.at(matrix, (labels, predictions), 1 if weights is None else array(weights).astype(matrix.dtype))
    return Tensor(matrix)


def histogram_fixed_width_bins(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """Into which of `nbins` equal bins between the two numbers of `value_range` each value falls.

    What lies outside falls into the first or last.
    """
    x = array(values)
    low, high = array(value_range, x.dtype).tolist()
    scaled = np.floor((x - x.dtype.type(low)) / x.dtype.type(high - low) * nbins)
    return Tensor(np.clip(scaled, 0, integers(nbins) - 1).astype(as_dtype(dtype).name))


def histogram_fixed_width(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """How many values fall into each of `nbins` equal bins; see `histogram_fixed_width_bins`."""
    bins = histogram_fixed_width_bins(values, value_range, nbins).array
    return Tensor(np.bincount(bins.ravel(), minlength=integers(nbins)).astype(as_dtype(dtype).name))


def in_top_k(targets, predictions, k, name=None):
    """Whether each target is among the k classes with the greatest predictions; ties count in favour."""
    return ops.in_top_k(tensor(targets), tensor(predictions), integers(k))


def invert_permutation(x, name=None):
    """The permutation y with y[x[i]] = i.

    Raises:
        ValueError: x does not hold each of 0 … n − 1 once.
    """
    places = array(x)
    if sorted(places.tolist()) != list(range(places.size)):
        raise ValueError(f"x must be a permutation of 0 … {places.size - 1}. Received: {places.tolist()[:20]}")
    return Tensor(np.argsort(places).astype(places.dtype))
