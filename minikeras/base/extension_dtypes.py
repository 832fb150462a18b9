"""bfloat16, float8 and int4: dtypes that the package `ml_dtypes`, also used by JAX and TensorFlow, adds to NumPy.

                  bits: sign, exponent, mantissa     largest      1 is followed by
    bfloat16      1, 8, 7    (half a float32)        3.4 · 10³⁸   1 + 2⁻⁷
    float8_e4m3fn 1, 4, 3    (no infinity)           448          1 + 2⁻³
    float8_e5m2   1, 5, 2                            57344        1 + 2⁻²
    int4          a byte each in NumPy               7

Kernels and formulas are written for NumPy's own dtypes. Some of NumPy's functions would read the others as raw bytes,
some compute and round after every addition, some raise errors. So none of them gets such arrays: every op goes through
`autodiff/widening.py`, which computes bfloat16 in float32 and rounds the result.

`ml_dtypes` is imported, and `in_use` becomes true, on first use: until then no widening is needed, and
`import minikeras` saves 4 ms.
"""

__replay__ = "computes"

from functools import partial

import numpy as np

from minikeras.base.optional_packages import optional_module

EXTENSION_DTYPES = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4")
FLOAT8_DTYPES = ("float8_e4m3fn", "float8_e5m2")

in_use = False
"""Whether there may be tensors of these dtypes in this process."""

_ml_dtypes = partial(optional_module, "ml_dtypes", "A dtype such as bfloat16")
_FIRST_EXTENSION = 256  # NumPy numbers the dtypes of other packages from here


def use_extension_dtypes():
    """Import `ml_dtypes`, so that NumPy knows these dtypes, and enable widening in ops."""
    global in_use
    if not in_use:
        _ml_dtypes()
        in_use = True


def is_extension(dtype):
    """Whether a NumPy dtype is from another package. (float8_e5m2 has the kind "f" of NumPy's own floats.)"""
    return dtype.num >= _FIRST_EXTENSION


def dtype_limits(dtype):
    """`np.finfo` or `np.iinfo` of a dtype, given by its name or as NumPy's, for these dtypes too."""
    dtype = np.dtype(dtype)
    if is_extension(dtype):
        return _ml_dtypes().iinfo(dtype) if "int" in dtype.name else _ml_dtypes().finfo(dtype)
    return np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype)
