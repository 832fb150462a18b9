"""Reductions over axes, running sums, sorting, normalization by the input's own mean and variance."""

import numpy as np

from minikeras.autodiff.arithmetic import Add, Divide, Multiply, Subtract, Where
from minikeras.autodiff.comparison import Less, LessEqual
from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.exporting.conversions.elementwise import in_output_dtype, in_wide_dtype
from minikeras.exporting.registry import converts, of_class
from minikeras.ops import cumulative, reduction, sorting
from minikeras.ops.comparison import Isfinite
from minikeras.ops.exponential import FiniteMaximum
from minikeras.ops.extrema import Maximum, Minimum
from minikeras.ops.normalization import MeanAndVariance, Standardize, StandardizeRows
from minikeras.ops.powers import Sqrt, Square


def over_axes(graph, step, op, x):
    """A reduction, computed in the dtype of its result."""
    (name,) = in_output_dtype(graph, step, x)
    y = graph.reduce(op, name, normalize_axes(step.op.axis, x.rank), step.op.keepdims)
    if getattr(step.op, "initial", None) is not None:  # one more element
        y = graph.op({reduction.Max: Maximum, reduction.Min: Minimum}[op], y, graph.number(step.op.initial, y))
    return graph.cast(y, step.outputs[0].dtype)


of_class((Sum, reduction.Mean, reduction.Prod, reduction.Max, reduction.Min), over_axes)


def of_truth(graph, step, op, x):
    return graph.reduce(op, graph.read(x, bool), normalize_axes(step.op.axis, x.rank), step.op.keepdims)


of_class((reduction.Any, reduction.All), of_truth)


@converts(reduction.CountNonzero)
def count_nonzero(graph, step, x):
    numbers = graph.cast(graph.read(x, bool), np.int32)
    return graph.reduce(Sum, numbers, normalize_axes(step.op.axis, x.rank), False)


def place_of(graph, step, op, x):
    """The index of the largest or smallest element."""
    name, axis = graph.read(x, graph.wide(x.dtype)), step.op.axis
    if axis is None:
        y = graph.op(op, graph.reshape(name, [-1]), axis=0)
        y = graph.reshape(y, [1] * x.rank) if step.op.keepdims else y
    else:
        y = graph.op(op, name, axis=axis % x.rank)
        y = graph.unsqueeze(y, [axis % x.rank]) if step.op.keepdims else y
    return graph.cast(y, step.outputs[0].dtype)


of_class((reduction.Argmin, reduction.Argmax), place_of)


@converts(FiniteMaximum)
def finite_maximum(graph, step, x):
    y = graph.reduce(reduction.Max, graph.read(x), normalize_axes(step.op.axis, x.rank), True)
    return graph.op(Where, graph.op(Isfinite, y), y, graph.number(0, y))


def running(graph, step, op, x):
    """Running sums or products."""
    (name,), axis = in_output_dtype(graph, step, x), step.op.axis
    if axis is None:
        name, axis = graph.reshape(name, [-1]), 0
    return graph.cast(graph.op(op, name, graph.constant(axis, np.int64)), step.outputs[0].dtype)


of_class((cumulative.Cumsum, cumulative.Cumprod), running)

# --- sorting ---------------------------------------------------------------------------------------------------------


def _sorted(graph, x, axis):
    """(values in ascending order, their positions)."""
    name, rank = graph.read(x), x.rank
    if axis is None:
        name, rank, axis = graph.reshape(name, [-1]), 1, 0
    return graph.op(sorting.Sort, name, axis=axis % max(rank, 1), rank=rank)


@converts(sorting.Sort)
def sort(graph, step, x):
    return _sorted(graph, x, step.op.axis)[0]


@converts(sorting.Argsort)
def argsort(graph, step, x):
    return graph.cast(_sorted(graph, x, step.op.axis)[1], np.int32)


@converts(sorting.TopK)
def top_k(graph, step, x):
    values, positions = graph.op(sorting.TopK, graph.read(x), graph.integers([step.op.k]))
    return [values, graph.cast(positions, np.int32)]


def bins_below(graph, x, edges, comparison):
    """How many of the edges (a vector) are below each x, or at most equal to it."""
    x_name, edge_names = in_wide_dtype(graph, x, edges)
    found = graph.op(comparison, edge_names, graph.unsqueeze(x_name, [x.rank]))
    return graph.reduce(Sum, graph.cast(found, np.int32), [x.rank], False)


@converts(sorting.Digitize)
def digitize(graph, step, x, edges):
    return bins_below(graph, x, edges, LessEqual)


@converts(sorting.SearchSorted)
def search_sorted(graph, step, sequence, values):
    return bins_below(graph, values, sequence, LessEqual if step.op.side == "right" else Less)


# --- mean and variance -----------------------------------------------------------------------------------------------


def moments(graph, x, axes):
    """(x − mean, mean, variance) over axes, which stay with length 1."""
    mean = graph.reduce(reduction.Mean, x, axes, True)
    centred = graph.op(Subtract, x, mean)
    return centred, mean, graph.reduce(reduction.Mean, graph.op(Square, centred), axes, True)


def standardized(graph, x, axes, epsilon, scale, offset):
    """[(x − mean) / √(variance + ε) · scale + offset, mean, variance]."""
    centred, mean, variance = moments(graph, x, axes)
    y = graph.op(Divide, centred, graph.op(Sqrt, graph.plus(variance, epsilon)))
    return [graph.op(Add, graph.op(Multiply, y, scale), offset), mean, variance]


@converts(MeanAndVariance)
def mean_and_variance(graph, step, x):
    return list(moments(graph, graph.read(x), step.op.axes)[1:])


@converts(Standardize)
def standardize(graph, step, x, scale, offset):
    given = [graph.read(value, x.dtype) for value in (x, scale, offset)]
    return standardized(graph, given[0], step.op.axes, step.op.epsilon, *given[1:])


@converts(StandardizeRows)
def standardize_rows(graph, step, x, scale, offset):
    given = [graph.read(value, x.dtype) for value in (x, scale, offset)]
    return standardized(graph, given[0], [x.rank - 1], step.op.epsilon, *given[1:])[0]
