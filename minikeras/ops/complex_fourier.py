"""Discrete Fourier transforms of complex tensors, over one axis or several.

y[k] = Σ_n x[n] · exp(−2πi · k · n / N)

(`fourier.py` has Keras's transforms, of pairs (real part, imaginary part).)
"""

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Stack
from minikeras.ops.complex_numbers import ViewAsComplex, imag, real
from minikeras.ops.fourier import irfft as irfft_of_pair
from minikeras.ops.fourier import rfft as rfft_to_pair
from minikeras.ops.padding import pad
from minikeras.ops.reordering import roll


class ComplexFourier(Op):
    """The transform over several axes, or its inverse.

    The matrix F of the transform is symmetric, so dx = F* dy: the inverse direction without its factor.
    """

    keeps = ()
    holomorphic = False

    def __init__(self, axes, inverse=False):
        self.axes = tuple(axes)
        self.inverse = inverse

    def forward(self, x):
        return (np.fft.ifftn if self.inverse else np.fft.fftn)(x, axes=self.axes).astype(x.dtype, copy=False)

    def backward(self, call, dy):
        size = float(np.prod([call.input_shapes[0][a] for a in self.axes]))
        return (ComplexFourier(self.axes, not self.inverse).of(dy) * (1.0 / size if self.inverse else size),)

    def output_shape(self, shape):
        return shape


def rfft(x, lengths=None, axes=1):
    """The transform of real values: the frequencies 0 … N/2 of the last axis, and all of the `axes` − 1 before it.

    Args:
        lengths: to which the last axes are truncated or zero-padded; unchanged by default.
    """
    x = x if lengths is None else to_lengths(x, lengths)
    y = ViewAsComplex()(Stack(-1)(rfft_to_pair(x)))
    return ComplexFourier(range(-axes, -1))(y) if axes > 1 else y


def irfft(z, lengths=None, axes=1):
    """The real values whose transform `rfft` gives.

    Args:
        lengths: of the result along the last axes; of the last by default 2 · (number of frequencies − 1).
    """
    length = None
    if lengths is not None:
        *others, length = lengths
        z = to_lengths(z, [*others, length // 2 + 1])
    z = ComplexFourier(range(-axes, -1), inverse=True)(z) if axes > 1 else z
    return irfft_of_pair((real(z), imag(z)), length)


def to_lengths(x, lengths):
    """The last axes cut, or filled with zeros, to these lengths."""
    old = tuple(x.shape[-len(lengths) :])
    x = x[(..., *[slice(None, n) for n in lengths])]
    missing = [(0, max(n - m, 0)) for n, m in zip(lengths, old, strict=True)]
    return pad(x, [(0, 0)] * (len(x.shape) - len(lengths)) + missing) if any(m[1] for m in missing) else x


def fftshift(x, axes=None, inverse=False):
    """The halves of each axis in `axes` (all by default) swapped, to center frequency 0.

    Args:
        inverse: undo it, which differs for an odd length.
    """
    axes = range(len(x.shape)) if axes is None else (axes,) if isinstance(axes, int) else axes
    shifts = [-(x.shape[a] // 2) if inverse else x.shape[a] // 2 for a in axes]
    return roll(x, shifts, list(axes))
