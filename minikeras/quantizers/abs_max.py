"""Quantizes floats by the largest absolute value along an axis, or by the range of each group of rows."""

import math

import numpy as np

from minikeras import ops
from minikeras.autodiff.state import stop_recording
from minikeras.autodiff.tensor import Tensor, as_array


def abs_max_quantize(inputs, axis, value_range=(-127, 127), dtype="int8", epsilon=1e-7, to_numpy=False):
    """q = clip(round(x · scale)), scale = value_range[1] / (max |x| + epsilon), the maximum taken along `axis`.

    Then x ≈ q / scale.

    Args:
        inputs: array or tensor.
        axis: axis or axes of the maximum; all if None.
        value_range: (smallest, largest) integer.
        dtype: of the integers.
        epsilon: keeps the scale of zeros finite.
        to_numpy: compute outside of any tape.

    Returns:
        (q, scale); scale has the axes of `inputs`, of length 1 where the maximum was taken, and its dtype.
    """
    if to_numpy:
        with stop_recording():
            return abs_max_quantize(as_array(inputs), axis, value_range, dtype, epsilon)
    x = ops.convert_to_tensor(inputs)
    scale = value_range[1] / (ops.max(ops.abs(x), axis=axis, keepdims=True) + epsilon)
    scale = ops.cast(scale, x.dtype)
    return ops.cast(ops.clip(ops.round(x * scale), *value_range), dtype), scale


def abs_max_quantize_grouped_with_zero_point(
    inputs, block_size, value_range=(-8, 7), dtype="int8", epsilon=1e-7, to_numpy=False
):
    """q = clip(round(x / scale) + zero) with a scale and a zero for each group of rows in each column.

        scale = (max x − min x + epsilon) / (high − low),    zero = clip(round(−min x / scale) + low)

    Then x ≈ (q − zero) · scale. A shorter last group is treated as if filled up with zeros (if it is the only group,
    with `to_numpy` only), and a group of equal values as if its range were 1 below to 1 above them. q is clipped to
    `value_range`. As in Keras, zero is clipped to (low, high), the widest range of n-bit integers, for any n, that fits
    into `value_range`: (−64, 63) for (−127, 127).

    Args:
        inputs: (rows, columns).
        block_size: the number of rows of a group, positive.
        value_range, dtype, epsilon, to_numpy: see `abs_max_quantize`.

    Returns:
        (q, scale, zero); q has the shape of `inputs`, the others are (groups, columns), zero of dtype int8.

    Raises:
        ValueError: `inputs` does not have two axes, or `block_size` is not positive.
    """
    x = as_array(inputs)
    if x.ndim != 2 or block_size < 1:
        raise ValueError(
            "Groups of rows are those of a matrix, and have a positive `block_size`. Received: "
            f"inputs.shape={x.shape}, block_size={block_size}"
        )
    half = 2 ** (int(math.log2(value_range[1] - value_range[0] + 1)) - 1)
    low, high = -half, half - 1
    rows, columns = x.shape
    # One row of zeros is as good as many: a config may ask for groups of 10¹² rows.
    block_size = min(block_size, rows + 1 if to_numpy else max(rows, 1))
    groups = -(-rows // block_size)
    padded = np.zeros((groups * block_size, columns), x.dtype)
    padded[:rows] = x
    padded = padded.reshape(groups, block_size, columns)
    smallest, largest = padded.min(axis=1, keepdims=True), padded.max(axis=1, keepdims=True)
    constant = largest == smallest
    one = x.dtype.type(1)
    smallest, largest = np.where(constant, smallest - one, smallest), np.where(constant, largest + one, largest)
    scale = ((largest - smallest + x.dtype.type(epsilon)) / x.dtype.type(high - low)).astype(x.dtype)
    zero = np.clip(np.round(-smallest / scale) + low, low, high)
    q = np.clip(np.round(padded / scale) + zero, *value_range).reshape(-1, columns)[:rows]
    return Tensor(q.astype(dtype)), Tensor(scale[:, 0]), Tensor(zero[:, 0].astype("int8"))
