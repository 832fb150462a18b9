"""Discrete Fourier and cosine transforms, on complex tensors.

y[k] = Σ_n x[n] · exp(−2πi · k · n / N)
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff.operation import Op
from minikeras.compat.tensorflow.conversion import axes as as_axes
from minikeras.compat.tensorflow.conversion import floating, integers, tensor

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


class Fourier(Op):
    """The transform over several axes, or its inverse.

    The matrix F of the transform is symmetric, so dx = F* dy: the transform in the other direction, without its factor.
    """

    keeps = ()
    holomorphic = False

    def __init__(self, axes, inverse=False):
        self.axes = tuple(axes)
        self.inverse = inverse

    def forward(self, x):
        return (np.fft.ifftn if self.inverse else np.fft.fftn)(x, axes=self.axes).astype(x.dtype)

    def backward(self, call, dy):
        size = float(np.prod([call.input_shapes[0][a] for a in self.axes]))
        return (Fourier(self.axes, not self.inverse).of(dy) * (1.0 / size if self.inverse else size),)

    def output_shape(self, shape):
        return shape


def _complex(x):
    x = tensor(x)
    return x if "complex" in x.dtype else ops.cast(x, "complex128" if x.dtype == "float64" else "complex64")


def fft(input, name=None):
    """The transform over the last axis."""
    return Fourier((-1,))(_complex(input))


def ifft(input, name=None):
    """The inverse transform over the last axis."""
    return Fourier((-1,), inverse=True)(_complex(input))


def fft2d(input, name=None):
    """The transform over the last two axes."""
    return Fourier((-2, -1))(_complex(input))


def ifft2d(input, name=None):
    """The inverse transform over the last two axes."""
    return Fourier((-2, -1), inverse=True)(_complex(input))


def fft3d(input, name=None):
    """The transform over the last three axes."""
    return Fourier((-3, -2, -1))(_complex(input))


def ifft3d(input, name=None):
    """The inverse transform over the last three axes."""
    return Fourier((-3, -2, -1), inverse=True)(_complex(input))


def rfft(input_tensor, fft_length=None, name=None):
    """The transform of real numbers over the last axis: the frequencies 0 … N/2.

    Args:
        fft_length: [N], to which the axis is cut or filled with zeros; its own length by default.
    """
    return _real_transform(input_tensor, fft_length, 1)


def rfft2d(input_tensor, fft_length=None, name=None):
    """`rfft` over the last axis, and the transform over the one before it."""
    return _real_transform(input_tensor, fft_length, 2)


def rfft3d(input_tensor, fft_length=None, name=None):
    """`rfft` over the last axis, and the transform over the two before it."""
    return _real_transform(input_tensor, fft_length, 3)


def _real_transform(x, fft_length, count):
    x = floating(x)
    if fft_length is not None:
        x = _to_lengths(x, np.atleast_1d(integers(fft_length)).tolist())
    y = ops.view_as_complex(ops.stack(ops.rfft(x), axis=-1))
    return Fourier(range(-count, -1))(y) if count > 1 else y


def _to_lengths(x, lengths):
    """The last axes cut, or filled with zeros, to these lengths."""
    old = tuple(x.shape[-len(lengths) :])
    x = x[(..., *[slice(None, n) for n in lengths])]
    missing = [(0, max(n - m, 0)) for n, m in zip(lengths, old, strict=True)]
    return ops.pad(x, [(0, 0)] * (len(x.shape) - len(lengths)) + missing) if any(m[1] for m in missing) else x


def irfft(input_tensor, fft_length=None, name=None):
    """The real numbers whose transform over the last axis has the given frequencies 0 … N/2.

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
    z = _complex(z)
    length = None
    if fft_length is not None:
        *others, length = np.atleast_1d(integers(fft_length)).tolist()
        z = _to_lengths(z, [*others, length // 2 + 1])
    z = Fourier(range(-count, -1), inverse=True)(z) if count > 1 else z
    return ops.irfft((ops.real(z), ops.imag(z)), length)


def fftshift(x, axes=None, name=None):
    """The halves of each axis in `axes` (all by default) exchanged, so that frequency 0 comes to the middle."""
    return _shifted(x, axes, lambda n: n // 2)


def ifftshift(x, axes=None, name=None):
    """The way back from `fftshift`."""
    return _shifted(x, axes, lambda n: -(n // 2))


def _shifted(x, axes, places):
    x = tensor(x)
    axes = as_axes(axes)
    axes = range(len(x.shape)) if axes is None else (axes,) if isinstance(axes, int) else axes
    return ops.roll(x, [places(x.shape[a]) for a in axes], list(axes))


# --- cosine transforms ------------------------------------------------------------------------------------------------


def dct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The cosine transform over the last axis, as a product with its matrix.

    With N numbers: type 1: x₀ + (−1)ᵏ x_{N−1} + 2 Σ xₙ cos(πkn / (N−1)); type 2: 2 Σ xₙ cos(πk (2n+1) / 2N);
    type 3: x₀ + 2 Σ xₙ cos(π (2k+1) n / 2N); type 4: 2 Σ xₙ cos(π (2k+1)(2n+1) / 4N).

    Args:
        n: to which length the axis is cut or filled with zeros; not for type 1.
        axis: only −1, as in TensorFlow.
        norm: "ortho" makes the matrix orthogonal; not for type 1.
    """
    _check_cosine_arguments(type, axis, norm)
    x = floating(input)
    x = x if n is None else _to_lengths(x, [integers(n)])
    return ops.matmul(x[..., None, :], cosine_matrix(x.shape[-1], type, norm).astype(x.dtype))[..., 0, :]


def idct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The way back from `dct` up to a factor: types 2 and 3 are each other's, 1 and 4 their own.

    Without norm="ortho", idct(dct(x)) = 2N · x (2 (N − 1) · x for type 1).
    """
    return dct(input, {1: 1, 2: 3, 3: 2, 4: 4}[type], n, axis, norm)


def _check_cosine_arguments(type, axis, norm):
    if type not in (1, 2, 3, 4):
        raise ValueError(f"Types I, II, III and IV (I)DCT are supported. Received: type={type}")
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if norm not in (None, "ortho") or (type == 1 and norm == "ortho"):
        raise ValueError(f"`norm` must be None, or 'ortho' for the types 2, 3 and 4. Received: norm={norm!r}")


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
