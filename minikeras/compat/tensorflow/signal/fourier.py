"""`tf.signal.fft`, `rfft`, `dct` and related functions. (Formulas: `ops/complex_fourier.py`, `cosine_transform.py`.)"""

import numpy as np

from minikeras import ops
from minikeras.compat.tensorflow.conversion import axes as as_axes
from minikeras.compat.tensorflow.conversion import floating, integers, tensor
from minikeras.compat.tensorflow.signal import cosine_transform
from minikeras.ops import complex_fourier
from minikeras.ops.complex_fourier import ComplexFourier, to_lengths

__all__ = [
    "dct",
    "fft",
    "fft2d",
    "fft3d",
    "fftshift",
    "idct",
    "ifft",
    "ifft2d",
    "ifft3d",
    "ifftshift",
    "irfft",
    "irfft2d",
    "irfft3d",
    "rfft",
    "rfft2d",
    "rfft3d",
]


def _complex(x):
    x = tensor(x)
    return x if "complex" in x.dtype else ops.cast(x, "complex128" if x.dtype == "float64" else "complex64")


def fft(input, name=None):
    """The transform over the last axis."""
    return ComplexFourier((-1,))(_complex(input))


def ifft(input, name=None):
    """The inverse transform over the last axis."""
    return ComplexFourier((-1,), inverse=True)(_complex(input))


def fft2d(input, name=None):
    """The transform over the last two axes."""
    return ComplexFourier((-2, -1))(_complex(input))


def ifft2d(input, name=None):
    """The inverse transform over the last two axes."""
    return ComplexFourier((-2, -1), inverse=True)(_complex(input))


def fft3d(input, name=None):
    """The transform over the last three axes."""
    return ComplexFourier((-3, -2, -1))(_complex(input))


def ifft3d(input, name=None):
    """The inverse transform over the last three axes."""
    return ComplexFourier((-3, -2, -1), inverse=True)(_complex(input))


def rfft(input_tensor, fft_length=None, name=None):
    """The transform of real values over the last axis: the frequencies 0 … N/2.

    Args:
        fft_length: [N], the length to which the axis is cropped or zero-padded; by default its own.
    """
    return _real_transform(input_tensor, fft_length, 1)


def rfft2d(input_tensor, fft_length=None, name=None):
    """`rfft` over the last axis, and the transform over the one before it."""
    return _real_transform(input_tensor, fft_length, 2)


def rfft3d(input_tensor, fft_length=None, name=None):
    """`rfft` over the last axis, and the transform over the two before it."""
    return _real_transform(input_tensor, fft_length, 3)


def _real_transform(x, fft_length, count):
    return complex_fourier.rfft(floating(x), _lengths(fft_length), count)


def _lengths(fft_length):
    return None if fft_length is None else np.atleast_1d(integers(fft_length)).tolist()


def irfft(input_tensor, fft_length=None, name=None):
    """The real values whose transform over the last axis has the given frequencies 0 … N/2.

    Args:
        fft_length: [N], by default 2 · (number of frequencies − 1).
    """
    return _inverse_real_transform(input_tensor, fft_length, 1)


def irfft2d(input_tensor, fft_length=None, name=None):
    """`irfft` over the last axis, after the inverse transform over the one before it."""
    return _inverse_real_transform(input_tensor, fft_length, 2)


def irfft3d(input_tensor, fft_length=None, name=None):
    """`irfft` over the last axis, after the inverse transform over the two before it."""
    return _inverse_real_transform(input_tensor, fft_length, 3)


def _inverse_real_transform(z, fft_length, count):
    return complex_fourier.irfft(_complex(z), _lengths(fft_length), count)


def fftshift(x, axes=None, name=None):
    """The halves of each axis in `axes` (all by default) exchanged, so that frequency 0 is in the middle."""
    return complex_fourier.fftshift(tensor(x), as_axes(axes))


def ifftshift(x, axes=None, name=None):
    """The inverse of `fftshift`."""
    return complex_fourier.fftshift(tensor(x), as_axes(axes), inverse=True)


def dct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The cosine transform over the last axis.

    Args:
        n: the length to which the axis is cropped or zero-padded; not for type 1.
        axis: only −1, as in TensorFlow.
        norm: "ortho" makes the matrix orthogonal; not for type 1.
    """
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    x = floating(input)
    return cosine_transform.dct(x if n is None else to_lengths(x, [integers(n)]), type, norm)


def idct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The inverse of `dct` up to a factor: types 2 and 3 are each other's inverses, 1 and 4 their own.

    Without norm="ortho", idct(dct(x)) = 2N · x (2 (N − 1) · x for type 1).
    """
    return dct(input, {1: 1, 2: 3, 3: 2, 4: 4}[type], n, axis, norm)
