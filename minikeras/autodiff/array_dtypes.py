"""Which arrays become tensors, by their dtype; others raise an error that explains the fix.

NumPy has dtypes that no layer can compute in: dates, Python objects, records, numbers of 80 bits. NumPy itself would
silently turn most of them into floats, for example dates into nanoseconds since 1970.
"""

import numpy as np

from minikeras.autodiff import byte_strings
from minikeras.autodiff.dtypes import NUMPY_DTYPES
from minikeras.base.extension_dtypes import EXTENSION_DTYPES, use_extension_dtypes

NUMERIC_DTYPES = frozenset(np.dtype(name) for name in NUMPY_DTYPES if name != "string")
"""NumPy's own dtypes for tensors of numbers, in this machine's byte order."""

_ADVICE = {  # the kind of a NumPy dtype: the fix for such an array `x`
    "M": "Dates are not numbers. Subtract a date and divide by a unit, `({x} - {x}.min()) / np.timedelta64(1, 'D')`, "
    "or compute features from them, such as the day of the week.",
    "m": "Divide the time spans by a unit first: `{x} / np.timedelta64(1, 's')`.",
    "O": "Give an array of numbers, `{x}.astype('float32')`, one array for each input, or text alone.",
    "V": "Give numbers that NumPy itself computes in, `{x}.astype('float32')`, or raw bytes as `{x}.view('uint8')`.",
    "T": "Give NumPy's fixed-width text, `{x}.astype('U')`.",
    "f": "Give `{x}.astype('float64')` or 'float32'.",
    "c": "Give `{x}.real` and `{x}.imag`, or `{x}.astype('complex128')` where complex numbers are meant.",
    "U": "Encode text as numbers first: `np.unique({x}, return_inverse=True)[1]` numbers the different values.",
}
_ADVICE["S"] = _ADVICE["U"]
_ADVICE_FOR_FIELDS = "Stack the fields as columns: `np.stack([{x}[name] for name in {x}.dtype.names], axis=-1)`."


class UnsupportedDtypeError(ValueError, TypeError):
    """An array has a dtype that no tensor can have.

    Some functions of TensorFlow raise ValueError and others TypeError, so this is both.

    Args:
        array: the array.
        argument: its role, such as "`x`" or "an input of Add".
    """

    def __init__(self, array, argument=None):
        super().__init__(array, argument)
        self.array = array
        self.argument = argument

    def __str__(self):
        array, argument = self.array, self.argument or "an array"
        found, kind = str(array.dtype), array.dtype.kind
        if kind == "O":
            found = f"{found} (Python objects of type {_types(array)})"
            kind = "U" if byte_strings.is_text(array) else kind
        name = argument.strip("`").split()[-1] if argument.startswith("`") else "x"
        advice = _ADVICE_FOR_FIELDS if array.dtype.names else _ADVICE.get(kind, _ADVICE["V"])
        return (
            f"Cannot convert {argument} to a tensor: expected numbers or booleans. "
            f"Received: dtype {found}, shape {array.shape}. {advice.replace('{x}', name)}"
        )

    def __reduce__(self):
        return type(self), (self.array, self.argument)


def supported(array, argument=None):
    """Convert an array whose dtype is not in `NUMERIC_DTYPES` to one that a tensor can hold.

    Numbers in the other byte order, as in some files, are converted to this machine's. Text stays as it is, and so do
    bfloat16, float8 and int4. The float8 formats that Keras does not have become float32, which represents them.

    Raises:
        UnsupportedDtypeError: no tensor can have this dtype.
    """
    dtype = array.dtype
    if byte_strings.is_text(array):
        return array
    if not dtype.isnative and dtype.newbyteorder("=") in NUMERIC_DTYPES:
        return array.astype(dtype.newbyteorder("="))
    if dtype.name in EXTENSION_DTYPES:
        use_extension_dtypes()
        return array
    if dtype.name.startswith("float8_"):
        return array.astype(np.float32)
    raise UnsupportedDtypeError(array, argument)


def is_text(dtype):
    """Whether arrays of this NumPy dtype hold text."""
    return dtype.kind in "USO"


def _types(array):
    names = sorted({type(item).__name__ for item in array.flat})
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
