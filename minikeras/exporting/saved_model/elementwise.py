"""Elementwise ops: arithmetic, comparisons, logic, functions of one variable, activations, conversions of dtypes."""

import math

import numpy as np

from minikeras.autodiff import arithmetic, comparison
from minikeras.autodiff.custom_gradient import StopGradient
from minikeras.autodiff.shapes import normalize_axes
from minikeras.dtypes import result_type
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.saved_model.attributes import kind_of
from minikeras.exporting.saved_model.registry import converts, of_class
from minikeras.ops import (
    activation,
    bitwise,
    exponential,
    hsv,
    powers,
    rounding,
    smooth_activation,
    special,
    trigonometric,
)
from minikeras.ops import arithmetic as more_arithmetic
from minikeras.ops import comparison as more_comparisons
from minikeras.ops.core import SaturateCast
from minikeras.ops.creation import Copy
from minikeras.ops.extrema import Clip, Maximum, Minimum
from minikeras.ops.gamma_functions import Digamma, Lgamma
from minikeras.ops.softmax import LogSoftmax, Softmax, Sparsemax
from minikeras.random.dropout import KeepScaled


def common_dtype(*values):
    """The dtype to which inputs are brought; Python numbers adapt."""
    return result_type(*[x.array.__class__ if x.dtype is None else x.dtype for x in values])


def in_common_dtype(graph, *values):
    """The names of values in their common dtype."""
    dtype = common_dtype(*values)
    return [graph.read(x, dtype) for x in values]


def of_common_dtype(graph, step, operator, x1, x2):
    """A node of two inputs in their common dtype. The sum of strings is one behind the other."""
    if operator == "AddV2" and step.outputs[0].dtype == object:
        return graph.add("StringJoin", [graph.read(x1), graph.read(x2)])
    return graph.add(operator, *in_common_dtype(graph, x1, x2))


def of_output_dtype(graph, step, operator, *values):
    """A node whose inputs are brought to the dtype of its output."""
    return graph.add(operator, *[graph.read(x, step.outputs[0].dtype) for x in values])


def of_truth(graph, step, operator, *values):
    """A node of booleans."""
    return graph.add(operator, *[graph.read(x, bool) for x in values])


of_class(
    {
        arithmetic.Add: "AddV2",
        arithmetic.Subtract: "Sub",
        arithmetic.Multiply: "Mul",
        arithmetic.Power: "Pow",
        arithmetic.FloorDivide: "FloorDiv",
        more_arithmetic.MultiplyNoNan: "MulNoNan",
        Maximum: "Maximum",
        Minimum: "Minimum",
        comparison.Equal: "Equal",
        comparison.NotEqual: "NotEqual",
        comparison.Less: "Less",
        comparison.LessEqual: "LessEqual",
        comparison.Greater: "Greater",
        comparison.GreaterEqual: "GreaterEqual",
    },
    of_common_dtype,
)
of_class({comparison.LogicalAnd: "LogicalAnd", comparison.LogicalOr: "LogicalOr"}, of_truth)
of_class({comparison.LogicalXor: "NotEqual", comparison.LogicalNot: "LogicalNot"}, of_truth)
of_class(
    {
        arithmetic.Divide: "RealDiv",
        arithmetic.Negative: "Neg",
        arithmetic.Absolute: "Abs",
        arithmetic.Sign: "Sign",
        arithmetic.Log: "Log",
        exponential.Exp: "Exp",
        exponential.Expm1: "Expm1",
        exponential.Log1p: "Log1p",
        powers.Square: "Square",
        powers.Sqrt: "Sqrt",
        powers.Rsqrt: "Rsqrt",
        powers.Reciprocal: "Reciprocal",
        special.Erf: "Erf",
        special.Erfc: "Erfc",
        special.Erfinv: "Erfinv",
        Lgamma: "Lgamma",
        Digamma: "Digamma",
        rounding.Floor: "Floor",
        rounding.Ceil: "Ceil",
        activation.Relu: "Relu",
        activation.Relu6: "Relu6",
        smooth_activation.Sigmoid: "Sigmoid",
        smooth_activation.Softplus: "Softplus",
        smooth_activation.Softsign: "Softsign",
        trigonometric.Arctan2: "Atan2",
        **{getattr(trigonometric, name): operator for name, operator in {
            "Sin": "Sin", "Cos": "Cos", "Tan": "Tan", "Sinh": "Sinh", "Cosh": "Cosh", "Tanh": "Tanh",
            "Arcsin": "Asin", "Arccos": "Acos", "Arctan": "Atan", "Arcsinh": "Asinh", "Arccosh": "Acosh",
            "Arctanh": "Atanh",
        }.items()},
    },
    of_output_dtype,
)  # fmt: skip
of_class({hsv.ToHSV: "RGBToHSV", hsv.FromHSV: "HSVToRGB"}, of_output_dtype)
of_class({comparison.BitwiseAnd: "BitwiseAnd", comparison.BitwiseOr: "BitwiseOr"}, of_common_dtype)
of_class({bitwise.BitwiseLeftShift: "LeftShift", bitwise.BitwiseRightShift: "RightShift"}, of_common_dtype)
of_class({comparison.BitwiseXor: "BitwiseXor", comparison.BitwiseInvert: "Invert"}, of_output_dtype)


def modulo(operator):
    """The conversion of a remainder, in the dtype of its output."""

    def convert(graph, step, x1, x2):
        y = graph.add(operator, *in_common_dtype(graph, x1, x2))
        return graph.cast(y, step.outputs[0].dtype)

    return convert


converts(arithmetic.Mod)(modulo("FloorMod"))
converts(more_arithmetic.Fmod)(modulo("TruncateMod"))


@converts(arithmetic.Where)
def where(graph, step, condition, x1, x2):
    return graph.add("SelectV2", graph.read(condition, bool), *in_common_dtype(graph, x1, x2))


@converts(KeepScaled)
def keep_scaled(graph, step, x, mask):
    scaled = graph.multiply(graph.read(x), step.op.scale)
    return graph.add("SelectV2", graph.read(mask, bool), scaled, graph.constant(0, x.dtype))


@converts(arithmetic.Cast)
def cast(graph, step, x):
    name = graph.read(x)
    if "string" in (step.op.dtype, graph.kinds[name]):
        raise Inexpressible("converts from or to strings")
    if step.op.dtype == "bool":
        return name if graph.kinds[name] == "bool" else graph.add("NotEqual", name, graph.number(0, name))
    return graph.cast(name, np.dtype(step.op.dtype))


@converts(SaturateCast)
def saturate_cast(graph, step, x):
    wanted = np.dtype(step.op.dtype)
    limits = np.finfo(wanted) if wanted.kind == "f" else np.iinfo(wanted)
    own = np.finfo(x.dtype) if x.dtype.kind == "f" else np.iinfo(x.dtype)
    return graph.cast(limited(graph, graph.read(x), max(limits.min, own.min), min(limits.max, own.max)), wanted)


def limited(graph, name, least, most):
    """min(max(x, least), most)."""
    name = graph.add("Maximum", name, graph.number(least, name))
    return graph.add("Minimum", name, graph.number(most, name))


@converts(Clip)
def clip(graph, step, x):
    return limited(graph, graph.read(x, step.outputs[0].dtype), step.op.x_min, step.op.x_max)


@converts(activation.HardTanh)
def hard_tanh(graph, step, x):
    return limited(graph, graph.read(x, step.outputs[0].dtype), -1, 1)


@converts(StopGradient, Copy)
def unchanged(graph, step, x):
    return graph.identity(graph.read(x))


def scaled(operator, scale):
    """The conversion of y = operator(x) · scale."""
    return lambda graph, step, x: graph.multiply(of_output_dtype(graph, step, operator, x), scale)


converts(exponential.Log2)(scaled("Log", 1 / math.log(2)))
converts(exponential.Log10)(scaled("Log", 1 / math.log(10)))


@converts(exponential.Exp2)
def exp2(graph, step, x):
    dtype = step.outputs[0].dtype
    return graph.add("Pow", graph.constant(2, dtype), graph.read(x, dtype))


@converts(powers.Cbrt)
def cbrt(graph, step, x):
    x = graph.read(x, step.outputs[0].dtype)
    return graph.add("Mul", graph.add("Sign", x), graph.add("Pow", graph.add("Abs", x), graph.number(1 / 3, x)))


@converts(powers.Hypot)
def hypot(graph, step, x1, x2):
    """m · √(1 + (n / m)²) with m the greater of |x1| and |x2|, whose square could overflow."""
    dtype = step.outputs[0].dtype
    sides = [graph.add("Abs", graph.read(x, dtype)) for x in (x1, x2)]
    most, least = graph.add("Maximum", *sides), graph.add("Minimum", *sides)
    ratio = graph.add("RealDiv", least, graph.add("Maximum", most, graph.constant(np.finfo(dtype).tiny, dtype)))
    root = graph.add("Sqrt", graph.add("AddV2", graph.add("Square", ratio), graph.constant(1, dtype)))
    return graph.add("Mul", most, root)


@converts(rounding.Round)
def round_half_even(graph, step, x):
    if x.dtype.kind != "f":
        raise Inexpressible("rounds integers")
    name, factor = graph.read(x), 10.0**step.op.decimals
    if not step.op.decimals:
        return graph.add("Rint", name)
    return graph.add("RealDiv", graph.add("Rint", graph.multiply(name, factor)), graph.number(factor, name))


@converts(rounding.Trunc)
def trunc(graph, step, x):
    x = graph.read(x)
    return graph.add("Mul", graph.add("Sign", x), graph.add("Floor", graph.add("Abs", x)))


def float_of(graph, x):
    """A value as a float, for tests of numbers."""
    return graph.read(x, None if x.dtype.kind == "f" else np.float32)


of_class(
    {more_comparisons.Isnan: "IsNan", more_comparisons.Isinf: "IsInf", more_comparisons.Isfinite: "IsFinite"},
    lambda graph, step, operator, x: graph.add(operator, float_of(graph, x)),
)


def infinite(value):
    """The conversion of tests for ∞ of one sign."""

    def convert(graph, step, x):
        name = float_of(graph, x)
        return graph.add("Equal", name, graph.number(value, name))

    return convert


converts(more_comparisons.Isposinf)(infinite(np.inf))
converts(more_comparisons.Isneginf)(infinite(-np.inf))

# --- activations -----------------------------------------------------------------------------------------------------


@converts(activation.LeakyRelu)
def leaky_relu(graph, step, x):
    return graph.add("LeakyRelu", graph.read(x, step.outputs[0].dtype), alpha=float(step.op.negative_slope))


@converts(smooth_activation.Silu)
def silu(graph, step, x):
    x = graph.read(x, step.outputs[0].dtype)
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def on_both_sides(graph, x, negative, scale=1.0):
    """x above 0 and `negative(min(x, 0))` below, times `scale`."""
    zero = graph.number(0, x)
    y = graph.add("SelectV2", graph.add("Greater", x, zero), x, negative(graph.add("Minimum", x, zero)))
    return y if scale == 1 else graph.multiply(y, scale)


@converts(smooth_activation.Elu, smooth_activation.Selu)
def elu(graph, step, x):
    scale = float(getattr(step.op, "scale", 1.0))
    x = graph.read(x, step.outputs[0].dtype)
    return on_both_sides(graph, x, lambda n: graph.multiply(graph.add("Expm1", n), step.op.alpha), scale)


@converts(smooth_activation.Celu)
def celu(graph, step, x):
    x = graph.read(x, step.outputs[0].dtype)
    alpha = float(step.op.alpha)
    return on_both_sides(graph, x, lambda n: graph.multiply(graph.add("Expm1", graph.multiply(n, 1 / alpha)), alpha))


@converts(smooth_activation.Gelu)
def gelu(graph, step, x):
    """x · (1 + erf(x / √2)) / 2."""
    x = graph.read(x, step.outputs[0].dtype)
    return halved_share(graph, x, graph.add("Erf", graph.multiply(x, math.sqrt(0.5))))


@converts(smooth_activation.TanhGelu)
def tanh_gelu(graph, step, x):
    """x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2."""
    x = graph.read(x, step.outputs[0].dtype)
    factor = graph.add("AddV2", graph.multiply(graph.add("Square", x), step.op.cubic), graph.number(1, x))
    return halved_share(graph, x, graph.add("Tanh", graph.add("Mul", graph.multiply(x, step.op.slope), factor)))


def halved_share(graph, x, share):
    """x · (1 + share) / 2."""
    return graph.multiply(graph.add("Mul", x, graph.add("AddV2", share, graph.number(1, x))), 0.5)


def along_axis(operator):
    """The conversion of a function along one axis, or along several that are merged for it."""

    def convert(graph, step, x):
        axes = list(normalize_axes(step.op.axis, x.rank))
        name = graph.read(x, step.outputs[0].dtype)
        order = [axis for axis in range(x.rank) if axis not in axes] + axes
        name = graph.transpose(name, order)
        shape = [x.shape[axis] for axis in order]
        if len(axes) > 1:
            name = graph.reshape(name, [*shape[: x.rank - len(axes)], -1])
        y = graph.add(operator, name)
        y = graph.reshape(y, shape) if len(axes) > 1 else y
        return graph.transpose(y, np.argsort(order).tolist())

    return convert


converts(Softmax)(along_axis("Softmax"))
converts(LogSoftmax)(along_axis("LogSoftmax"))


@converts(Sparsemax)
def sparsemax(graph, step, x):
    """As in `Sparsemax`: its threshold is (Σ running sums of the support − 1) / k, in descending order."""
    (axis,) = normalize_axes(step.op.axis, x.rank)
    order, last = [*[a for a in range(x.rank) if a != axis], axis], graph.constant(x.rank - 1, np.int32)
    name = graph.transpose(graph.read(x), order)
    one, zero = graph.number(1, name), graph.number(0, name)
    length = graph.cast(graph.scalar(graph.length_of(name, x.rank - 1)), np.dtype(np.int32))
    ordered, _ = graph.add("TopKV2", name, length, index_type=kind_of(np.int32))
    sums = graph.add("Cumsum", ordered, last)
    rank = graph.add(
        "Range",
        graph.constant(1, np.int32),
        graph.add("AddV2", length, graph.constant(1, np.int32)),
        graph.constant(1, np.int32),
    )
    excess = graph.add("RealDiv", graph.add("Sub", sums, one), graph.cast(rank, graph.kinds[name]))
    support = graph.cast(graph.add("Greater", graph.add("Sub", ordered, excess), zero), graph.kinds[name])
    count = graph.reduce("Sum", support, [x.rank - 1], True)
    total = graph.reduce("Sum", graph.add("Mul", sums, support), [x.rank - 1], True)
    threshold = graph.add("RealDiv", graph.add("Sub", total, one), count)
    y = graph.add("Relu", graph.add("Sub", name, threshold))
    return graph.transpose(y, np.argsort(order).tolist())
