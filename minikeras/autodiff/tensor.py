"""`Tensor`: an immutable array that a tape can track."""

import numpy as np

from minikeras.autodiff.array_dtypes import NUMERIC_DTYPES, UnsupportedDtypeError, supported
from minikeras.autodiff.byte_strings import byte_strings, holds_strings, is_text
from minikeras.autodiff.dtypes import NAMES, standardize_dtype
from minikeras.autodiff.notebook_views import tensor_html
from minikeras.autodiff.operators import Operators
from minikeras.autodiff.state import next_index
from minikeras.base.replay import reads_values

# The names by which code takes the array out of a Tensor. Plans look for them in functions that they may skip.
TAKES_ARRAY = frozenset({"array", "as_array", "numpy"})


class Tensor(Operators):
    """An array whose history a `GradientTape` can record.

    `array` is the NumPy array underneath: code inside minikeras reads it and never writes to it. `index` is a running
    number by which tapes know the tensor.
    """

    # _keras_mask: which time steps count, set by layers. _keras_logits: from which a softmax or sigmoid made this.
    __slots__ = ("__weakref__", "_keras_logits", "_keras_mask", "array", "index")

    def __init__(self, array):
        # An array of strings holds `bytes` objects, and indexing returns these.
        self.array = array if type(array) is np.ndarray else np.asarray(array, object if type(array) is bytes else None)
        self.index = next_index()
        self._keras_mask = self._keras_logits = None

    @property
    def shape(self):
        """Tuple of the axes' lengths."""
        return self.array.shape

    @property
    def dtype(self):
        """Name of the element type, for example "float32"."""
        return NAMES[self.array.dtype]

    @property
    def ndim(self):
        """Number of axes."""
        return self.array.ndim

    @property
    def size(self):
        """Number of elements."""
        return self.array.size

    @property
    def plain(self):
        """Itself. A subclass returns the Tensor that it stands for, since ops and tapes handle no subclasses."""
        return self

    @reads_values
    def numpy(self):
        """A copy as a NumPy array (a NumPy scalar for a tensor without axes, as in TensorFlow)."""
        return self.array.copy() if self.array.ndim else self.array[()]

    @reads_values
    def __array__(self, dtype=None, copy=None):
        if copy or (dtype is not None and dtype != self.array.dtype):
            return np.array(self.array, dtype)
        view = self.array.view()
        view.flags.writeable = False  # a tensor never changes
        return view

    def __repr__(self):
        values = np.array2string(self.array, separator=", ", threshold=60, edgeitems=3)
        return f"<Tensor shape={self.shape} dtype={self.dtype}\n{values}>"

    def _repr_html_(self):
        return tensor_html(self)

    def __format__(self, spec):
        return format(self.array[()], spec) if self.ndim == 0 else str(self)

    __str__ = __repr__

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("A tensor without axes has no length.")
        return len(self.array)

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("A tensor without axes cannot be iterated over.")
        return (self[i] for i in range(len(self.array)))

    @reads_values
    def __bool__(self):
        if self.size != 1:
            raise ValueError(
                f"The truth value of a tensor with {self.size} elements is ambiguous. Received: shape={self.shape}. "
                "Use ops.any(x) or ops.all(x)."
            )
        return bool(self.array.item())

    @reads_values
    def __int__(self):
        return int(self.array.item() if self.array.size == 1 else self._refuse_as_number())

    @reads_values
    def __float__(self):
        return float(self.array.item() if self.array.size == 1 else self._refuse_as_number())

    def _refuse_as_number(self):
        raise TypeError(f"Only a tensor of one element is a Python number. Received: shape={self.shape}")

    @reads_values
    def __index__(self):
        if self.array.dtype.kind not in "iu" or self.size != 1:
            raise TypeError(f"Only an integer tensor of one element is an index. Received: {self!r}")
        return int(self.array.item())

    def __reduce__(self):
        return Tensor, (self.array,)

    def __deepcopy__(self, memo):
        return Tensor(self.array.copy())


def string_tensor(value):
    """`value` (text, bytes, nested lists or an array of them) as a tensor of the dtype "string"."""
    return Tensor(byte_strings(value))


def attached_attributes(tensor):
    """(mask, logits) that layers and activations have attached to a Tensor, None for missing ones."""
    return getattr(tensor, "_keras_mask", None), getattr(tensor, "_keras_logits", None)


def with_attributes(array, mask=None, logits=None):
    """A new Tensor of an array with this mask and these logits, see `attached_attributes`."""
    tensor = Tensor(array)
    tensor._keras_mask, tensor._keras_logits = mask, logits
    return tensor


def as_array(x, dtype=None, argument=None):
    """Convert anything that holds numbers or strings to an array.

    Python floats become float32 for any `floatx()`, as in Keras on TensorFlow, Python integers int32, text
    and bytes an array of `bytes` objects.

    Args:
        dtype: of the result. An array is cast to it as NumPy casts, so that dates become numbers on request.
        argument: what an error calls `x`, such as "`initializer`".

    Raises:
        ValueError: it is ragged, or holds neither numbers nor strings.
        TypeError: it is text, and `dtype` is one of numbers.
        UnsupportedDtypeError: it is an array of a dtype that tensors do not have.
    """
    if isinstance(x, Tensor):
        array = x.array
    elif isinstance(x, (np.ndarray, np.generic)) or hasattr(x, "__array__"):
        array = np.asarray(x)
        if array.dtype not in NUMERIC_DTYPES:
            array = supported(array, argument) if dtype is None else array
            if array.dtype.kind in "USO" and is_text(array):
                array = byte_strings(array)
    elif dtype in ("float32", "float64") and type(x) in (int, float):
        return np.array(x, dtype)
    else:
        array = _from_python(x, dtype, argument)
        if dtype is not None and array.dtype.kind in "USO" and is_text(array) and standardize_dtype(dtype) != "string":
            raise TypeError(f"Text is not a number: a tensor of {dtype} cannot be made of {str(x)[:80]!r}.")
    if dtype is not None and NAMES[array.dtype] != dtype:
        wanted = standardize_dtype(dtype)
        array = byte_strings(array) if wanted == "string" else array.astype(wanted, copy=False)
    return array


def cast_array(x, dtype, argument=None):
    """`as_array(x)` cast to `dtype`, where `as_array(x, dtype)` would make numbers of dates and objects too."""
    if hasattr(x, "__array__"):
        x = as_array(x, None, argument)
        if NAMES[x.dtype] == dtype:
            return x
    return as_array(x, dtype, argument)


def _from_python(x, dtype, argument=None):
    if isinstance(x, (list, tuple)) and any(isinstance(item, Tensor) for item in x):
        return np.stack([as_array(item, dtype) for item in x])
    try:
        array = np.asarray(x)
    except ValueError:
        if holds_strings(x):  # text mixed with bytes that NumPy cannot read as text
            return byte_strings(x)
        raise ValueError(
            "A nested list becomes a tensor only if all rows have the same length. "
            f"Received rows of lengths {sorted({len(row) for row in x if hasattr(row, '__len__')})[:5]}."
        ) from None
    if array.dtype.kind in "USO" and holds_strings(x) and _is_text(x):
        return byte_strings(x)
    if array.dtype == object:
        raise ValueError(
            f"Cannot make a tensor of a {type(x).__name__} that holds neither numbers nor strings: {str(x)[:80]}"
        )
    kind = array.dtype.kind
    first = _first(x)
    if kind != "b" and dtype is None and isinstance(first, (bool, np.bool_)):
        raise ValueError(f"A tensor that begins with a truth value cannot hold numbers too. Received: {str(x)[:80]}")
    if kind == "f":  # the first element, if it is a NumPy number, decides the precision
        keeps = isinstance(first, np.floating) and first.dtype in NUMERIC_DTYPES
        return array if dtype is not None else array.astype(first.dtype if keeps else np.float32)
    if kind in "iu" and dtype is None:
        return _int32_if_it_fits(array)
    if kind == "c" and dtype is None and not isinstance(x, complex):
        if not np.iscomplexobj(first):
            raise ValueError(
                f"A tensor that begins with a real number cannot hold complex ones. Received: {str(x)[:80]}"
            )
        return array.astype(np.complex128)
    if kind == "c" and dtype is not None and "complex" not in standardize_dtype(dtype):
        raise UnsupportedDtypeError(array, argument)
    if kind in "US" and not _is_text(x):
        raise ValueError(f"A tensor cannot hold numbers and text side by side. Received: {str(x)[:80]}")
    return array if array.dtype in NUMERIC_DTYPES else supported(array, argument)


def _first(nested):
    """The first element of nested lists, a Python or NumPy value; it decides the tensor's dtype."""
    while isinstance(nested, (list, tuple)) and nested:
        nested = nested[0]
    return nested.flat[0] if isinstance(nested, np.ndarray) and nested.size else nested


def _is_text(x):
    if isinstance(x, (list, tuple)):
        return all(map(_is_text, x))
    return isinstance(x, (str, bytes)) or getattr(getattr(x, "dtype", None), "kind", None) in ("U", "S")


def _int32_if_it_fits(array):
    limits = np.iinfo(np.int32)
    if array.size and (array.max() > limits.max or array.min() < limits.min):
        return array
    return array.astype(np.int32)
