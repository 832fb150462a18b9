"""Widens bfloat16 to float32 before every op and refuses float8 and int4, so that kernels never meet these dtypes.

    bfloat16      is computed in float32 and the result rounded, as in TensorFlow's CPU kernels
    float8, int4  are formats to store numbers in: ops that only move elements take them, all others refuse

`Op.__call__`, `Op.of` and the tape call this module once there are such tensors (`extension_dtypes.in_use`). An op
whose `forward` is right for elements of any kind, such as Reshape, declares `moves_elements` and gets the arrays as
they are. Gradient rules get float32 for bfloat16 as well; the tape rounds each gradient to its input's dtype anyway.
"""

import numpy as np

from minikeras.autodiff.effects import pure_call
from minikeras.base.extension_dtypes import is_extension

_ARRAYS = (np.ndarray, np.generic)


def computed(op, arrays):
    """`op.forward(*arrays)`, for arrays of any dtypes."""
    if not any(isinstance(x, _ARRAYS) and is_extension(x.dtype) for x in arrays) or op.moves_elements:
        return op.forward(*arrays)
    result = op.forward(*[widened(x, op) for x in arrays])
    if getattr(op, "dtype", None) is not None:
        return result  # in the dtype that is the op's setting
    if any(isinstance(x, _ARRAYS) and x.dtype.kind in "fc" and not is_extension(x.dtype) for x in arrays):
        return result  # bfloat16 together with another float
    if type(result) is tuple:
        return tuple([_rounded(y) for y in result])
    return _rounded(result)


def widened(x, op):
    """An array of bfloat16 as float32; another array, a number or None as it is.

    Raises:
        ValueError: it holds float8 or int4.
    """
    if not isinstance(x, _ARRAYS) or not is_extension(x.dtype):
        return x
    if x.dtype.name != "bfloat16":
        raise ValueError(
            f"{type(op).__name__} does not compute in {x.dtype.name}, a format to store numbers in. "
            f"Received: an array of shape {x.shape}. Use `keras.ops.cast` to bring it to another dtype first."
        )
    return as_float32(x)


def widened_outside_ops(x, op):
    """The same outside of an op, recorded for observers."""
    return pure_call(as_float32, x) if widened(x, op) is not x else x


def as_float32(x):
    """The array as float32."""
    return x.astype(np.float32)


def _rounded(y):
    return y.astype("bfloat16") if isinstance(y, _ARRAYS) and y.dtype == np.float32 else y
