"""Counts: of integers, of values in bins, of right and wrong classes."""

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import array, integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.ops import counting

# Names of `tf.math`; `histogram_fixed_width`, `histogram_fixed_width_bins` are in `tf` alone.
__all__ = [
    "bincount",
    "confusion_matrix",
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
    """How often each integer 0, 1, 2 … occurs, or the sum of its weights. No gradient.

    Args:
        minlength: the minimum length of the result.
        maxlength: the largest: larger integers are not counted.
        dtype: of the counts; weights give theirs.
        axis: None or 0 counts in the whole tensor, −1 in each row of a matrix.
        binary_output: 1 where an integer occurs, however often.
    """
    if axis not in (None, 0, -1):
        raise ValueError(f"`axis` must be 0 or -1. Received: axis={axis}")
    x, weights = array(arr), None if weights is None else array(weights)
    by_row = axis == -1 and x.ndim > 1
    counts = counting.count_integers(x, weights, integers(maxlength), minlength or 0, by_row)
    counts = counts > 0 if binary_output else counts
    return Tensor(counts.astype(as_dtype(dtype).name if weights is None else weights.dtype))


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype=dtypes.int32, name=None):
    """The matrix with, at [i, j], how often class j was predicted for label i, or the sum of the weights.

    Args:
        num_classes: rows and columns; by default as many as the largest class index needs.
    """
    arrays = array(labels), array(predictions)
    weights = None if weights is None else array(weights)
    return Tensor(counting.confusion_matrix(*arrays, integers(num_classes), weights, as_dtype(dtype).name))


def histogram_fixed_width_bins(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """The index of each value's bin, one of `nbins` equal bins between the two numbers of `value_range`.

    Values outside fall into the first or last.
    """
    x = array(values)
    bins = counting.fixed_width_bins(x, *array(value_range, x.dtype).tolist(), integers(nbins))
    return Tensor(bins.astype(as_dtype(dtype).name))


def histogram_fixed_width(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """How many values fall into each of `nbins` equal bins; see `histogram_fixed_width_bins`."""
    x = array(values)
    counts = counting.fixed_width_histogram(x, *array(value_range, x.dtype).tolist(), integers(nbins))
    return Tensor(counts.astype(as_dtype(dtype).name))


def in_top_k(targets, predictions, k, name=None):
    """Whether each target is among the k classes with the largest predictions; ties count in favour."""
    return ops.in_top_k(tensor(targets), tensor(predictions), integers(k))


def invert_permutation(x, name=None):
    """The permutation y with y[x[i]] = i.

    Raises:
        ValueError: x does not contain each of 0 … n − 1 once.
    """
    return Tensor(counting.invert_permutation(array(x)))
