"""Formulas for ops for which ONNX has no operator, or one whose inputs differ."""

import math

import numpy as np

from minikeras.autodiff import arithmetic, comparison
from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.conversions.operators import ONNX, operators_of
from minikeras.exporting.graph import Inexpressible
from minikeras.ops import activation, blocks, exponential, padding, powers, reordering, scattering, sorting, special
from minikeras.ops import arithmetic as more_arithmetic
from minikeras.ops.comparison import Isfinite
from minikeras.ops.counting import CategoryCounts
from minikeras.ops.einsum import Contraction
from minikeras.ops.indexing import TakeAlongAxis
from minikeras.ops.reduction import Argmax, Argmin
from minikeras.ops.resampling import Interpolation
from minikeras.ops.smooth_activation import Celu
from minikeras.ops.softmax import LogSoftmax, Softmax
from minikeras.ops.trigonometric import Arctan2
from minikeras.tensors.lookup.hash_ops import HashBuckets

OPERATORS = operators_of(ONNX)
writes = OPERATORS.writes

# --- elementwise -----------------------------------------------------------------------------------------------------


@writes(arithmetic.Add)
def add(graph, x1, x2):
    """Addition; for strings, concatenation."""
    return graph.add("StringConcat" if graph.dtype_of(x1).kind == "O" else "Add", x1, x2)


@writes(comparison.NotEqual)
def not_equal(graph, x1, x2):
    return graph.add("Not", graph.add("Equal", x1, x2))


@writes(arithmetic.FloorDivide)
def floor_divide(graph, x1, x2):
    if graph.dtype_of(x1).kind == "f":
        return graph.add("Floor", graph.add("Div", x1, x2))
    # ONNX rounds to 0; ⌊a / b⌋ = (a − a mod b) / b exactly, with the sign of b in `mod`
    return graph.add("Div", graph.add("Sub", x1, graph.add("Mod", x1, x2)), x2)


@writes(arithmetic.Mod)
def modulo(graph, x1, x2):
    if graph.dtype_of(x1).kind == "f":
        return graph.add("Sub", x1, graph.add("Mul", x2, graph.add("Floor", graph.add("Div", x1, x2))))
    return graph.add("Mod", x1, x2)


@writes(more_arithmetic.Fmod)
def fmod(graph, x1, x2):
    return graph.add("Mod", x1, x2, fmod=1)


@writes(more_arithmetic.MultiplyNoNan)
def multiply_no_nan(graph, x1, x2):
    zero = graph.number(0, x2)
    return graph.add("Where", graph.add("Equal", x2, zero), zero, graph.add("Mul", x1, x2))


@writes(powers.Square)
def square(graph, x):
    return graph.add("Mul", x, x)


@writes(powers.Rsqrt)
def rsqrt(graph, x):
    return graph.add("Reciprocal", graph.add("Sqrt", x))


@writes(exponential.Expm1)
def expm1(graph, x):
    """eˣ − 1 = 2 · eʸ · sinh y with y = x / 2, without cancellation near 0."""
    half = graph.multiply(x, 0.5)
    return graph.multiply(graph.add("Mul", graph.add("Exp", half), graph.add("Sinh", half)), 2)


@writes(exponential.Log1p)
def log1p(graph, x):
    """ln(1 + x) = x · ln u / (u − 1) with u the rounded 1 + x, which corrects its rounding; x where u = 1. (Kahan)"""
    one = graph.number(1, x)
    u = graph.add("Add", x, one)
    rest = graph.add("Sub", u, one)
    is_tiny = graph.add("Equal", rest, graph.number(0, x))
    is_endless = graph.add("Not", graph.add("Less", u, graph.number(np.inf, x)))
    safe = graph.add("Where", is_tiny, one, rest)
    corrected = graph.add("Mul", graph.add("Log", u), graph.add("Div", x, safe))
    corrected = graph.add("Where", is_endless, graph.add("Log", u), corrected)
    return graph.add("Where", is_tiny, x, corrected)


@writes(special.Erfc)
def erfc(graph, x):
    return graph.add("Sub", graph.number(1, x), graph.add("Erf", x))


@writes(Arctan2)
def arctan2(graph, y, x):
    """2 · arctan(y / (√(x² + y²) + x)); where x < 0 the equal 2 · arctan((√(x² + y²) − x) / y), and ±π at y = 0."""
    zero, one, pi = (graph.number(n, x) for n in (0, 1, math.pi))
    radius = graph.add("Sqrt", graph.add("Add", graph.add("Mul", x, x), graph.add("Mul", y, y)))
    on_axis, left = graph.add("Equal", y, zero), graph.add("Less", x, zero)
    below = graph.add("Where", on_axis, one, y)
    right_sum = graph.add("Add", radius, x)
    right_sum = graph.add("Where", graph.add("Equal", right_sum, zero), one, right_sum)
    of_right = graph.multiply(graph.add("Atan", graph.add("Div", y, right_sum)), 2)
    of_left = graph.multiply(graph.add("Atan", graph.add("Div", graph.add("Sub", radius, x), below)), 2)
    of_left = graph.add("Where", on_axis, pi, of_left)
    return graph.add("Where", left, of_left, of_right)


@writes(Isfinite)
def is_finite(graph, x):
    return graph.add("Not", graph.add("Or", graph.add("IsNaN", x), graph.add("IsInf", x)))


@writes(activation.Relu6)
def relu6(graph, x):
    return graph.add("Clip", x, graph.number(0, x), graph.number(6, x))


@writes(Celu)
def celu(graph, x, alpha):
    """For float32 only."""
    return graph.cast(graph.add("Celu", graph.cast(x, np.float32), alpha=alpha), graph.dtype_of(x))


@writes(Softmax)
def softmax(graph, x, axis, rank):
    return graph.add("Softmax", x, axis=axis)


@writes(LogSoftmax)
def log_softmax(graph, x, axis, rank):
    return graph.add("LogSoftmax", x, axis=axis)


# --- axes and indices ------------------------------------------------------------------------------------------------


@writes(Matmul)
def matmul(graph, x1, x2, ranks):
    return graph.add("MatMul", x1, x2)


@writes(Contraction)
def contraction(graph, *names, equation):
    return graph.add("Einsum", *names, equation=equation)


@writes(padding.Pad)
def pad(graph, name, value, pairs, mode):
    if mode == "symmetric":
        return _mirrored(graph, name, pairs)
    widths = graph.integers([*[before for before, _ in pairs], *[after for _, after in pairs]])
    return graph.add("Pad", name, widths, *([value] if mode == "constant" else []), mode=mode)


def _mirrored(graph, name, pairs):
    """Padding by mirror images that include the edge element, a mode that ONNX lacks."""
    for axis, (before, after) in enumerate(pairs):
        parts = [name]
        if before:
            parts.insert(0, graph.slice(name, axis, before - 1, None, -1))
        if after:
            parts.append(graph.slice(name, axis, -1, -after - 1, -1))
        name = graph.joined(parts, axis)
    return name


@writes(reordering.Flip)
def flip(graph, name, axes):
    first, last, back = (graph.integers([n] * len(axes)) for n in (-1, -np.iinfo(np.int64).max, -1))
    return graph.add("Slice", name, first, last, graph.integers(axes), back)


@writes(TakeAlongAxis)
def take_along_axis(graph, name, positions, axis, rank):
    return graph.add("GatherElements", name, positions, axis=axis)


@writes(scattering.ScatterAdd)
def scatter_add(graph, name, indices, updates):
    return graph.add("ScatterND", name, indices, updates, reduction="add")


@writes(blocks.Slice)
def block(graph, name, start, lengths):
    return graph.add("Slice", name, start, graph.add("Add", start, lengths))


@writes(Argmax)
def argmax(graph, name, axis):
    return graph.add("ArgMax", name, axis=axis, keepdims=0)


@writes(Argmin)
def argmin(graph, name, axis):
    return graph.add("ArgMin", name, axis=axis, keepdims=0)


@writes(sorting.TopK)
def top_k(graph, name, count):
    return graph.add("TopK", name, count, outputs=2, axis=-1)


@writes(sorting.Sort)
def sort(graph, name, axis, rank):
    return graph.add("TopK", name, graph.length_of(name, axis), outputs=2, axis=axis, largest=0)


@writes(CategoryCounts)
def counts(graph, rows, depth):
    """How often each number is in each row of a matrix, as float32."""
    zeros = graph.expanded(
        graph.constant(0, np.float32), graph.joined([graph.length_of(rows, 0), graph.integers([depth])], 0)
    )
    ones = graph.expanded(graph.constant(1, np.float32), graph.add("Shape", rows))
    return graph.add("ScatterElements", zeros, rows, ones, axis=1, reduction="add")


@writes(Interpolation)
def resized(graph, x, y, method, axis):
    """`Resize`, with the same convention of pixel centres as here."""
    mode = {"mode": "linear"} if method == "bilinear" else {"mode": "nearest", "nearest_mode": "round_prefer_ceil"}
    name, half = graph.read(x, y.dtype), "half_pixel"
    return graph.add("Resize", name, "", "", graph.shape(y.shape), coordinate_transformation_mode=half, **mode)


@writes(HashBuckets)
def hash_buckets(graph, name, count, key):
    raise Inexpressible("spreads unknown tokens by their FarmHash or SipHash (`num_oov_indices`), which ONNX lacks")
