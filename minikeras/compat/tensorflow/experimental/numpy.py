"""`tf.experimental.numpy`: `keras.ops` under NumPy's names and with NumPy's dtypes: float64 and int64 by default.

Each function converts its arrays by NumPy's rules (Python floats are float64, of two dtypes the common one results) and
calls the op of the same name. Results are tensors, and differentiable.
"""

import math
from functools import wraps

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.experimental import numpy_random as random  # noqa: F401  (a name of `__all__`)
from minikeras.compat.tensorflow.experimental.numpy_conversion import (
    common_dtype,
    dtype_name,
    floats,
    is_scalar,
    is_subdtype,
    numpy_array,
    open_grid,
    promoted,
)
from minikeras.ops import binary_functions

# One array: integers become float64 first …
_OF_FLOATS = (
    *("arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh"),
    *("deg2rad", "exp", "exp2", "expm1", "floor", "log", "log10", "log1p", "log2", "mean", "rad2deg"),
    *("reciprocal", "sin", "sinc", "sinh", "sqrt", "std", "tan", "tanh", "var", "average", "nanmean"),
)
# … or stay what they are.
_OF_ONE = (
    *("abs", "absolute", "all", "amax", "amin", "angle", "any", "bitwise_not"),
    *("broadcast_to", "clip", "conj", "conjugate", "copy", "count_nonzero", "cumprod", "cumsum"),
    *("diag", "diagflat", "diagonal", "diff", "empty_like", "expand_dims", "flip", "fliplr", "flipud"),
    *("full_like", "imag", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal"),
    *("logical_not", "max", "min", "moveaxis", "nanprod", "nansum", "negative", "ones_like", "pad"),
    *("prod", "ptp", "ravel", "real", "repeat", "reshape", "roll", "rot90", "round", "shape", "sign", "signbit"),
    *("sort", "split", "dsplit", "hsplit", "vsplit", "square", "squeeze", "sum", "swapaxes", "tile", "trace"),
    *("transpose", "tril", "triu", "vander", "zeros_like"),
)
_OF_TWO = (
    *("add", "append", "arctan2", "bitwise_and", "bitwise_or", "bitwise_xor", "cross", "divide", "dot"),
    *("equal", "floor_divide", "gcd", "greater", "greater_equal", "heaviside", "hypot", "inner"),
    *("isclose", "allclose", "kron", "lcm", "less", "less_equal", "logaddexp", "logaddexp2"),
    *("logical_and", "logical_or", "logical_xor", "matmul", "maximum", "minimum", "mod", "multiply"),
    *("nextafter", "not_equal", "outer", "power", "subtract", "tensordot", "true_divide", "vdot"),
)
_OF_FLOATS_TWICE = {"arctan2", "divide", "true_divide", "heaviside", "hypot", "logaddexp", "logaddexp2", "nextafter"}
_OF_LISTS = ("concatenate", "dstack", "hstack", "stack", "vstack")
_SAME = {"around": "round", "remainder": "mod", "fabs": "abs"}  # NumPy's aliases

ndarray = Tensor
bool_, int_, float_, complex_ = dtypes.bool, dtypes.int64, dtypes.float64, dtypes.complex128
int8, int16, int32, int64 = dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64
uint8, uint16, uint32, uint64 = dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64
float16, float32, float64 = dtypes.float16, dtypes.float32, dtypes.float64
complex64, complex128 = dtypes.complex64, dtypes.complex128
finfo, iinfo, newaxis, inexact, object_ = np.finfo, np.iinfo, None, np.inexact, np.object_
pi, e, inf = np.pi, np.e, np.inf


def array(val, dtype=None, copy=True, ndmin=0):
    """A tensor of numbers, with NumPy's dtypes."""
    val = numpy_array(val, None if dtype is None else dtype_name(dtype))
    return ops.reshape(val, (1,) * (ndmin - len(val.shape)) + tuple(val.shape)) if ndmin > len(val.shape) else val


def asarray(a, dtype=None):
    """`array` without a copy."""
    return array(a, dtype)


asanyarray = ascontiguousarray = asarray


def _of(op, convert):
    """The op with its first arguments converted, and dtypes as NumPy's: `float` is float64."""

    @wraps(op)
    def function(*args, **kwargs):
        named = [dtype_name(x) if isinstance(x, (type, np.dtype)) else x for x in (*convert(args), *kwargs.values())]
        return op(*named[: len(args)], **dict(zip(kwargs, named[len(args) :], strict=True)))

    return function


def _convert_first(args):
    return (array(args[0]), *args[1:])


def _convert_first_to_floats(args):
    return (floats(args[0]), *args[1:])


def _convert_two(args):
    return (*promoted(args[:2]), *args[2:])


def _convert_two_to_floats(args):
    return (*promoted(args[:2], to_float=True), *args[2:])


def _convert_list(args):
    return (promoted(args[0]), *args[1:])


_FUNCTIONS = {name: _of(getattr(ops, name), _convert_first_to_floats) for name in _OF_FLOATS}
_FUNCTIONS |= {name: _of(getattr(ops, name), _convert_first) for name in _OF_ONE}
_FUNCTIONS |= {
    name: _of(getattr(ops, name), _convert_two_to_floats if name in _OF_FLOATS_TWICE else _convert_two)
    for name in _OF_TWO
}
_FUNCTIONS |= {name: _of(getattr(ops, name), _convert_list) for name in _OF_LISTS}
_FUNCTIONS |= {name: _FUNCTIONS[other] for name, other in _SAME.items()}


def ndim(a):
    """The number of axes, an int."""
    return len(array(a).shape)


def size(x, axis=None):
    """The number of elements, int64."""
    return ops.cast(ops.size(array(x)), "int64")


def argmax(a, axis=None):
    """Where the largest element is, int64."""
    return ops.cast(ops.argmax(array(a), axis), "int64")


def argmin(a, axis=None):
    """The index of the smallest element, int64."""
    return ops.cast(ops.argmin(array(a), axis), "int64")


def argsort(a, axis=-1):
    """The order of the elements, int64."""
    return ops.cast(ops.argsort(array(a), axis), "int64")


def nonzero(a):
    """The positions of elements that are not 0, int64: for each axis a vector."""
    return [ops.cast(positions, "int64") for positions in ops.nonzero(array(a))]


def __getattr__(name):
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


__getattr__.explains_missing_names = False


# --- created from a shape or a rule -----------------------------------------------------------------------------------


def zeros(shape, dtype=float):
    """Zeros, float64 by default."""
    return ops.zeros(shape, dtype_name(dtype))


empty = zeros


def ones(shape, dtype=float):
    """Ones, float64 by default."""
    return ops.ones(shape, dtype_name(dtype))


def full(shape, fill_value, dtype=None):
    """`fill_value` everywhere."""
    return ops.broadcast_to(array(fill_value, dtype), shape)


def eye(N, M=None, k=0, dtype=float):
    """Ones on a diagonal."""
    return ops.eye(N, M, k, dtype_name(dtype))


def identity(n, dtype=float):
    """Ones on the diagonal of a square matrix."""
    return eye(n, dtype=dtype)


def tri(N, M=None, k=0, dtype=None):
    """Ones on and below a diagonal."""
    return ops.tri(N, M, k, dtype_name(dtype or "float64"))


def arange(start, stop=None, step=1, dtype=None):
    """Evenly spaced values, int64 or float64 by default."""
    return tensor(np.arange(*((start,) if stop is None else (start, stop, step)), dtype=dtype and dtype_name(dtype)))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=float, axis=0):
    """`num` evenly spaced values."""
    return ops.linspace(floats(start), floats(stop), num, endpoint, retstep, dtype_name(dtype), axis)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """`num` values, evenly spaced in their logarithms."""
    return ops.logspace(floats(start), floats(stop), num, endpoint, base, dtype and dtype_name(dtype), axis)


def meshgrid(*xi, **kwargs):
    """A grid of vectors."""
    return ops.meshgrid(*map(array, xi), **kwargs)


def where(condition, x=None, y=None):
    """x where `condition` holds, y elsewhere; the positions where it holds without them."""
    return nonzero(condition) if x is None else ops.where(array(condition), *promoted([x, y]))


def take(a, indices, axis=None, out=None, mode="clip"):
    """Elements along an axis; indices beyond an end are clipped, or with `mode="wrap"` counted round. No `out`."""
    if out is not None or mode not in ("clip", "wrap"):
        raise ValueError(f'`take` has the modes "clip" and "wrap", and no `out`. Received: {mode=}, {out=}')
    a, indices = array(a), array(indices)
    n = math.prod(a.shape) if axis is None else a.shape[axis]
    return ops.take(a, ops.mod(indices, n) if mode == "wrap" else ops.clip(indices, 0, n - 1), axis)


def take_along_axis(arr, indices, axis):
    """Elements along an axis, one for each element of `indices`."""
    return ops.take_along_axis(array(arr), array(indices), axis)


def einsum(subscripts, *operands, casting="safe", optimize=False):
    """Sums of products, of operands of one dtype if `casting` is "safe"; `optimize` has no effect on the result."""
    if casting not in ("safe", "no"):
        raise ValueError(f'`casting` must be "safe" or "no". Received: casting={casting!r}')
    return ops.einsum(subscripts, *(promoted(operands) if casting == "safe" else map(array, operands)))


def select(condlist, choicelist, default=0):
    """The choice of the first condition that holds."""
    return ops.select(list(map(array, condlist)), promoted(choicelist), default)


def result_type(*arrays_and_dtypes):
    """The common dtype, NumPy's."""
    return common_dtype(arrays_and_dtypes)


promote_types = result_type


def atleast_1d(*arys):
    """The tensor with at least one axis."""
    return _at_least(1, arys)


def atleast_2d(*arys):
    """The tensor with at least two axes."""
    return _at_least(2, arys)


def _at_least(axes, arrays):
    found = [array(x, ndmin=axes) for x in arrays]
    return found[0] if len(found) == 1 else found


def atleast_3d(*arys):
    """With three axes or more; a vector is along the second."""
    found = [_three_axes(array(x)) for x in arys]
    return found[0] if len(found) == 1 else found


def _three_axes(x):
    shape = tuple(x.shape)
    return x if len(shape) > 2 else ops.reshape(x, (*((1,) if len(shape) < 2 else ()), *(shape or (1,)), 1))


def flatten(a, order="C"):
    """All elements in one axis."""
    return ops.ravel(array(a))


def broadcast_arrays(*args):
    """Arrays repeated to their common shape."""
    arrays = list(map(array, args))
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return [ops.broadcast_to(x, shape) for x in arrays]


def array_equal(a1, a2):
    """Whether the shapes and all elements are equal."""
    x, y = promoted([a1, a2])
    return ops.all(ops.equal(x, y)) if tuple(x.shape) == tuple(y.shape) else tensor(False)


def divmod(x1, x2):
    """(floor of the quotient, remainder)"""
    x, y = promoted([x1, x2])
    return ops.floor_divide(x, y), ops.mod(x, y)


def float_power(x1, x2):
    """x₁ to the power of x₂; integers stay integers in TensorFlow, too."""
    return ops.power(*promoted([x1, x2]))


def positive(x):
    """The array itself."""
    return array(x)


def fix(x):
    """Rounded toward 0."""
    return ops.trunc(floats(x))


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` values of constant ratio."""
    logarithms = ops.log(floats(start)), ops.log(floats(stop))
    values = ops.exp(ops.linspace(*logarithms, num, endpoint, False, None, axis))
    return values if dtype is None else ops.cast(values, dtype_name(dtype))


def polyval(p, x):
    """The polynomial with these coefficients, that of the highest power first, at x."""
    p, x = promoted([p, x])
    return binary_functions.polynomial(ops.unstack(p), x)


def diag_indices(n, ndim=2):
    """The positions of a diagonal."""
    return (tensor(np.arange(n, dtype="int32")),) * ndim


def ix_(*args):
    """Vectors of indices as an open grid."""
    return [tensor(x) for x in open_grid(*(array(x).array for x in args))]


def isscalar(num):
    """Whether it is a number or has no axes."""
    return is_scalar(num)


def iscomplexobj(x):
    """Whether the dtype is complex."""
    return "complex" in array(x).dtype


def isrealobj(x):
    """Whether it is not."""
    return not iscomplexobj(x)


def issubdtype(arg1, arg2):
    """Whether a dtype is of a kind."""
    return is_subdtype(*(getattr(dtype, "as_numpy_dtype", dtype) for dtype in (arg1, arg2)))


_IMPORTED = {
    *("Tensor", "common_dtype", "dtype_name", "dtypes", "floats", "is_scalar", "is_subdtype", "open_grid"),
    *("binary_functions", "math", "np", "numpy_array", "ops", "promoted", "tensor", "wraps"),
}
__all__ = sorted(
    {*_FUNCTIONS} | {name for name, value in globals().items() if not name.startswith("_") and name not in _IMPORTED}
)
