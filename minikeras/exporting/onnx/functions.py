"""Elementwise functions of one variable: roots, exponentials, trigonometry, rounding, tests of numbers."""

import math

import numpy as np

from minikeras.autodiff import arithmetic
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.onnx.arithmetic import NARROW
from minikeras.exporting.onnx.registry import converts, of_class
from minikeras.ops import comparison, exponential, powers, rounding, special, trigonometric
from minikeras.ops.elementwise import FloatFunction


def in_output_dtype(graph, step, operator, x):
    """The function, computed in the dtype of its result."""
    return graph.add(operator, graph.read(x, step.outputs[0].dtype))


def in_own_dtype(graph, step, operator, x):
    """The function of integers and floats."""
    wide = NARROW.get(x.dtype.name)
    y = graph.add(operator, graph.read(x, wide))
    return graph.cast(y, x.dtype) if wide else y


of_class(
    {
        exponential.Exp: "Exp",
        arithmetic.Log: "Log",
        powers.Sqrt: "Sqrt",
        powers.Reciprocal: "Reciprocal",
        special.Erf: "Erf",
        rounding.Floor: "Floor",
        rounding.Ceil: "Ceil",
        **{getattr(trigonometric, name): onnx for name, onnx in {
            "Sin": "Sin", "Cos": "Cos", "Tan": "Tan", "Sinh": "Sinh", "Cosh": "Cosh", "Tanh": "Tanh",
            "Arcsin": "Asin", "Arccos": "Acos", "Arctan": "Atan", "Arcsinh": "Asinh", "Arccosh": "Acosh",
            "Arctanh": "Atanh",
        }.items()},
    },
    in_output_dtype,
)  # fmt: skip
of_class({arithmetic.Negative: "Neg", arithmetic.Absolute: "Abs", arithmetic.Sign: "Sign"}, in_own_dtype)


@converts(powers.Square)
def square(graph, step, x):
    wide = NARROW.get(x.dtype.name)
    name = graph.read(x, wide)
    y = graph.add("Mul", name, name)
    return graph.cast(y, step.outputs[0].dtype) if wide else y


def scaled(operator, scale):
    """The conversion of y = operator(x) · scale."""

    def convert(graph, step, x):
        dtype = step.outputs[0].dtype
        return graph.add("Mul", graph.add(operator, graph.read(x, dtype)), graph.constant(scale, dtype))

    return convert


converts(exponential.Log2)(scaled("Log", 1 / math.log(2)))
converts(exponential.Log10)(scaled("Log", 1 / math.log(10)))


@converts(exponential.Exp2)
def exp2(graph, step, x):
    dtype = step.outputs[0].dtype
    return graph.add("Pow", graph.constant(2, dtype), graph.read(x, dtype))


@converts(exponential.Expm1)
def expm1(graph, step, x):
    """eˣ − 1 = 2 · eʸ · sinh y with y = x / 2, without cancellation near 0."""
    dtype = step.outputs[0].dtype
    half = graph.add("Mul", graph.read(x, dtype), graph.constant(0.5, dtype))
    product = graph.add("Mul", graph.add("Exp", half), graph.add("Sinh", half))
    return graph.add("Mul", product, graph.constant(2, dtype))


@converts(exponential.Log1p)
def log1p(graph, step, x):
    """ln(1 + x) = x · ln u / (u − 1) with u the rounded 1 + x, which corrects its rounding; x where u = 1. (Kahan)"""
    dtype = step.outputs[0].dtype
    x, one = graph.read(x, dtype), graph.constant(1, dtype)
    u = graph.add("Add", x, one)
    rest = graph.add("Sub", u, one)
    is_tiny = graph.add("Equal", rest, graph.constant(0, dtype))
    is_endless = graph.add("Not", graph.add("Less", u, graph.constant(np.inf, dtype)))
    safe = graph.add("Where", is_tiny, one, rest)
    corrected = graph.add("Mul", graph.add("Log", u), graph.add("Div", x, safe))
    corrected = graph.add("Where", is_endless, graph.add("Log", u), corrected)
    return graph.add("Where", is_tiny, x, corrected)


@converts(powers.Rsqrt)
def rsqrt(graph, step, x):
    return graph.add("Reciprocal", graph.add("Sqrt", graph.read(x, step.outputs[0].dtype)))


@converts(powers.Cbrt)
def cbrt(graph, step, x):
    dtype = step.outputs[0].dtype
    x = graph.read(x, dtype)
    return graph.add("Mul", graph.add("Sign", x), graph.add("Pow", graph.add("Abs", x), graph.constant(1 / 3, dtype)))


@converts(powers.Hypot)
def hypot(graph, step, x1, x2):
    """m · √(1 + (n / m)²) with m the greater of |x1| and |x2|, whose square could overflow."""
    dtype = step.outputs[0].dtype
    sides = [graph.add("Abs", graph.read(x, dtype)) for x in (x1, x2)]
    most, least = graph.add("Max", *sides), graph.add("Min", *sides)
    ratio = graph.add("Div", least, graph.add("Max", most, graph.constant(np.finfo(dtype).tiny, dtype)))
    return graph.add(
        "Mul", most, graph.add("Sqrt", graph.add("Add", graph.add("Mul", ratio, ratio), graph.constant(1, dtype)))
    )


@converts(special.Erfc)
def erfc(graph, step, x):
    return graph.add("Sub", graph.constant(1, x.dtype), graph.add("Erf", graph.read(x)))


@converts(trigonometric.Arctan2)
def arctan2(graph, step, y, x):
    """2 · arctan(y / (√(x² + y²) + x)); where x < 0 the equal 2 · arctan((√(x² + y²) − x) / y), and ±π at y = 0."""
    dtype = step.outputs[0].dtype
    y, x = graph.read(y, dtype), graph.read(x, dtype)
    zero, two, pi = (graph.constant(n, dtype) for n in (0, 2, math.pi))
    radius = graph.add("Sqrt", graph.add("Add", graph.add("Mul", x, x), graph.add("Mul", y, y)))
    on_axis, left = graph.add("Equal", y, zero), graph.add("Less", x, zero)
    below = graph.add("Where", on_axis, graph.constant(1, dtype), y)
    right_sum = graph.add("Add", radius, x)
    right_sum = graph.add("Where", graph.add("Equal", right_sum, zero), graph.constant(1, dtype), right_sum)
    of_right = graph.add("Mul", two, graph.add("Atan", graph.add("Div", y, right_sum)))
    of_left = graph.add("Mul", two, graph.add("Atan", graph.add("Div", graph.add("Sub", radius, x), below)))
    of_left = graph.add("Where", on_axis, pi, of_left)
    return graph.add("Where", left, of_left, of_right)


@converts(rounding.Round)
def round_half_even(graph, step, x):
    if x.dtype.kind != "f":
        raise Inexpressible("rounds integers")
    if not step.op.decimals:
        return graph.add("Round", graph.read(x))
    factor = graph.constant(10.0**step.op.decimals, x.dtype)
    return graph.add("Div", graph.add("Round", graph.add("Mul", graph.read(x), factor)), factor)


@converts(rounding.Trunc)
def trunc(graph, step, x):
    x = graph.read(x)
    return graph.add("Mul", graph.add("Sign", x), graph.add("Floor", graph.add("Abs", x)))


@converts(comparison.Isnan)
def is_nan(graph, step, x):
    return graph.add("IsNaN", graph.read(x, None if x.dtype.kind == "f" else np.float32))


def infinite(**signs):
    """The conversion of tests for ∞ of one or both signs."""
    return lambda graph, step, x: graph.add(
        "IsInf", graph.read(x, None if x.dtype.kind == "f" else np.float32), **signs
    )


converts(comparison.Isinf)(infinite())
converts(comparison.Isposinf)(infinite(detect_negative=0))
converts(comparison.Isneginf)(infinite(detect_positive=0))


@converts(comparison.Isfinite)
def is_finite(graph, step, x):
    x = graph.read(x, None if x.dtype.kind == "f" else np.float32)
    return graph.add("Not", graph.add("Or", graph.add("IsNaN", x), graph.add("IsInf", x)))


@converts(FloatFunction)
def other_function(graph, step, x):
    raise Inexpressible("has no counterpart there")
