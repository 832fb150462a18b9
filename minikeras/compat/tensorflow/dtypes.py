"""`tf.float32` and the other dtypes, and `tf.dtypes`.

A `DType` is the name of the dtype, a string, with TensorFlow's attributes added: so it is a valid dtype everywhere in
minikeras and NumPy, and `x.dtype == tf.float32` holds whether `x.dtype` is a `DType` or a name.
"""

__replay__ = "computes"

import builtins

import numpy as np

from minikeras.autodiff import dtypes as engine
from minikeras.base.extension_dtypes import EXTENSION_DTYPES, dtype_limits, is_extension, use_extension_dtypes
from minikeras.base.suggestions import did_you_mean

__all__ = [
    "QUANTIZED_DTYPES",
    "DType",
    "as_dtype",
    "bfloat16",
    "bool",
    "complex64",
    "complex128",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "qint8",
    "qint16",
    "qint32",
    "quint8",
    "quint16",
    "resource",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "variant",
]

# Bytes per element where NumPy lacks the dtype: TensorFlow's values.
_SIZES = {"qint8": 1, "quint8": 1, "qint16": 2, "quint16": 2, "qint32": 4}
_SIZES |= {"string": 0, "resource": 0, "variant": 0}
_NUMPY_TYPES = {"string": np.object_, "bool": np.bool_}
_REAL = {"complex64": "float32", "complex128": "float64"}
_DTYPES = {}  # name → the only DType of that name


class DType(str):
    """The dtype of a tensor's elements: its name, with the attributes of TensorFlow's."""

    __slots__ = ()

    def __new__(cls, name):
        if name not in _DTYPES:
            _DTYPES[name] = super().__new__(cls, name)
        return _DTYPES[name]

    def __reduce__(self):
        return DType, (self.name,)

    def __deepcopy__(self, memo):
        return self

    @property
    def name(self):
        """The name as a plain string."""
        return str.__str__(self)

    @property
    def as_numpy_dtype(self):
        """NumPy's type for it, such as `numpy.float32`."""
        if self.name in _NUMPY_TYPES:
            return _NUMPY_TYPES[self.name]
        if self.name in _SIZES:
            raise TypeError(f"NumPy has no {self.name}.")
        return self._in_numpy().type

    def _in_numpy(self):
        if self.name in EXTENSION_DTYPES:
            use_extension_dtypes()
        return np.dtype(self.name)

    @property
    def base_dtype(self):
        """Itself. (TensorFlow 1 had separate dtypes for references to variables.)"""
        return self

    @property
    def real_dtype(self):
        """The dtype of the real part of complex numbers; itself for others."""
        return as_dtype(_REAL.get(self.name, self.name))

    @property
    def is_floating(self):
        """Whether it is a (non-quantized, real) floating-point dtype."""
        return "float" in self.name

    @property
    def is_integer(self):
        """Whether it is a (non-quantized) integer dtype."""
        return self.name.startswith(("int", "uint"))

    @property
    def is_complex(self):
        """Whether it is a complex dtype."""
        return "complex" in self.name

    @property
    def is_bool(self):
        """Whether it is the boolean dtype."""
        return self.name == "bool"

    @property
    def is_quantized(self):
        """Whether it is a quantized dtype. (Only their names exist; nothing computes in them.)"""
        return self.name.startswith("q")

    @property
    def is_unsigned(self):
        """Whether it is an unsigned integer dtype."""
        return self.name.startswith("uint")

    @property
    def is_numpy_compatible(self):
        """Whether NumPy has it."""
        return self.name not in _SIZES or self.name == "string"

    @property
    def size(self):
        """Bytes of one element."""
        return _SIZES[self.name] if self.name in _SIZES else self._in_numpy().itemsize

    @property
    def min(self):
        """The smallest finite value."""
        return self._limits()[0]

    @property
    def max(self):
        """The largest finite value."""
        return self._limits()[1]

    @property
    def limits(self):
        """The pair (smallest, largest) intensity of images of this dtype: (0, 1) for floats."""
        if self.name == "bfloat16":
            raise ValueError(f"TensorFlow defines no limits for {self!r}.")
        return (0, 1) if self.is_floating else (0, self._limits()[1])

    def _limits(self):
        if self.name == "bool":
            return False, True
        if not (self.is_floating or self.is_integer):
            raise TypeError(f"Cannot find the limits of {self!r}.")
        info = dtype_limits(self._in_numpy())
        return info.min, info.max

    def is_compatible_with(self, other):
        """Whether a value of dtype `other` can be used where this one is expected: they must be the same."""
        return self == as_dtype(other)

    def __eq__(self, other):
        if isinstance(other, str):
            return str.__eq__(self, other) or (other in _ALIASES and _ALIASES[other] is self)
        if other is None:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return NotImplemented

    def __ne__(self, other):
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__ = str.__hash__

    def __int__(self):
        """TensorFlow's enum value for it, as in its files."""
        return _NUMBERS[self.name]

    def __repr__(self):
        return f"tf.{self.name}"

    def __str__(self):
        return f"<dtype: {self.name!r}>"

    def __format__(self, spec):
        return format(str(self), spec)


_IN_FILES = (
    *(
        "float32",
        "float64",
        "int32",
        "uint8",
        "int16",
        "int8",
        "string",
        "complex64",
        "int64",
        "bool",
        "qint8",
        "quint8",
    ),
    *("qint32", "bfloat16", "qint16", "quint16", "uint16", "complex128", "float16", "resource", "variant"),
    *("uint32", "uint64", "float8_e5m2", "float8_e4m3fn"),
)
_NUMBERS = {name: number for number, name in enumerate(_IN_FILES, start=1)} | {"int4": 29, "uint4": 30}

float16 = half = DType("float16")
float32 = DType("float32")
float64 = double = DType("float64")
bfloat16 = DType("bfloat16")
int8, int16, int32, int64 = map(DType, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(DType, ("uint8", "uint16", "uint32", "uint64"))
complex64, complex128 = DType("complex64"), DType("complex128")
bool = DType("bool")
string = DType("string")
qint8, qint16, qint32, quint8, quint16 = map(DType, ("qint8", "qint16", "qint32", "quint8", "quint16"))
resource, variant = DType("resource"), DType("variant")

QUANTIZED_DTYPES = frozenset([qint8, qint16, qint32, quint8, quint16])

_ALIASES = {"half": float16, "float": float32, "double": float64, "object": string}
_PYTHON_TYPES = {float: float32, builtins.bool: bool, object: string}


def engine_dtype(dtype):
    """A dtype as the engine takes it: int4, which Keras does not have, as NumPy's."""
    dtype = as_dtype(dtype)
    return dtype._in_numpy() if dtype in ("int4", "uint4") else dtype.name


def as_dtype(type_value):
    """The `DType` for a name, a NumPy dtype, a Python type or TensorFlow's enum value.

    Raises:
        TypeError: it names none.
    """
    if isinstance(type_value, DType):
        return type_value
    if isinstance(type_value, type) and type_value in _PYTHON_TYPES:
        return _PYTHON_TYPES[type_value]
    if type_value in (None, int, str, bytes, complex):
        raise TypeError(f"{type_value!r} is not a dtype. Use tf.int32, tf.int64, tf.string …")
    if isinstance(type_value, int):
        name = next((name for name, number in _NUMBERS.items() if number == type_value), type_value)
    elif isinstance(type_value, str):
        name = str.__str__(type_value)
    else:
        name = _numpy_name(type_value)
    if name in _ALIASES:
        return _ALIASES[name]
    if name in _DTYPES:
        return _DTYPES[name]
    raise TypeError(
        f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType." + did_you_mean(name, _DTYPES)
    )


def _numpy_name(value):
    try:
        dtype = np.dtype(value)
    except TypeError:
        return getattr(value, "name", value)
    return "string" if dtype.kind in "OSU" else dtype.name


def install_dtype_names():
    """Make `tensor.dtype` a `DType`: in the engine's table from NumPy's dtypes to names they replace the strings."""
    _set_dtype_names(DType)


def uninstall_dtype_names():
    """Undo `install_dtype_names`."""
    _set_dtype_names(str)


def _set_dtype_names(kind):
    for name in _NUMBERS:
        if name not in _SIZES and name not in EXTENSION_DTYPES:
            engine.NAMES[np.dtype(name)] = kind(name)
    engine.NAMES.kind = kind
    for dtype in [dtype for dtype in engine.NAMES if is_extension(dtype)]:
        del engine.NAMES[dtype]
    engine.NAMES[np.dtype(object)] = kind("string")
