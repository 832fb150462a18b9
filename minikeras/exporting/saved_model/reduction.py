"""Reductions over axes, running sums, sorting, normalization by the input's own mean and variance."""

import numpy as np

from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.saved_model.elementwise import in_common_dtype
from minikeras.exporting.saved_model.graph import INT32, INT64
from minikeras.exporting.saved_model.registry import converts
from minikeras.ops import cumulative, exponential, reduction, sorting
from minikeras.ops.normalization import MeanAndVariance, Standardize, StandardizeRows


def over_axes(operator):
    """The conversion of a reduction, computed in the dtype of its result."""

    def convert(graph, step, x):
        name = graph.read(x, step.outputs[0].dtype)
        return graph.reduce(operator, name, normalize_axes(step.op.axis, x.rank), step.op.keepdims)

    return convert


converts(Sum)(over_axes("Sum"))
converts(reduction.Mean)(over_axes("Mean"))
converts(reduction.Prod)(over_axes("Prod"))


def extremum(operator, pairwise):
    """The conversion of the greatest or least element; `initial` takes part as one more."""
    of_axes = over_axes(operator)

    def convert(graph, step, x):
        y = of_axes(graph, step, x)
        return y if step.op.initial is None else graph.add(pairwise, y, graph.number(step.op.initial, y))

    return convert


converts(reduction.Max)(extremum("Max", "Maximum"))
converts(reduction.Min)(extremum("Min", "Minimum"))


def of_truth(operator):
    """The conversion of `any` and `all`."""

    def convert(graph, step, x):
        return graph.reduce(operator, truth(graph, x), normalize_axes(step.op.axis, x.rank), step.op.keepdims)

    return convert


def truth(graph, x):
    """Whether each element is not 0."""
    name = graph.read(x)
    return name if graph.kinds[name] == "bool" else graph.add("NotEqual", name, graph.number(0, name))


converts(reduction.Any)(of_truth("Any"))
converts(reduction.All)(of_truth("All"))


@converts(reduction.CountNonzero)
def count_nonzero(graph, step, x):
    numbers = graph.cast(truth(graph, x), INT32)
    return graph.reduce("Sum", numbers, normalize_axes(step.op.axis, x.rank), False)


def place_of(operator):
    """The conversion of `argmax` and `argmin`."""

    def convert(graph, step, x):
        name, axis = graph.read(x), step.op.axis
        if axis is None:
            y = graph.add(operator, graph.reshape(name, [-1]), graph.constant(0, np.int32), output_type=INT64)
            y = graph.reshape(y, [1] * x.rank) if step.op.keepdims else y
        else:
            y = graph.add(operator, name, graph.constant(axis % x.rank, np.int32), output_type=INT64)
            y = graph.unsqueeze(y, [axis % x.rank]) if step.op.keepdims else y
        return graph.cast(y, step.outputs[0].dtype)

    return convert


converts(reduction.Argmin)(place_of("ArgMin"))
converts(reduction.Argmax)(place_of("ArgMax"))


@converts(exponential.FiniteMaximum)
def finite_maximum(graph, step, x):
    y = graph.reduce("Max", graph.read(x), normalize_axes(step.op.axis, x.rank), True)
    return graph.add("SelectV2", graph.add("IsFinite", y), y, graph.number(0, y))


def running(operator):
    """The conversion of running sums or products."""

    def convert(graph, step, x):
        name, axis = graph.read(x, step.outputs[0].dtype), step.op.axis
        if axis is None:
            name, axis = graph.reshape(name, [-1]), 0
        return graph.add(operator, name, graph.constant(axis, np.int32))

    return convert


converts(cumulative.Cumsum)(running("Cumsum"))
converts(cumulative.Cumprod)(running("Cumprod"))


@converts(sorting.Sort)
def sort(graph, step, x):
    return _sorted(graph, x, step.op.axis)[0]


@converts(sorting.Argsort)
def argsort(graph, step, x):
    return _sorted(graph, x, step.op.axis)[1]


def _sorted(graph, x, axis):
    """In ascending order: the greatest of the negatives, of equal ones the first first."""
    name, rank = graph.read(x), x.rank
    if x.dtype.kind not in "fi":
        raise Inexpressible("sorts values that have no negatives")
    if axis is None:
        name, rank, axis = graph.reshape(name, [-1]), 1, 0
    order = [*[a for a in range(rank) if a != axis % rank], axis % rank]
    name = graph.add("Neg", graph.transpose(name, order))
    length = graph.cast(graph.scalar(graph.length_of(name, rank - 1)), INT32)
    values, indices = graph.add("TopKV2", name, length, index_type=INT32)
    back = np.argsort(order).tolist()
    return graph.transpose(graph.add("Neg", values), back), graph.transpose(indices, back)


@converts(sorting.TopK)
def top_k(graph, step, x):
    return graph.add("TopKV2", graph.read(x), graph.constant(step.op.k, np.int32), index_type=INT32)


def bins_below(graph, x, edges, includes_equal):
    """How many of the edges (a vector) are less than each x, or equal to it as well."""
    x_name, edge_names = in_common_dtype(graph, x, edges)
    found = graph.add("LessEqual" if includes_equal else "Less", edge_names, graph.unsqueeze(x_name, [x.rank]))
    return graph.reduce("Sum", graph.cast(found, INT32), [x.rank], False)


@converts(sorting.Digitize)
def digitize(graph, step, x, edges):
    return bins_below(graph, x, edges, True)


@converts(sorting.SearchSorted)
def search_sorted(graph, step, sequence, values):
    return bins_below(graph, values, sequence, step.op.side == "right")


# --- mean and variance -----------------------------------------------------------------------------------------------


def moments(graph, x, axes):
    """(x − mean, mean, variance) over axes, which stay with length 1."""
    mean = graph.reduce("Mean", x, axes, True)
    centred = graph.add("Sub", x, mean)
    return centred, mean, graph.reduce("Mean", graph.add("Square", centred), axes, True)


def standardized(graph, x, axes, epsilon, scale, offset):
    """((x − mean) / √(variance + ε) · scale + offset, mean, variance)."""
    centred, mean, variance = moments(graph, x, axes)
    factor = graph.add("Rsqrt", graph.add("AddV2", variance, graph.number(epsilon, x)))
    y = graph.add("Mul", graph.add("Mul", centred, factor), scale)
    return [graph.add("AddV2", y, offset), mean, variance]


@converts(MeanAndVariance)
def mean_and_variance(graph, step, x):
    return list(moments(graph, graph.read(x), step.op.axes)[1:])


@converts(Standardize)
def standardize(graph, step, x, scale, offset):
    given = [graph.read(value, x.dtype) for value in (scale, offset)]
    return standardized(graph, graph.read(x), step.op.axes, step.op.epsilon, *given)


@converts(StandardizeRows)
def standardize_rows(graph, step, x, scale, offset):
    given = [graph.read(value, x.dtype) for value in (scale, offset)]
    return standardized(graph, graph.read(x), [x.rank - 1], step.op.epsilon, *given)[0]
