"""Arithmetic, comparisons, logic, conversions of dtypes: elementwise ops of one to three inputs."""

import numpy as np

from minikeras.autodiff import arithmetic, comparison
from minikeras.autodiff.custom_gradient import StopGradient
from minikeras.dtypes import result_type
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.onnx.registry import converts, of_class
from minikeras.ops import arithmetic as more_arithmetic
from minikeras.ops import comparison as more_comparisons
from minikeras.ops.core import SaturateCast
from minikeras.ops.creation import Copy
from minikeras.ops.extrema import Clip, Maximum, Minimum
from minikeras.random.dropout import KeepScaled

NARROW = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "int32", "uint16": "int32", "uint32": "int64"}
"""The dtype in which a narrow one is computed: ONNX Runtime has no arithmetic for it."""


def common_dtype(*values):
    """The dtype to which inputs are brought; Python numbers adapt."""
    return result_type(*[x.array.__class__ if x.dtype is None else x.dtype for x in values])


def in_common_dtype(graph, values, dtype=None):
    """The names of values in their common dtype, or the wider one in which it is computed."""
    dtype = dtype or common_dtype(*values)
    return [graph.read(x, NARROW.get(dtype, dtype)) for x in values], dtype


def binary(graph, operator, x1, x2, dtype=None):
    """A node of two inputs in their common dtype."""
    names, dtype = in_common_dtype(graph, (x1, x2), dtype)
    y = graph.add(operator, *names)
    return graph.cast(y, dtype) if dtype in NARROW else y


of_class(
    {arithmetic.Add: "Add", arithmetic.Subtract: "Sub", arithmetic.Multiply: "Mul", Maximum: "Max", Minimum: "Min"},
    lambda graph, step, operator, x1, x2: binary(graph, operator, x1, x2),
)
of_class(
    {
        comparison.Equal: "Equal",
        comparison.Less: "Less",
        comparison.LessEqual: "LessOrEqual",
        comparison.Greater: "Greater",
        comparison.GreaterEqual: "GreaterOrEqual",
    },
    lambda graph, step, operator, x1, x2: graph.add(operator, *in_common_dtype(graph, (x1, x2))[0]),
)
of_class(
    {comparison.LogicalAnd: "And", comparison.LogicalOr: "Or", comparison.LogicalXor: "Xor"},
    lambda graph, step, operator, x1, x2: graph.add(operator, graph.read(x1, bool), graph.read(x2, bool)),
)
of_class(
    {comparison.BitwiseAnd: "BitwiseAnd", comparison.BitwiseOr: "BitwiseOr", comparison.BitwiseXor: "BitwiseXor"},
    lambda graph, step, operator, x1, x2: graph.add(operator, *[graph.read(x, common_dtype(x1, x2)) for x in (x1, x2)]),
)


@converts(comparison.NotEqual)
def not_equal(graph, step, x1, x2):
    return graph.add("Not", graph.add("Equal", *in_common_dtype(graph, (x1, x2))[0]))


@converts(comparison.LogicalNot)
def logical_not(graph, step, x):
    return graph.add("Not", graph.read(x, bool))


@converts(comparison.BitwiseInvert)
def bitwise_invert(graph, step, x):
    return graph.add("Not" if x.dtype == bool else "BitwiseNot", graph.read(x))


@converts(arithmetic.Divide)
def divide(graph, step, x1, x2):
    dtype = step.outputs[0].dtype
    return graph.add("Div", graph.read(x1, dtype), graph.read(x2, dtype))


@converts(arithmetic.Power)
def power(graph, step, x1, x2):
    return binary(graph, "Pow", x1, x2)


@converts(arithmetic.FloorDivide)
def floor_divide(graph, step, x1, x2):
    (x1, x2), dtype = in_common_dtype(graph, (x1, x2))
    if "float" in dtype:
        return graph.add("Floor", graph.add("Div", x1, x2))
    # ONNX rounds to 0; ⌊a / b⌋ = (a − a mod b) / b exactly, with the sign of b in `mod`
    return graph.cast(graph.add("Div", graph.add("Sub", x1, graph.add("Mod", x1, x2)), x2), dtype)


@converts(arithmetic.Mod)
def modulo(graph, step, x1, x2):
    (x1, x2), dtype = in_common_dtype(graph, (x1, x2))
    if "float" in dtype:
        return graph.add("Sub", x1, graph.add("Mul", x2, graph.add("Floor", graph.add("Div", x1, x2))))
    return graph.cast(graph.add("Mod", x1, x2), step.outputs[0].dtype)


@converts(more_arithmetic.Fmod)
def fmod(graph, step, x1, x2):
    (x1, x2), _ = in_common_dtype(graph, (x1, x2))
    return graph.cast(graph.add("Mod", x1, x2, fmod=1), step.outputs[0].dtype)


@converts(more_arithmetic.MultiplyNoNan)
def multiply_no_nan(graph, step, x1, x2):
    (x1, x2), dtype = in_common_dtype(graph, (x1, x2))
    zero = graph.constant(0, dtype)
    return graph.add("Where", graph.add("Equal", x2, zero), zero, graph.add("Mul", x1, x2))


@converts(arithmetic.Where)
def where(graph, step, condition, x1, x2):
    dtype = common_dtype(x1, x2)
    return graph.add("Where", graph.read(condition, bool), graph.read(x1, dtype), graph.read(x2, dtype))


@converts(KeepScaled)
def keep_scaled(graph, step, x, mask):
    scaled = graph.add("Mul", graph.read(x), graph.constant(step.op.scale, x.dtype))
    return graph.add("Where", graph.read(mask, bool), scaled, graph.constant(0, x.dtype))


@converts(arithmetic.Cast)
def cast(graph, step, x):
    if step.op.dtype == "string" or "complex" in step.op.dtype:
        raise Inexpressible(f"converts to {step.op.dtype}")
    return graph.cast(graph.read(x), step.op.dtype)


@converts(SaturateCast)
def saturate_cast(graph, step, x):
    wanted = np.dtype(step.op.dtype)
    limits = np.finfo(wanted) if wanted.kind == "f" else np.iinfo(wanted)
    own = np.finfo(x.dtype) if x.dtype.kind == "f" else np.iinfo(x.dtype)
    least, most = max(limits.min, own.min), min(limits.max, own.max)
    return graph.cast(
        graph.add("Clip", graph.read(x), graph.constant(least, x.dtype), graph.constant(most, x.dtype)), wanted
    )


@converts(Clip)
def clip(graph, step, x):
    dtype = step.outputs[0].dtype
    wide = NARROW.get(dtype.name, dtype.name)
    least, most = (graph.constant(n, wide) for n in (step.op.x_min, step.op.x_max))
    y = graph.add("Min", graph.add("Max", graph.read(x, wide), least), most)
    return y if wide == dtype.name else graph.cast(y, dtype)


@converts(StopGradient, Copy, arithmetic.Conjugate)
def identity(graph, step, x):
    return graph.add("Identity", graph.read(x))


@converts(more_comparisons.IsIn)
def is_in(graph, step, x1, x2):
    dtype = common_dtype(x1, x2)
    elements = graph.unsqueeze(graph.read(x1, dtype), [x1.rank])
    equal = graph.add("Equal", elements, graph.reshape(graph.read(x2, dtype), [-1]))
    found = graph.cast(graph.reduce("ReduceMax", graph.cast(equal, np.int32), [x1.rank], False), bool)
    return graph.add("Not", found) if step.op.invert else found
