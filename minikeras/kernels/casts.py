"""Casts between float32 and float16: NumPy's own, or for large arrays formulas on their bits."""

import numpy as np

from minikeras.kernels.registry import compiles
from minikeras.kernels.rounding_formulas import float16_bits_chunks, from_float16_bits_chunks
from minikeras.kernels.tasks import LARGE, should_use_jobs


def to_float16(x):
    """x.astype("float16"), of float32: 256×1024 take 0.1 ms instead of 0.6."""
    if should_use_jobs(x):
        return float16_bits_chunks(x).view(np.int32).astype(np.uint16).view(np.float16)
    return x.astype(np.float16)


def from_float16(x):
    """x.astype("float32"), of float16: 256×1024 take 0.1 ms instead of 0.35."""
    if x.size >= LARGE and x.dtype.isnative and compiles(x):
        return from_float16_bits_chunks(x.view(np.uint16).astype(np.int32).view(np.float32))
    return x.astype(np.float32)
