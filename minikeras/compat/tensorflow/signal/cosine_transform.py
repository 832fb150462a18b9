"""Discrete cosine transforms, most as products with their matrices, and the modified one of overlapping frames.

With N numbers: type 1: x₀ + (−1)ᵏ x_{N−1} + 2 Σ xₙ cos(πkn / (N−1)); type 2: 2 Σ xₙ cos(πk (2n+1) / 2N);
type 3: x₀ + 2 Σ xₙ cos(π (2k+1) n / 2N); type 4: 2 Σ xₙ cos(π (2k+1)(2n+1) / 4N).
"""

__replay__ = "computes"

from functools import lru_cache

import numpy as np

from minikeras.ops.fourier import rfft
from minikeras.ops.joining import concatenate, split
from minikeras.ops.products import matmul
from minikeras.ops.reordering import flip

LONG = 256  # from here on the Fourier transform is faster: 256 rows of 1024 take 2 ms instead of 5


def dct(x, type=2, norm=None):
    """The cosine transform of a float tensor over its last axis.

    Args:
        type: 1 to 4. Types 2 and 3 are each other's inverse up to a factor, 1 and 4 their own.
        norm: "ortho" makes the matrix orthogonal; not for type 1.

    Raises:
        ValueError: another type or norm.
    """
    if type not in (1, 2, 3, 4):
        raise ValueError(f"`type` of a cosine transform must be 1, 2, 3 or 4. Received: type={type}")
    if norm not in (None, "ortho") or (type == 1 and norm == "ortho"):
        raise ValueError(f"`norm` must be None, or 'ortho' for the types 2, 3 and 4. Received: norm={norm!r}")
    if type == 2 and x.shape[-1] >= LONG:
        return by_fourier(x, norm)
    return matmul(x, kept_matrix(x.shape[-1], type, norm, x.dtype))


def by_fourier(x, norm):
    """Type 2 by the Fourier transform z of the N even elements of x and then the odd ones in reverse order.

    2 · exp(−πik / 2N) · z[k] = y[k] − i · y[N − k].
    (J. Makhoul, "A fast cosine transform in one and two dimensions", 1980)
    """
    count = x.shape[-1]
    real, imaginary = rfft(concatenate([x[..., ::2], flip(x[..., 1::2], -1)], axis=-1))
    angles = np.arange(count // 2 + 1) * (np.pi / (2 * count))
    scale = np.sqrt(2 / count) if norm else 2
    cosines, sines = ((scale * part(angles)).astype(x.dtype) for part in (np.cos, np.sin))
    if norm:
        cosines[0] *= np.sqrt(0.5)
    backwards = (real * sines - imaginary * cosines)[..., 1 : (count + 1) // 2]
    return concatenate([real * cosines + imaginary * sines, flip(backwards, -1)], axis=-1)


@lru_cache(maxsize=16)
def kept_matrix(count, type, norm, dtype):
    """`cosine_matrix` in a dtype, kept for the next call."""
    return cosine_matrix(count, type, norm).astype(dtype)


def cosine_matrix(count, type, norm):
    """The matrix C of `dct`, float64: y[k] = Σ_n x[n] · C[n, k]."""
    n, k = np.arange(count)[:, None], np.arange(count)
    if type == 1:
        matrix = 2 * np.cos(np.pi * n * k / (count - 1))
        matrix[[0, -1]] /= 2
        return matrix
    if type == 4:
        matrix = 2 * np.cos(np.pi * (2 * k + 1) * (2 * n + 1) / (4 * count))
        return matrix * np.sqrt(1 / (2 * count)) if norm else matrix
    if type == 3:
        matrix = cosine_matrix(count, 2, None).T.copy()
        matrix[0] /= 2
        return cosine_matrix(count, 2, "ortho").T if norm else matrix
    matrix = 2 * np.cos(np.pi * k * (2 * n + 1) / (2 * count))
    if norm:
        matrix *= np.sqrt(1 / (2 * count))
        matrix[:, 0] *= np.sqrt(0.5)
    return matrix


def mdct(frames, norm=None):
    """The modified cosine transform (type 4) of frames (…, 2N): N coefficients, of the quarters (−c_r − d, a − b_r).

    A frame is (a, b, c, d), and _r means reversed. Frames that overlap by half, weighted by windows of which the
    squares of overlapping halves add up to 1, are restored by `inverse_mdct`: what was folded in cancels out.
    """
    a, b, c, d = split(frames, 4, axis=-1)
    return dct(concatenate([-flip(c, -1) - d, a - flip(b, -1)], axis=-1), 4, norm)


def inverse_mdct(coefficients, norm=None):
    """The frames (…, 2N), still to be weighted and added where they overlap."""
    n = coefficients.shape[-1]
    first, second = split(dct(coefficients, 4, norm) * (1.0 if norm else 0.5 / n), 2, axis=-1)
    return concatenate([second, -flip(second, -1), -flip(first, -1), -first], axis=-1)
