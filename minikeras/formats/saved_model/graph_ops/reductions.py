"""Reductions over axes, running sums, reductions of segments, sorting and counting. Results keep the inputs' dtype."""

import numpy as np

from minikeras import ops
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops, static
from minikeras.ops.counting import fixed_width_histogram
from minikeras.ops.cumulative import cumulative_logsumexp, running
from minikeras.ops.norms import euclidean_norm
from minikeras.ops.segments import segment_mean, segment_min, segment_prod
from minikeras.ops.typed_reductions import mean_in_dtype, sum_in_dtype
from minikeras.ops.unique import unique


def _prod_in_dtype(x, axis, keepdims):
    return ops.cast(ops.prod(x, axis, keepdims), x.dtype)


def _reduction(name, function, words="input axis!"):
    @graph_op(name, words)
    def reduce(x, axis, *, keep_dims=False):
        axes = axis.ravel().tolist()
        return function(x, tuple(axes), keep_dims)


for _name, _function in {
    "Sum": sum_in_dtype,
    "Mean": mean_in_dtype,
    "Prod": _prod_in_dtype,
    "Max": ops.max,
    "Min": ops.min,
    "All": ops.all,
    "Any": ops.any,
    "EuclideanNorm": euclidean_norm,
}.items():
    _reduction(_name, _function)


@graph_op("ArgMax", "input dimension!")
def argmax(x, dimension, *, output_type="int64"):
    """The position of the largest element along an axis, the first of several."""
    return ops.cast(ops.argmax(x, int(dimension)), output_type)


@graph_op("ArgMin", "input dimension!")
def argmin(x, dimension, *, output_type="int64"):
    """The position of the smallest element along an axis, the first of several."""
    return ops.cast(ops.argmin(x, int(dimension)), output_type)


@graph_op("Cumsum", "x axis!")
def cumsum(x, axis, *, exclusive=False, reverse=False):
    """Running sums."""
    return running(lambda x, axis: ops.cast(ops.cumsum(x, axis), x.dtype), x, int(axis), exclusive, reverse)


@graph_op("Cumprod", "x axis!")
def cumprod(x, axis, *, exclusive=False, reverse=False):
    """Running products."""
    return running(lambda x, axis: ops.cast(ops.cumprod(x, axis), x.dtype), x, int(axis), exclusive, reverse, neutral=1)


@graph_op("CumulativeLogsumexp", "x axis!")
def running_logsumexp(x, axis, *, exclusive=False, reverse=False):
    """Running ln Σ exp(x)."""
    return running(cumulative_logsumexp, x, int(axis), exclusive, reverse, neutral=-np.inf)


@graph_op("TopKV2", "input k!", gives="values indices")
def top_k(x, k, *, sorted=True, index_type="int32"):
    """The k largest elements of the last axis, and their positions."""
    values, indices = ops.top_k(x, int(k), sorted)
    return values, ops.cast(indices, index_type)


@graph_op("InTopKV2", "predictions targets k!")
def in_top_k(predictions, targets, k):
    """Whether each target is among the k largest predictions."""
    return ops.in_top_k(targets, predictions, int(k))


def _segments(name, function):
    @graph_op(name, "data segment_ids num_segments!")
    def reduce(data, segment_ids, num_segments):
        return function(data, segment_ids, int(num_segments))


graph_ops(
    "data segment_ids",
    SegmentMax=ops.segment_max,
    SegmentMean=segment_mean,
    SegmentMin=segment_min,
    SegmentProd=segment_prod,
    SegmentSum=ops.segment_sum,
)
_segments("UnsortedSegmentSum", ops.segment_sum)
_segments("UnsortedSegmentMax", ops.segment_max)
_segments("UnsortedSegmentMin", segment_min)
_segments("UnsortedSegmentProd", segment_prod)


@graph_op("Bincount", "arr size! weights")
def bincount(x, size, weights):
    """How often each integer below `size` occurs, or the sum of its weights."""
    weights = ops.reshape(weights, (-1,)) if weights.size else weights
    return _counts(ops.reshape(x, (-1,)), int(size), weights, False)


@graph_op("DenseBincount", "input size! weights")
def dense_bincount(x, size, weights, *, binary_output=False):
    """How often each integer below `size` occurs in a vector or in each row of a matrix, or the sum of its weights."""
    return _counts(x, int(size), weights, binary_output)


def _counts(x, size, weights, is_binary):
    is_counted = ops.expand_dims(x, -1) == ops.arange(size, dtype=x.dtype)
    if is_binary:
        return ops.cast(ops.any(is_counted, -2), weights.dtype)
    each = ops.cast(is_counted, weights.dtype)
    return sum_in_dtype(each * ops.expand_dims(weights, -1) if weights.size else each, -2)


@graph_op("HistogramFixedWidth", "values value_range! nbins!")
def histogram(values, value_range, nbins, *, dtype="int32"):
    """The number of values in each of equal parts of a range."""
    low, high = value_range.tolist()
    return ops.cast(fixed_width_histogram(static(values), low, high, int(nbins)), dtype)


@graph_op("Unique", "x", gives="y idx")
def distinct(x, *, out_idx="int32"):
    """The distinct elements of a vector in the order of their first positions, and where each element is among them."""
    values, positions = unique(x, sorted=False, return_inverse=True)
    return values, ops.cast(positions, out_idx)


@graph_op("UniqueWithCounts", "x", gives="y idx count")
def distinct_counted(x, *, out_idx="int32"):
    """The same, and how often each occurs."""
    values, positions, counts = unique(x, sorted=False, return_inverse=True, return_counts=True)
    return values, ops.cast(positions, out_idx), ops.cast(counts, out_idx)
