"""Window functions."""

import numpy as np

from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import integers, number
from minikeras.compat.tensorflow.dtypes import as_dtype

__all__ = ["hamming_window", "hann_window", "kaiser_bessel_derived_window", "kaiser_window", "vorbis_window"]


def hann_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """½ − ½ cos. Periodic: what would follow is the first again (in TensorFlow only for an even length)."""
    return _raised_cosine(window_length, periodic, dtype, 0.5, 0.5)


def hamming_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """0.54 − 0.46 cos; `periodic` as in `hann_window`."""
    return _raised_cosine(window_length, periodic, dtype, 0.54, 0.46)


def _raised_cosine(window_length, periodic, dtype, a, b):
    length = integers(window_length)
    if length == 1:
        return Tensor(np.ones(1, as_dtype(dtype).name))
    period = length if periodic and length % 2 == 0 else length - 1
    return Tensor((a - b * np.cos(2 * np.pi * np.arange(length) / period)).astype(as_dtype(dtype).name))


def kaiser_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """I₀(β √(1 − t²)) / I₀(β) for t from −1 to 1; the greater β, the narrower."""
    return Tensor(np.kaiser(integers(window_length), number(beta)).astype(as_dtype(dtype).name))


def kaiser_bessel_derived_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """√ of the running sum of a Kaiser window, and its mirror image: squares of overlapping halves add up to 1."""
    half = integers(window_length) // 2
    sums = np.cumsum(np.kaiser(half + 1, number(beta)))
    rising = np.sqrt(sums[:-1] / sums[-1])
    return Tensor(np.concatenate([rising, rising[::-1]]).astype(as_dtype(dtype).name))


def vorbis_window(window_length, dtype=dtypes.float32, name=None):
    """sin(π/2 · sin²(π (n + ½) / length)): squares of overlapping halves add up to 1."""
    length = integers(window_length)
    places = (np.arange(length) + 0.5) / length
    return Tensor(np.sin(np.pi / 2 * np.sin(np.pi * places) ** 2).astype(as_dtype(dtype).name))
