"""Arithmetic on two tensors that broadcast together, and sums of several."""

from minikeras import ops
from minikeras.autodiff.dtypes import is_float
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import dividable, operands, tensor
from minikeras.ops import binary_functions
from minikeras.ops.arithmetic import MultiplyNoNan
from minikeras.tensors.strings.joining import concatenated

# Names of `tf.math`; `realdiv`, `truncatediv`, `truncatemod` are in `tf` alone.
__all__ = [
    "accumulate_n",
    "add",
    "add_n",
    "atan2",
    "divide",
    "divide_no_nan",
    "floordiv",
    "floormod",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "multiply_no_nan",
    "nextafter",
    "polyval",
    "pow",
    "scalar_mul",
    "squared_difference",
    "subtract",
    "truediv",
    "xdivy",
    "xlog1py",
    "xlogy",
]


def add(x, y, name=None):
    """x + y."""
    x, y = operands(x, y)
    return concatenated(x, y) if x.dtype == "string" else ops.add(x, y)


def subtract(x, y, name=None):
    """x − y."""
    return ops.subtract(*operands(x, y))


def multiply(x, y, name=None):
    """x · y."""
    return ops.multiply(*operands(x, y))


def scalar_mul(scalar, x, name=None):
    """x multiplied by a number."""
    x, scalar = operands(x, scalar)
    if len(scalar.shape):
        raise ValueError(f"Only scalar multiply works. Received: scalar.shape={tuple(scalar.shape)}")
    return ops.multiply(scalar, x)


def truediv(x, y, name=None):
    """x / y; integers are divided as float64 (those of 8 or 16 bits as float32)."""
    x, y = operands(x, y)
    return ops.divide(dividable(x), dividable(y))


def divide(x, y, name=None):
    """x / y: the same as `truediv`."""
    return truediv(x, y)


def realdiv(x, y, name=None):
    """x / y: the same as `truediv`."""
    return truediv(x, y)


def divide_no_nan(x, y, name=None):
    """x / y, and 0 where y is 0."""
    x, y = operands(x, y)
    return ops.divide_no_nan(*_as_floats(x, y))


def _as_floats(x, y):
    return (t if is_float(t.dtype) or "complex" in t.dtype else ops.cast(t, "float32") for t in (x, y))


def multiply_no_nan(x, y, name=None):
    """x · y, and 0 where y is 0, even if x is infinite or NaN."""
    return MultiplyNoNan()(*operands(x, y))


def floordiv(x, y, name=None):
    """⌊x / y⌋."""
    return ops.floor_divide(*operands(x, y))


def floormod(x, y, name=None):
    """x − y · ⌊x / y⌋: the remainder with the sign of y."""
    return ops.mod(*operands(x, y))


def mod(x, y, name=None):
    """Alias of `floormod`."""
    return floormod(x, y)


def truncatediv(x, y, name=None):
    """x / y rounded towards 0."""
    return binary_functions.truncated_quotient(*operands(x, y))


def truncatemod(x, y, name=None):
    """x − y · `truncatediv`(x, y): the remainder with the sign of x."""
    return ops.fmod(*operands(x, y))


def pow(x, y, name=None):
    """x to the power of y."""
    return ops.power(*operands(x, y))


def maximum(x, y, name=None):
    """The greater of x and y."""
    return ops.maximum(*operands(x, y))


def minimum(x, y, name=None):
    """The lesser of x and y."""
    return ops.minimum(*operands(x, y))


def squared_difference(x, y, name=None):
    """|x − y|²."""
    return binary_functions.squared_difference(*operands(x, y))


def atan2(y, x, name=None):
    """The angle of the point (x, y), in (−π, π]."""
    return ops.arctan2(*operands(y, x))


def nextafter(x1, x2, name=None):
    """The next value of the dtype after x1 in the direction of x2."""
    return ops.nextafter(*operands(x1, x2))


def xlogy(x, y, name=None):
    """x · ln y, and 0 where x is 0."""
    return binary_functions.xlogy(*_as_floats(*operands(x, y)))


def xlog1py(x, y, name=None):
    """x · ln(1 + y), and 0 where x is 0."""
    return binary_functions.xlog1py(*_as_floats(*operands(x, y)))


def xdivy(x, y, name=None):
    """x / y, and 0 where x is 0."""
    return binary_functions.xdivy(*_as_floats(*operands(x, y)))


def add_n(inputs, name=None):
    """The sum of a list of tensors of one shape and dtype."""
    inputs = [tensor(x) for x in (inputs if isinstance(inputs, (list, tuple)) else [inputs])]
    if not inputs:
        raise ValueError("`inputs` must be a list of one Tensor or more, all of one dtype and shape.")
    dtypes = {x.dtype for x in inputs}
    if len(dtypes) > 1:
        raise InvalidArgumentError(None, None, f"`inputs` must be of one dtype. Received: {sorted(map(str, dtypes))}")
    shapes = {tuple(x.shape) for x in inputs}
    if len(shapes) > 1:
        raise ValueError(f"`inputs` must be of one shape. Received: {sorted(map(str, shapes))}")
    return sum(inputs[1:], inputs[0])


def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """The same as `add_n`; `shape` and `tensor_dtype` describe the inputs and need not be given."""
    return add_n(inputs)


def polyval(coeffs, x, name=None):
    """coeffs[0] · xⁿ + … + coeffs[n], by Horner's rule."""
    if not isinstance(coeffs, list):
        raise ValueError(f"`coeffs` must be a list. Received: {type(coeffs).__name__}")
    x = tensor(x)
    return binary_functions.polynomial([tensor(coefficient, x.dtype) for coefficient in coeffs], x)
