"""Products of matrices of int8, and rows of floats as int8.

sums[i, j] = Σ_k a[i, k] · b[k, j], exact in int32
"""

import numpy as np

_EXACT = 1024  # 1024 products of int8 sum to less than 2^24, which float32 holds exactly


def integer_product(a, b):
    """a @ b of int8 matrices in int32, computed by BLAS in float32, a block of inputs at a time."""
    sums = np.zeros((a.shape[0], b.shape[1]), np.int32)
    for start in range(0, a.shape[1], _EXACT):
        block = slice(start, start + _EXACT)
        sums += (a[:, block].astype(np.float32) @ b[block].astype(np.float32)).astype(np.int32)
    return sums


def quantized_rows(x, value_range, epsilon):
    """(q, scale) of each row of x (…, n):  scale = high / (max |x| + epsilon),  q = clip(round(x · scale))."""
    low, high = value_range
    largest = np.max(np.abs(x), axis=-1, keepdims=True)
    scale = np.float32(high) / (largest + np.float32(epsilon))
    return np.clip(np.rint(x * scale), low, high).astype(np.int8), scale
