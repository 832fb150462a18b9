"""Scales of 8-bit floats, which follow the largest absolute values of the last steps.

Source: Micikevicius et al., "FP8 formats for deep learning", 2022.
"""

from minikeras import ops
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.base.extension_dtypes import dtype_limits


def compute_float8_scale(amax, scale, dtype_max, margin=0):
    """scale = (amax / dtype_max) · 2^margin, which maps the largest value to the largest of the dtype, or below it.

    Args:
        amax: the largest absolute value.
        scale: the current scale, kept where `amax` is 0 or not finite.
        dtype_max: the largest value of the float8 dtype.
        margin: number of bits to keep free.
    """
    amax = ops.convert_to_tensor(amax)
    known = ops.reciprocal(scale)
    factor = (dtype_max / amax) / (2**margin)
    factor = ops.where(amax > 0.0, factor, known)
    factor = ops.where(ops.isfinite(amax), factor, known)
    return ops.reciprocal(factor)


def compute_float8_amax_history(x, amax_history):
    """The history rotated by one entry to the left, with max |x| as its first entry.

    What was first, and is not yet another step's, is last then: a ring of the length of the history.
    """
    amax = ops.cast(ops.max(ops.abs(x)), amax_history.dtype)
    return ops.scatter_update(ops.roll(amax_history, shift=-1), [[0]], ops.reshape(amax, [1]))


def quantize_and_dequantize(inputs, scale, quantized_dtype, compute_dtype):
    """`inputs` as they survive storage as `quantized_dtype`: clip(x / scale) rounded to it, times scale.

    Raises:
        ValueError: `quantized_dtype` is not a dtype of fractions.
    """
    quantized_dtype = standardize_dtype(quantized_dtype)
    if not is_float(quantized_dtype):
        raise ValueError(f"`quantized_dtype` must be a dtype of fractions. Received: {quantized_dtype!r}")
    limit = float(dtype_limits(quantized_dtype).max)
    x = ops.cast(inputs, compute_dtype) / ops.cast(scale, compute_dtype)
    x = ops.cast(ops.clip(x, -limit, limit), quantized_dtype)
    return ops.cast(x, compute_dtype) * ops.cast(scale, compute_dtype)
