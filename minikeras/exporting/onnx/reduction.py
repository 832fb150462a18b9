"""Reductions over axes, running sums, sorting."""

import numpy as np

from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.onnx.arithmetic import NARROW, in_common_dtype
from minikeras.exporting.onnx.registry import converts
from minikeras.ops import cumulative, exponential, reduction, sorting


def over_axes(operator):
    """The conversion of a reduction, computed in the dtype of its result."""

    def convert(graph, step, x):
        dtype = step.outputs[0].dtype
        wide = NARROW.get(dtype.name, dtype)
        axes = normalize_axes(step.op.axis, x.rank)
        y = graph.reduce(operator, graph.read(x, wide), axes, step.op.keepdims)
        return y if wide == dtype else graph.cast(y, dtype)

    return convert


converts(Sum)(over_axes("ReduceSum"))
converts(reduction.Mean)(over_axes("ReduceMean"))
converts(reduction.Prod)(over_axes("ReduceProd"))


def extremum(operator, pairwise):
    """The conversion of the greatest or least element; `initial` takes part as one more."""
    of_axes = over_axes(operator)

    def convert(graph, step, x):
        y = of_axes(graph, step, x)
        if step.op.initial is None:
            return y
        return graph.add(pairwise, y, graph.constant(step.op.initial, step.outputs[0].dtype))

    return convert


converts(reduction.Max)(extremum("ReduceMax", "Max"))
converts(reduction.Min)(extremum("ReduceMin", "Min"))


def of_truth(operator):
    """The conversion of `any` and `all`, as extrema of 0 and 1."""

    def convert(graph, step, x):
        numbers = graph.cast(graph.read(x, bool), np.int32)
        y = graph.reduce(operator, numbers, normalize_axes(step.op.axis, x.rank), step.op.keepdims)
        return graph.cast(y, bool)

    return convert


converts(reduction.Any)(of_truth("ReduceMax"))
converts(reduction.All)(of_truth("ReduceMin"))


@converts(reduction.CountNonzero)
def count_nonzero(graph, step, x):
    numbers = graph.cast(graph.read(x, bool), np.int32)
    return graph.reduce("ReduceSum", numbers, normalize_axes(step.op.axis, x.rank), False)


def place_of(operator):
    """The conversion of `argmax` and `argmin`."""

    def convert(graph, step, x):
        name, axis = graph.read(x, NARROW.get(x.dtype.name)), step.op.axis
        if axis is None:
            y = graph.add(operator, graph.reshape(name, [-1]), axis=0, keepdims=0)
            y = graph.reshape(y, [1] * x.rank) if step.op.keepdims else y
        else:
            y = graph.add(operator, name, axis=axis % x.rank, keepdims=int(step.op.keepdims))
        return graph.cast(y, step.outputs[0].dtype)

    return convert


converts(reduction.Argmin)(place_of("ArgMin"))
converts(reduction.Argmax)(place_of("ArgMax"))


@converts(exponential.FiniteMaximum)
def finite_maximum(graph, step, x):
    y = graph.reduce("ReduceMax", graph.read(x), normalize_axes(step.op.axis, x.rank), True)
    is_finite = graph.add("Not", graph.add("IsInf", y))
    return graph.add("Where", is_finite, y, graph.constant(0, x.dtype))


@converts(cumulative.Cumsum)
def cumulative_sum(graph, step, x):
    dtype = step.outputs[0].dtype
    name, axis = graph.read(x, NARROW.get(dtype.name, dtype)), step.op.axis
    if axis is None:
        name, axis = graph.reshape(name, [-1]), 0
    y = graph.add("CumSum", name, graph.constant(axis, np.int64))
    return graph.cast(y, dtype) if dtype.name in NARROW else y


@converts(sorting.Sort)
def sort(graph, step, x):
    return _sorted(graph, x, step.op.axis)[0]


@converts(sorting.Argsort)
def argsort(graph, step, x):
    return graph.cast(_sorted(graph, x, step.op.axis)[1], np.int32)


def _sorted(graph, x, axis):
    name, length = graph.read(x), None
    if axis is None:
        name, axis = graph.reshape(name, [-1]), 0
        length = graph.reshape(graph.add("Size", name), [1])
    length = graph.length(x.shape[axis]) if length is None else length
    return graph.add("TopK", name, length, outputs=2, axis=axis % max(x.rank, 1), largest=0)


@converts(sorting.TopK)
def top_k(graph, step, x):
    values, places = graph.add("TopK", graph.read(x), graph.integers([step.op.k]), outputs=2, axis=-1)
    return [values, graph.cast(places, np.int32)]


def bins_below(graph, x, edges, includes_equal):
    """How many of the edges (a vector) are less than each x, or equal to it as well."""
    (x_name, edge_names), _ = in_common_dtype(graph, (x, edges))
    x_name = graph.unsqueeze(x_name, [x.rank])
    below = graph.add("LessOrEqual" if includes_equal else "Less", edge_names, x_name)
    return graph.reduce("ReduceSum", graph.cast(below, np.int32), [x.rank], False)


@converts(sorting.Digitize)
def digitize(graph, step, x, edges):
    return bins_below(graph, x, edges, True)


@converts(sorting.SearchSorted)
def search_sorted(graph, step, sequence, values):
    return bins_below(graph, values, sequence, step.op.side == "right")


@converts(sorting.InTopK)
def in_top_k(graph, step, targets, predictions):
    raise Inexpressible("compares predictions with labels, which belongs to training")
