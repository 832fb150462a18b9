"""The names of operators in all formats, by the op of Keras that they compute.

An elementwise op is exported by a row in one of the first four tables, each for another dtype of computation:

    op: "name"                          in both formats
    op: ("name in ONNX", "name in TensorFlow")
    op: formula                         `(graph, *names) -> name`, in both formats

None means that there is no operator: the format's `formulas.py` has a formula, or the op cannot be exported to it. A
formula there takes precedence over the name here.
"""

import math

import numpy as np

from minikeras.autodiff import arithmetic, comparison, shapes
from minikeras.autodiff.arithmetic import Absolute, Divide, Log, Multiply, Power, Sign
from minikeras.autodiff.comparison import Equal
from minikeras.exporting.registry import Operators
from minikeras.ops import (
    activation,
    bitwise,
    cumulative,
    exponential,
    hsv,
    linear_systems,
    powers,
    reduction,
    rounding,
    scattering,
    segments,
    shaping,
    smooth_activation,
    special,
    trigonometric,
)
from minikeras.ops import arithmetic as more_arithmetic
from minikeras.ops import comparison as more_comparisons
from minikeras.ops.extrema import Maximum, Minimum
from minikeras.ops.gamma_functions import Digamma, Lgamma
from minikeras.ops.rounding import Floor


def log(base):
    """The logarithm to a base."""
    return lambda graph, x: graph.multiply(graph.op(Log, x), 1 / math.log(base))


def cube_root(graph, x):
    return graph.op(Multiply, graph.op(Sign, x), graph.op(Power, graph.op(Absolute, x), graph.number(1 / 3, x)))


def hypotenuse(graph, x1, x2):
    """m · √(1 + (n / m)²) with m the larger of |x1| and |x2|, whose square could overflow."""
    sides = [graph.op(Absolute, x) for x in (x1, x2)]
    most, least = graph.op(Maximum, *sides), graph.op(Minimum, *sides)
    tiny = graph.number(np.finfo(graph.dtype_of(x1)).tiny, x1)
    ratio = graph.op(Divide, least, graph.op(Maximum, most, tiny))
    root = graph.op(powers.Sqrt, graph.plus(graph.op(powers.Square, ratio), 1))
    return graph.op(Multiply, most, root)


def silu(graph, x):
    return graph.op(Multiply, x, graph.op(smooth_activation.Sigmoid, x))


def gelu(graph, x):
    """x · (1 + erf(x / √2)) / 2."""
    return halved_share(graph, x, graph.op(special.Erf, graph.multiply(x, math.sqrt(0.5))))


def halved_share(graph, x, share):
    """x · (1 + share) / 2."""
    return graph.multiply(graph.op(Multiply, x, graph.plus(share, 1)), 0.5)


def limited(graph, x, least, most):
    """min(max(x, least), most)."""
    return graph.op(Minimum, graph.op(Maximum, x, graph.number(least, x)), graph.number(most, x))


OF_COMMON_DTYPE = {
    arithmetic.Add: ("Add", "AddV2"),
    arithmetic.Subtract: "Sub",
    arithmetic.Multiply: "Mul",
    arithmetic.Power: "Pow",
    arithmetic.FloorDivide: (None, "FloorDiv"),
    arithmetic.Mod: (None, "FloorMod"),
    more_arithmetic.Fmod: (None, "TruncateMod"),
    more_arithmetic.MultiplyNoNan: (None, "MulNoNan"),
    Maximum: ("Max", "Maximum"),
    Minimum: ("Min", "Minimum"),
    comparison.Equal: "Equal",
    comparison.NotEqual: (None, "NotEqual"),
    comparison.Less: "Less",
    comparison.LessEqual: ("LessOrEqual", "LessEqual"),
    comparison.Greater: "Greater",
    comparison.GreaterEqual: ("GreaterOrEqual", "GreaterEqual"),
    comparison.BitwiseAnd: "BitwiseAnd",
    comparison.BitwiseOr: "BitwiseOr",
    comparison.BitwiseXor: "BitwiseXor",
    bitwise.BitwiseLeftShift: (None, "LeftShift"),
    bitwise.BitwiseRightShift: (None, "RightShift"),
}
OF_OUTPUT_DTYPE = {
    arithmetic.Divide: ("Div", "RealDiv"),
    arithmetic.Negative: "Neg",
    arithmetic.Absolute: "Abs",
    arithmetic.Sign: "Sign",
    arithmetic.Log: "Log",
    exponential.Log2: log(2),
    exponential.Log10: log(10),
    exponential.Log1p: (None, "Log1p"),
    exponential.Exp: "Exp",
    exponential.Exp2: lambda graph, x: graph.op(Power, graph.number(2, x), x),
    exponential.Expm1: (None, "Expm1"),
    powers.Square: (None, "Square"),
    powers.Sqrt: "Sqrt",
    powers.Rsqrt: (None, "Rsqrt"),
    powers.Cbrt: cube_root,
    powers.Hypot: hypotenuse,
    powers.Reciprocal: "Reciprocal",
    special.Erf: "Erf",
    special.Erfc: (None, "Erfc"),
    special.Erfinv: (None, "Erfinv"),
    Lgamma: (None, "Lgamma"),
    Digamma: (None, "Digamma"),
    rounding.Floor: "Floor",
    rounding.Ceil: "Ceil",
    rounding.Trunc: lambda graph, x: graph.op(Multiply, graph.op(Sign, x), graph.op(Floor, graph.op(Absolute, x))),
    trigonometric.Sin: "Sin",
    trigonometric.Cos: "Cos",
    trigonometric.Tan: "Tan",
    trigonometric.Sinh: "Sinh",
    trigonometric.Cosh: "Cosh",
    trigonometric.Tanh: "Tanh",
    trigonometric.Arcsin: "Asin",
    trigonometric.Arccos: "Acos",
    trigonometric.Arctan: "Atan",
    trigonometric.Arctan2: (None, "Atan2"),
    trigonometric.Arcsinh: "Asinh",
    trigonometric.Arccosh: "Acosh",
    trigonometric.Arctanh: "Atanh",
    activation.Relu: "Relu",
    activation.Relu6: (None, "Relu6"),
    activation.HardTanh: lambda graph, x: limited(graph, x, -1, 1),
    smooth_activation.Sigmoid: "Sigmoid",
    smooth_activation.Silu: silu,
    smooth_activation.Gelu: gelu,
    smooth_activation.Softplus: "Softplus",
    smooth_activation.Softsign: "Softsign",
    hsv.ToHSV: (None, "RGBToHSV"),
    hsv.FromHSV: (None, "HSVToRGB"),
    linear_systems.Inv: (None, "MatrixInverse"),
    linear_systems.Det: ("Det", "MatrixDeterminant"),
    linear_systems.Slogdet: (None, "LogMatrixDeterminant"),
}
OF_BOOLEANS = {
    comparison.LogicalAnd: ("And", "LogicalAnd"),
    comparison.LogicalOr: ("Or", "LogicalOr"),
    comparison.LogicalXor: ("Xor", "NotEqual"),
    comparison.LogicalNot: ("Not", "LogicalNot"),
}
OF_FLOATS = {
    more_comparisons.Isnan: ("IsNaN", "IsNan"),
    more_comparisons.Isinf: ("IsInf", "IsInf"),
    more_comparisons.Isfinite: (None, "IsFinite"),
    more_comparisons.Isposinf: lambda graph, x: graph.op(Equal, x, graph.number(np.inf, x)),
    more_comparisons.Isneginf: lambda graph, x: graph.op(Equal, x, graph.number(-np.inf, x)),
}
OTHERS = {  # ops with their own conversions
    arithmetic.Where: ("Where", "SelectV2"),
    comparison.BitwiseInvert: ("BitwiseNot", "Invert"),
    rounding.Round: ("Round", "Rint"),
    activation.LeakyRelu: "LeakyRelu",
    smooth_activation.Elu: ("Elu", None),
    shaping.Tile: "Tile",
    shaping.Size: ("Size", None),
    shapes.Sum: ("ReduceSum", "Sum"),
    reduction.Mean: ("ReduceMean", "Mean"),
    reduction.Prod: ("ReduceProd", "Prod"),
    reduction.Max: ("ReduceMax", "Max"),
    reduction.Min: ("ReduceMin", "Min"),
    reduction.Any: (None, "Any"),
    reduction.All: (None, "All"),
    cumulative.Cumsum: ("CumSum", "Cumsum"),
    cumulative.Cumprod: (None, "Cumprod"),
    segments.SegmentSum: (None, "UnsortedSegmentSum"),
    segments.SegmentMax: (None, "UnsortedSegmentMax"),
    segments.SegmentMin: (None, "UnsortedSegmentMin"),
    segments.SegmentProd: (None, "UnsortedSegmentProd"),
    scattering.Gather: ("GatherND", "GatherNd"),
    scattering.ScatterUpdate: ("ScatterND", "TensorScatterUpdate"),
    scattering.ScatterAdd: (None, "TensorScatterAdd"),
}
ONNX, TENSORFLOW = 0, 1


def operators_of(column):
    """The `Operators` of ONNX or of TensorFlow in these tables."""
    found = Operators()
    for table in (OF_COMMON_DTYPE, OF_OUTPUT_DTYPE, OF_BOOLEANS, OF_FLOATS, OTHERS):
        for op, names in table.items():
            name = names[column] if isinstance(names, tuple) else names
            if name is not None:
                found[op] = name
    return found
