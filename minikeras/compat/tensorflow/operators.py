"""Python's operators on tensors, as in TensorFlow: both operands have the same dtype, which the operator must support.

`tf.constant(1) + 1.5`, float32 × float64 and `-` of booleans are errors. Keras's rule, by which dtypes promote, is that
of `keras.ops` and of Keras's own layers: where minikeras's own code uses an operator, Keras's rule counts. Only for
operands that TensorFlow's rule does not allow is the caller looked at, so nothing is slower for others.
"""

__replay__ = "computes"

import sys

import numpy as np

from minikeras import ops
from minikeras.autodiff import KerasTensor, Tensor, Variable, basic_ops, elementwise
from minikeras.autodiff.array_dtypes import UnsupportedDtypeError
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.operators import Operators
from minikeras.autodiff.variable import Variable as KerasVariable
from minikeras.base.errors import InvalidArgumentError, NotFoundError, UnimplementedError
from minikeras.base.replay import safe_to_replay
from minikeras.compat.tensorflow.conversion import dividable, tensor
from minikeras.compat.tensorflow.experimental.numpy_conversion import promoted_pair
from minikeras.compat.tensorflow.indexing import Mask, checked_key, is_plain_key
from minikeras.compat.tensorflow.operand_conversion import (
    COMPLEX,
    FLOATS,
    INTEGERS,
    converted,
    fits,
    is_array,
    is_tensor,
    natural_dtype,
    numpy_dtypes,
    refusal,
)
from minikeras.ops import batched_indexing
from minikeras.tensors.ragged.broadcasting import is_ragged
from minikeras.tensors.sparse.op_rules import is_sparse

__all__ = ["OPERATORS", "called_by_engine", "follow_numpy", "follow_tensorflow", "get_item", "like"]

_INT32 = np.iinfo(np.int32)
_SIGNED = frozenset({"int8", "int16", "int32", "int64"})
_NUMBERS = INTEGERS | FLOATS | COMPLEX
_PRODUCTS = frozenset({"int32", "int64"}) | FLOATS | COMPLEX
_ALL = _NUMBERS | {"bool", "string"}

# The symbol and the dtypes that TensorFlow has the operator for.
_BINARY = {
    "add": ("+", _NUMBERS | {"string"}),
    "sub": ("-", _NUMBERS),
    "mul": ("*", _NUMBERS | {"bool"}),
    "truediv": ("/", _NUMBERS),
    "floordiv": ("//", INTEGERS | FLOATS),
    "mod": ("%", INTEGERS | FLOATS),
    "pow": ("**", _SIGNED | FLOATS | COMPLEX),
    "matmul": ("@", _PRODUCTS),
    "eq": ("==", _ALL),
    "ne": ("!=", _ALL),
    "lt": ("<", INTEGERS | FLOATS),
    "le": ("<=", INTEGERS | FLOATS),
    "gt": (">", INTEGERS | FLOATS),
    "ge": (">=", INTEGERS | FLOATS),
    "and": ("&", INTEGERS | {"bool"}),
    "or": ("|", INTEGERS | {"bool"}),
    "xor": ("^", INTEGERS | {"bool"}),
}
_UNARY = {
    "neg": ("-", _SIGNED | FLOATS | COMPLEX),
    "abs": ("abs", _SIGNED | FLOATS | COMPLEX),
    "invert": ("~", INTEGERS | {"bool"}),
}
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_ABSENT = ("pos", "divmod", "round")  # methods that TensorFlow's tensors lack

# For dtypes that the operation supports, but not on CPUs, TensorFlow reports a missing kernel.
_UNSIGNED = INTEGERS - _SIGNED
_ERRORS = {
    "truediv": lambda dtype: TypeError,
    "floordiv": lambda dtype: NotFoundError if dtype in COMPLEX else InvalidArgumentError,
    "matmul": lambda dtype: NotFoundError if dtype in _UNSIGNED else InvalidArgumentError,
}
_PASSED_THROUGH = {
    __name__,
    "minikeras.autodiff.operators",
    "minikeras.compat.tensorflow.variables",
    "minikeras.tensors.ragged.broadcasting",
    "minikeras.tensors.ragged.operators",
    "minikeras.tensors.ragged.ragged_tensor",
}  # between the caller's line and the operator


def called_by_engine(depth=2):
    """Whether the caller of the function `depth` calls above is minikeras's own code, where Keras's rules count."""
    frame = sys._getframe(depth)
    while frame is not None and frame.f_globals.get("__name__") in _PASSED_THROUGH:
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("minikeras.")


_numpy = {"promotes": False, "indexes": False, "prefer_float32": False}


def follow_numpy(promotes, prefer_float32):
    """Let operators promote dtypes as NumPy does, or not any more, and `x[…]` take all that NumPy takes."""
    _numpy.update(promotes=promotes, indexes=True, prefer_float32=prefer_float32)


def follow_tensorflow():
    """Undo `follow_numpy`."""
    _numpy.update(promotes=False, indexes=False, prefer_float32=False)


def _promotes(x, y):
    """Whether NumPy's rule applies: to numbers, arrays and tensors of numbers. (Lists take the tensor's dtype.)"""
    natural = natural_dtype(y)
    is_alone = not isinstance(y, (list, tuple)) or x.dtype == "bool"
    return _numpy["promotes"] and is_alone and natural not in (None, "string", x.dtype)


def _binary(name):
    known = numpy_dtypes(_BINARY[name][1])
    plain = getattr(Operators, f"__{name}__")

    def operator(self, other):
        if not _agree(self, other, known):
            if called_by_engine():
                return plain(self, like(other, self))
            if _promotes(self, other):
                return operator(*promoted_pair(self, other, _numpy["prefer_float32"]))
            if is_ragged(other) or (name == "mul" and is_sparse(other)):
                return NotImplemented  # its own operator is the reflected one
            if isinstance(other, KerasTensor) or other is NotImplemented:
                return plain(self, other)
            if type(other) is KerasVariable and other.dtype != self.dtype:
                return _beside_variable(name, self, other)
            if other is None and name in ("eq", "ne") and not isinstance(self, Variable):
                return plain(self, other)
            if name == "mul" and (self.dtype == "bool" or (natural_dtype(other) == "bool" and is_tensor(other))):
                return _product_with_booleans(self, other)
            other = _second_operand(name, self, other)
        return own(plain, self, other)

    own = _OWN.get(name, _only)
    operator.__name__ = f"__{name}__"
    return operator


def _reflected(name):
    known = numpy_dtypes(_BINARY[name][1])
    plain = getattr(Operators, f"__r{name}__")

    def operator(self, other):
        if not _agree(self, other, known):
            if called_by_engine():
                return plain(self, like(other, self))
            if _promotes(self, other):
                x, y = promoted_pair(self, other, _numpy["prefer_float32"])
                return OPERATORS[f"__{name}__"](y, x)
            if not isinstance(other, KerasTensor):
                other = _second_operand(name, self, other, is_first=True)
        return own(plain, self, other)

    own = _OWN.get(name, _only)
    operator.__name__ = f"__r{name}__"
    return operator


def _unary(name):
    symbol, known = _UNARY[name]
    plain = getattr(Operators, f"__{name}__")

    def operator(self):
        if self.dtype not in known and not called_by_engine():
            raise _unknown(InvalidArgumentError, symbol, self.dtype, known)
        return plain(self)

    operator.__name__ = f"__{name}__"
    return operator


def _absent(name):
    plain = getattr(Operators, f"__{name}__", None)

    def operator(self, *arguments):
        if plain is None or not called_by_engine():
            raise TypeError(f"Tensors have no `{name}`, as in TensorFlow. Use functions of `tf.math`.")
        return plain(self, *arguments)

    operator.__name__ = f"__{name}__"
    return operator


@safe_to_replay("it looks at the dtypes only")
def _agree(x, y, known):
    """Whether the operator takes both unchanged: a quick check for the usual case.

    Args:
        known: dtypes of NumPy's; a dtype that it lacks is looked at more closely.
    """
    dtype = x.array.dtype
    if dtype not in known:
        return False
    kind = type(y)
    if kind is Tensor:
        return y.array.dtype == dtype
    if kind is float:
        return dtype.kind == "f"
    if kind is int:
        return dtype.kind in "fc" or (dtype.char in "il" and _INT32.min <= y <= _INT32.max)
    return isinstance(y, (Tensor, Variable)) and y.dtype == x.dtype


def _beside_variable(name, x, variable):
    """Tensor and Keras Variable of two dtypes: it is asked for its own operator, which promotes, but not by all."""
    if name not in ("add", "matmul", *_COMPARISONS):
        return NotImplemented
    error = ValueError if name in _COMPARISONS else _ERRORS.get(name, lambda dtype: InvalidArgumentError)(x.dtype)
    raise _different(error, _BINARY[name][0], x.dtype, variable.dtype)


def _second_operand(name, x, y, is_first=False):
    """`y` as a tensor of x's dtype.

    Raises:
        TypeError, InvalidArgumentError, …: as TensorFlow does. (Python's values on the right of `+` are first converted
            by themselves, so there it is an InvalidArgumentError that the dtypes differ.)
    """
    (symbol, known), dtype = _BINARY[name], str.__str__(x.dtype)
    error = _ERRORS.get(name, lambda dtype: InvalidArgumentError)(dtype)
    if y is None or natural_dtype(y) is None:
        raise ValueError(f"`{symbol}` takes a tensor, an array or a number together with a tensor. Received: {y!r}")
    if is_tensor(y):
        if natural_dtype(y) != dtype:
            raise _different(error, symbol, *((natural_dtype(y), dtype) if is_first else (dtype, natural_dtype(y))))
    elif not fits(y, dtype):
        kind = InvalidArgumentError if name == "add" and not is_first else TypeError
        if is_array(y) and name not in ("add", "truediv") and y.ndim:
            kind = ValueError
        raise _unfit(kind, symbol, y, dtype)
    if dtype not in known:
        raise _unknown(error, symbol, dtype, known)
    return y if isinstance(y, (Tensor, Variable)) else converted(y, dtype)


def _product_with_booleans(x, y):
    """`*` of a boolean tensor is "and"; the other operand is cast."""
    natural = natural_dtype(y)
    if natural is None:
        raise ValueError(f"`*` takes a tensor, an array or a number together with a tensor. Received: {y!r}")
    if "string" in (natural, x.dtype):
        raise _different(UnimplementedError, "*", x.dtype, natural)
    y = y if is_tensor(y) else converted(y, natural)
    return ops.logical_and(ops.cast(x, "bool"), ops.cast(y, "bool"))


def _different(error, symbol, first, second):
    return refusal(
        error,
        f"`x {symbol} y` needs one dtype on both sides, and tensors are never converted. Received: x is {first}, y is "
        f"{second}. Cast one of them: `tf.cast(x, tf.{second})` or `tf.cast(y, tf.{first})`.",
    )


def _unfit(error, symbol, value, dtype):
    natural = natural_dtype(value)
    shown = repr(value) if len(repr(value)) < 60 else f"{repr(value)[:56]} …"
    return refusal(
        error,
        f"`{symbol}` cannot convert {shown} ({natural}) to {dtype}, the dtype of the tensor it is combined with. "
        f"Cast the tensor: `tf.cast(x, tf.{natural})`, or give a value of its dtype.",
    )


def _unknown(error, symbol, dtype, known):
    return refusal(
        error,
        f"TensorFlow has no `{symbol}` for {str.__str__(dtype)}. It takes {', '.join(sorted(known))}. "
        "Convert the operand first: `tf.cast(x, …)`" + (", `tf.strings.to_number(x)`." if dtype == "string" else "."),
    )


# --- operators with special rules -------------------------------------------------------------------------------------


def _only(plain, x, y):
    """A ValueError of Keras, such as for shapes that do not fit, is an InvalidArgumentError of TensorFlow's kernels."""
    try:
        return plain(x, y)
    except ValueError as error:
        if isinstance(error, UnsupportedDtypeError) or any_symbolic((x, y)) or called_by_engine(3):
            raise
        raise InvalidArgumentError(None, None, str(error)) from error


def _divided(plain, x, y):
    """Integers are divided as float64, those of 8 or 16 bits as float32."""
    if x.dtype not in INTEGERS:
        return _only(plain, x, y)
    y = y if isinstance(y, (Tensor, Variable)) else converted(y, x.dtype)
    return _only(plain, dividable(x), dividable(y))


def _compared(unequal):
    def compare(plain, x, y):
        """Shapes that do not broadcast together are different, without an error."""
        try:
            return plain(x, y)
        except UnsupportedDtypeError:
            raise
        except ValueError:
            return Tensor(np.asarray(unequal))

    return compare


_OWN = {"truediv": _divided, "eq": _compared(False), "ne": _compared(True)}


def like(other, tensor):
    """The second operand of an operator in minikeras's own code: a number or array takes the dtype of the tensor.

    Keras's rule, which the engine uses, is that of `ops.add` for integers: the wider dtype wins.
    """
    if type(other) in _PLAIN:
        return other
    if isinstance(other, (np.ndarray, np.generic)) and other.dtype != tensor.dtype and not elementwise.promotes(tensor):
        is_like = (
            "float" in tensor.dtype if other.dtype.kind == "f" else other.dtype.kind in "iu" and "int" in tensor.dtype
        )
        if is_like:
            return other.astype(tensor.dtype)
    return elementwise.like(other, tensor)


_PLAIN = {Tensor, int, float}


# --- one operand ------------------------------------------------------------------------------------------------------


def get_item(self, key):
    """`x[key]` with integers, slices, `...`, None and scalar integer tensors; or with a single boolean mask."""
    if not is_plain_key(key) and not _numpy["indexes"] and not called_by_engine():
        key = checked_key(key)
        if isinstance(key, Mask):
            return batched_indexing.boolean_mask(self, tensor(key.mask))
    try:
        return basic_ops.get_item(self, key)
    except (IndexError, ValueError) as error:
        if called_by_engine():
            raise
        raise InvalidArgumentError(None, None, str(error)) from error


def _hash(self):
    if called_by_engine():
        return id(self)
    raise TypeError("Tensors are unhashable, since `==` compares their elements. Use `tensor.ref()` as the key.")


OPERATORS = {f"__{name}__": _binary(name) for name in _BINARY}
OPERATORS |= {f"__r{name}__": _reflected(name) for name in _BINARY if hasattr(Operators, f"__r{name}__")}
OPERATORS |= {f"__{name}__": _unary(name) for name in _UNARY}
OPERATORS |= {f"__{name}__": _absent(name) for name in _ABSENT}
OPERATORS |= {"__getitem__": get_item, "__hash__": _hash}
