"""Elementwise operations, and those on dtypes."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.value_ranges import not_finite
from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.saved_model.graph_ops.registry import EFFECT, graph_op, graph_ops, static
from minikeras.ops.arithmetic import MultiplyNoNan
from minikeras.ops.binary_functions import (
    complex_number,
    squared_difference,
    truncated_quotient,
    xdivy,
    xlog1py,
    xlogy,
)
from minikeras.ops.gamma_functions import Digamma, Lgamma, Polygamma, Zeta
from minikeras.ops.rounding import nextafter
from minikeras.ops.shaping import bitcast
from minikeras.ops.special import erfc, ndtri

graph_ops(
    "x",
    Abs=ops.absolute,
    Acos=ops.arccos,
    Acosh=ops.arccosh,
    Asin=ops.arcsin,
    Asinh=ops.arcsinh,
    Atan=ops.arctan,
    Atanh=ops.arctanh,
    Ceil=ops.ceil,
    Cos=ops.cos,
    Cosh=ops.cosh,
    Digamma=Digamma(),
    Erf=ops.erf,
    Erfc=erfc,
    Erfinv=ops.erfinv,
    Exp=ops.exp,
    Expm1=ops.expm1,
    Floor=ops.floor,
    IsFinite=ops.isfinite,
    IsInf=ops.isinf,
    IsNan=ops.isnan,
    Lgamma=Lgamma(),
    Log=ops.log,
    Log1p=ops.log1p,
    LogicalNot=ops.logical_not,
    Ndtri=ndtri,
    Neg=ops.negative,
    OnesLike=ops.ones_like,
    Reciprocal=ops.reciprocal,
    Inv=ops.reciprocal,
    Invert=ops.bitwise_invert,
    Rint=ops.round,
    Round=ops.round,
    Rsqrt=ops.rsqrt,
    Sigmoid=ops.sigmoid,
    Sign=ops.sign,
    Sin=ops.sin,
    Sinh=ops.sinh,
    Sqrt=ops.sqrt,
    Square=ops.square,
    Tan=ops.tan,
    Tanh=ops.tanh,
    ZerosLike=ops.zeros_like,
)
graph_ops(
    "x y",
    Add=ops.add,
    AddV2=ops.add,
    BitwiseAnd=ops.bitwise_and,
    BitwiseOr=ops.bitwise_or,
    BitwiseXor=ops.bitwise_xor,
    DivNoNan=ops.divide_no_nan,
    FloorDiv=ops.floor_divide,
    FloorMod=ops.mod,
    Greater=ops.greater,
    GreaterEqual=ops.greater_equal,
    LeftShift=ops.left_shift,
    Less=ops.less,
    LessEqual=ops.less_equal,
    LogicalAnd=ops.logical_and,
    LogicalOr=ops.logical_or,
    Maximum=ops.maximum,
    Minimum=ops.minimum,
    Mod=ops.fmod,
    Mul=ops.multiply,
    MulNoNan=MultiplyNoNan(),
    Pow=ops.power,
    RealDiv=ops.divide,
    RightShift=ops.right_shift,
    SquaredDifference=squared_difference,
    Sub=ops.subtract,
    TruncateDiv=truncated_quotient,
    TruncateMod=ops.fmod,
    Xdivy=xdivy,
    Xlog1py=xlog1py,
    Xlogy=xlogy,
)
graph_ops("y x", Atan2=ops.arctan2)
graph_ops("a x", Polygamma=Polygamma())
graph_ops("x q", Zeta=Zeta())
graph_ops("x1 x2", NextAfter=nextafter)
graph_ops("condition t e", SelectV2=ops.where)
graph_ops("t clip_value_min clip_value_max", ClipByValue=lambda x, low, high: ops.minimum(ops.maximum(x, low), high))


@graph_op("Equal", "x y")
def equal(x, y, *, incompatible_shape_error=True):
    """x = y, element by element."""
    return ops.equal(x, y)


@graph_op("NotEqual", "x y")
def not_equal(x, y, *, incompatible_shape_error=True):
    """x ≠ y, element by element."""
    return ops.not_equal(x, y)


@graph_op("ApproximateEqual", "x y")
def approximate_equal(x, y, *, tolerance=1e-5):
    """|x − y| < tolerance."""
    return ops.less(ops.absolute(ops.subtract(x, y)), tolerance)


@graph_op("Div", "x y")
def divide(x, y):
    """x / y, of integers rounded towards 0."""
    return truncated_quotient(x, y) if "int" in x.dtype else ops.divide(x, y)


@graph_op("AddN", "inputs:N")
def add_n(inputs):
    """The sum of all inputs."""
    total = inputs[0]
    for x in inputs[1:]:
        total = ops.add(total, x)
    return total


@graph_op("Select", "condition x y")
def select(condition, x, y):
    """x where the condition holds, else y; a vector of conditions chooses rows."""
    if 0 < len(condition.shape) < len(x.shape):
        condition = ops.reshape(condition, (*condition.shape, *[1] * (len(x.shape) - len(condition.shape))))
    return ops.where(condition, x, y)


@graph_op("Cast", "x")
def cast(x, *, DstT, Truncate=False):
    """x in another dtype."""
    return ops.cast(x, DstT)


@graph_op("Bitcast", "input")
def cast_bits(x, *, type):
    """The same bits as another dtype."""
    return bitcast(x, type)


graph_ops("real imag", Complex=complex_number)
graph_ops("x", ComplexAbs=ops.absolute)
graph_ops("input", Angle=ops.angle, Conj=ops.conj, Imag=ops.imag, Real=ops.real)


@graph_op("Bucketize", "input")
def bucketize(x, *, boundaries):
    """The number of boundaries that are no greater than x, int32."""
    return ops.digitize(x, np.asarray(boundaries, np.float32))


@graph_op("Const")
def constant(*, value, dtype=None):
    """An array that is part of the graph."""
    return value


graph_ops("input", Identity=lambda x: x, PreventGradient=lambda x: x, Snapshot=lambda x: x)
graph_ops("input", StopGradient=ops.stop_gradient)
graph_ops("", NoOp=tuple)


@graph_op("IdentityN", "input:T")
def identity_n(inputs):
    """The same values."""
    return tuple(inputs)


@graph_op("EnsureShape", "input")
def ensure_shape(x, *, shape):
    """x, whose shape must be this one.

    Raises:
        ValueError: the shape differs.
    """
    fits = shape is None or (
        len(shape) == len(x.shape) and all(n in (None, m) for n, m in zip(shape, x.shape, strict=True))
    )
    if not fits:
        raise ValueError(f"The graph expects a tensor of shape {shape} here. Received: {tuple(x.shape)}")
    return x


@graph_op("CheckNumerics", "tensor", kind=EFFECT)
def check_numbers(x, *, message):
    """x itself.

    Raises:
        InvalidArgumentError: it has an infinity or NaN.
    """
    found = not_finite(static(x))
    if found:
        raise InvalidArgumentError(None, None, f"{message} : Tensor had {found} values")
    return x


@graph_op("Assert", "condition! data:T", kind=EFFECT)
def check(condition, data, *, summarize=3):
    """Check a condition; return nothing.

    Raises:
        InvalidArgumentError: the condition does not hold.
    """
    if not condition.all():
        shown = [static(x).ravel()[:summarize].tolist() for x in data]
        raise InvalidArgumentError(None, None, f"A condition that the graph checks does not hold. Its data: {shown}")
    return ()
