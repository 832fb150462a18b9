"""Elementwise ops. Most are a row in `operators.py`; here are those with settings, and the dtypes of computation."""

import numpy as np

from minikeras.autodiff import arithmetic
from minikeras.autodiff.arithmetic import Divide, Multiply, Where
from minikeras.autodiff.comparison import BitwiseInvert, Equal, LogicalNot
from minikeras.autodiff.custom_gradient import StopGradient
from minikeras.autodiff.dtypes import result_type
from minikeras.exporting.conversions.operators import (
    OF_BOOLEANS,
    OF_COMMON_DTYPE,
    OF_FLOATS,
    OF_OUTPUT_DTYPE,
    halved_share,
    limited,
)
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.registry import converts, of_class
from minikeras.ops import activation, smooth_activation
from minikeras.ops.comparison import IsIn
from minikeras.ops.core import SaturateCast
from minikeras.ops.creation import Copy
from minikeras.ops.extrema import Clip
from minikeras.ops.powers import Square
from minikeras.ops.reduction import Any
from minikeras.ops.rounding import Round
from minikeras.ops.trigonometric import Tanh
from minikeras.random.dropout import KeepScaled


def common_dtype(*values):
    """The dtype to which inputs are cast; Python numbers adapt."""
    if any(x.dtype == object for x in values):  # strings have no dtype in common with numbers
        return np.dtype(object)
    return np.dtype(result_type(*[x.array.__class__ if x.dtype is None else x.dtype for x in values]))


def in_common_dtype(graph, *values):
    """The names of values in their common dtype."""
    dtype = common_dtype(*values)
    return [graph.read(x, dtype) for x in values]


def in_wide_dtype(graph, *values):
    """The names of values in their common dtype, or in the wider dtype in which the format computes."""
    dtype = graph.wide(common_dtype(*values))
    return [graph.read(x, dtype) for x in values]


def in_output_dtype(graph, step, *values):
    """The names of values in the dtype of the result, or the wider one in which it is computed."""
    dtype = graph.wide(step.outputs[0].dtype)
    return [graph.read(x, dtype) for x in values]


def floating(graph, x):
    """The name of a value as a float."""
    return graph.read(x, None if x.dtype.kind == "f" else np.float32)


def cast_to_outputs(graph, step, names):
    """The outputs of an operator in the dtypes of the op's."""
    several = [names] if isinstance(names, str) else names
    found = [graph.cast(name, y.dtype) for name, y in zip(several, step.outputs, strict=False)]
    return found[0] if isinstance(names, str) else found


def of_common_dtype(graph, step, op, *values):
    return cast_to_outputs(graph, step, graph.op(op, *in_wide_dtype(graph, *values)))


def of_output_dtype(graph, step, op, *values):
    return cast_to_outputs(graph, step, graph.op(op, *in_output_dtype(graph, step, *values)))


of_class(OF_COMMON_DTYPE, of_common_dtype)
of_class(OF_OUTPUT_DTYPE, of_output_dtype)
of_class(OF_BOOLEANS, lambda graph, step, op, *values: graph.op(op, *[graph.read(x, bool) for x in values]))
of_class(OF_FLOATS, lambda graph, step, op, x: graph.op(op, floating(graph, x)))


@converts(BitwiseInvert)
def bitwise_invert(graph, step, x):
    return graph.op(LogicalNot if x.dtype == bool else BitwiseInvert, graph.read(x))


@converts(Where)
def where(graph, step, condition, x1, x2):
    return graph.op(Where, graph.read(condition, bool), *in_common_dtype(graph, x1, x2))


@converts(KeepScaled)
def keep_scaled(graph, step, x, mask):
    scaled = graph.multiply(graph.read(x), step.op.scale)
    return graph.op(Where, graph.read(mask, bool), scaled, graph.number(0, scaled))


@converts(StopGradient, Copy, arithmetic.Conjugate)
def unchanged(graph, step, x):
    return graph.identity(graph.read(x))


@converts(IsIn)
def is_in(graph, step, x1, x2):
    elements, wanted = in_wide_dtype(graph, x1, x2)
    equal = graph.op(Equal, graph.unsqueeze(elements, [x1.rank]), graph.reshape(wanted, [-1]))
    found = graph.reduce(Any, equal, [x1.rank], False)
    return graph.op(LogicalNot, found) if step.op.invert else found


@converts(Round)
def round_half_even(graph, step, x):
    if x.dtype.kind != "f":
        raise Inexpressible("rounds integers")
    name, factor = graph.read(x), 10.0**step.op.decimals
    if not step.op.decimals:
        return graph.op(Round, name)
    return graph.op(Divide, graph.op(Round, graph.multiply(name, factor)), graph.number(factor, name))


# --- dtypes and limits -----------------------------------------------------------------------------------------------


@converts(arithmetic.Cast)
def cast(graph, step, x):
    if step.op.dtype == "string" or x.dtype == object:
        raise Inexpressible("converts from or to strings")
    return graph.cast(graph.read(x), np.dtype(step.op.dtype))


@converts(SaturateCast)
def saturate_cast(graph, step, x):
    wanted = np.dtype(step.op.dtype)
    limits = np.finfo(wanted) if wanted.kind == "f" else np.iinfo(wanted)
    own = np.finfo(x.dtype) if x.dtype.kind == "f" else np.iinfo(x.dtype)
    name = graph.read(x, graph.wide(x.dtype))
    return graph.cast(limited(graph, name, max(limits.min, own.min), min(limits.max, own.max)), wanted)


@converts(Clip)
def clip(graph, step, x):
    (name,) = in_output_dtype(graph, step, x)
    return graph.cast(limited(graph, name, step.op.x_min, step.op.x_max), step.outputs[0].dtype)


# --- activations with settings ---------------------------------------------------------------------------------------


@converts(activation.LeakyRelu)
def leaky_relu(graph, step, x):
    (name,) = in_output_dtype(graph, step, x)
    return graph.op(activation.LeakyRelu, name, alpha=float(step.op.negative_slope))


def of_alpha(graph, step, op, x):
    (name,) = in_output_dtype(graph, step, x)
    return graph.op(op, name, alpha=float(step.op.alpha))


of_class((smooth_activation.Elu, smooth_activation.Celu), of_alpha)


@converts(smooth_activation.Selu)
def selu(graph, step, x):
    return graph.multiply(of_alpha(graph, step, smooth_activation.Elu, x), step.op.scale)


@converts(smooth_activation.TanhGelu)
def tanh_gelu(graph, step, x):
    """x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2."""
    (x,) = in_output_dtype(graph, step, x)
    factor = graph.plus(graph.multiply(graph.op(Square, x), step.op.cubic), 1)
    return halved_share(graph, x, graph.op(Tanh, graph.op(Multiply, graph.multiply(x, step.op.slope), factor)))
