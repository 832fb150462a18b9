"""Discrete Fourier transforms. Complex tensors are pairs (real part, imaginary part), as everywhere in Keras.

y[k] = Σ_n x[n] · exp(−2πi · k · n / N)
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float, is_float
from minikeras.autodiff.indexing import GetItem, PutItem
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.tensor import Tensor
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.indexing import take
from minikeras.ops.padding import Pad, pad
from minikeras.ops.signal_windows import hamming, hann


class OnPair(Op):
    """Base class of ops on one complex tensor, given as the pair (real part, imaginary part)."""

    keeps = ()

    def __call__(self, x):
        if not isinstance(x, (tuple, list)) or len(x) != 2:
            raise ValueError(
                f"Input should be a tuple of two tensors, parts of a complex one. Received: {type(x).__name__}"
            )
        if any(isinstance(part, KerasTensor) for part in x):
            self.check(*[tuple(part.shape) for part in x])
            return self.symbolic_call(tuple(x))
        parts = [convert_to_tensor(part) for part in x]
        if not all(is_float(part.dtype) for part in parts):
            raise ValueError(
                f"Both parts of a complex tensor must hold floats. Received: {' and '.join(p.dtype for p in parts)}. "
                "Cast them by `ops.cast` first."
            )
        return super().__call__(*parts)

    call = __call__

    axes = (-1,)
    needs_lengths = False

    @property
    def least_rank(self):
        return len(self.axes)

    def check(self, real, imaginary):
        """Raise ValueError unless the shapes of both parts are equal, and have the axes of the transform."""
        if real != imaginary:
            raise ValueError(f"Real and imaginary part should have the same shape. Received: {real} and {imaginary}")
        if len(real) < self.least_rank:
            raise ValueError(f"Input should have rank >= {self.least_rank}. Received: shape={real}")
        if self.needs_lengths and None in real[-len(self.axes) :]:
            raise ValueError(f"Input should have its axes {self.axes} fully-defined. Received: shape={real}")

    def of(self, real, imaginary):
        """Apply to the two parts, arrays or Tensors."""
        if isinstance(real, Tensor) or isinstance(imaginary, Tensor):
            return self((real, imaginary))
        return self.forward(real, imaginary)


def complex_of(real, imaginary):
    """The complex array of both parts, in half the time of real + 1j · imaginary."""
    z = np.empty(real.shape, np.result_type(real.dtype, np.complex64))
    z.real, z.imag = real, imaginary
    return z


class Fourier(OnPair):
    """Base class of complex transforms over the last axes.

    A transform's matrix F is symmetric, so the gradient of y = F x is dx = F* dy: the transform in the other direction,
    without its factor.
    """

    inverse = False
    needs_lengths = True

    def transform(self, z):
        """The transform of a complex array."""
        return np.fft.ifftn(z, axes=self.axes) if self.inverse else np.fft.fftn(z, axes=self.axes)

    def forward(self, real, imaginary):
        real, imaginary = as_float(real), as_float(imaginary)
        self.check(real.shape, imaginary.shape)
        z = self.transform(complex_of(real, imaginary))
        return z.real.astype(real.dtype), z.imag.astype(real.dtype)

    def backward(self, call, dreal, dimaginary):
        size = int(np.prod([call.input_shapes[0][a] for a in self.axes]))
        factor = 1.0 / size if self.inverse else float(size)
        real, imaginary = self.adjoint().of(dreal, dimaginary)
        return real * factor, imaginary * factor

    def adjoint(self):
        """The transform in the other direction."""
        raise NotImplementedError

    def compute_output_spec(self, x):
        real, imaginary = x
        return KerasTensor(real.shape, real.dtype), KerasTensor(imaginary.shape, imaginary.dtype)


class FFT(Fourier):
    """The transform over the last axis."""

    def adjoint(self):
        return IFFT()


class IFFT(Fourier):
    """The inverse transform over the last axis."""

    inverse = True

    def adjoint(self):
        return FFT()


class FFT2(Fourier):
    """The transform over the last two axes."""

    axes = (-2, -1)

    def adjoint(self):
        return IFFT2()


class IFFT2(Fourier):
    """The inverse transform over the last two axes."""

    axes = (-2, -1)
    inverse = True

    def adjoint(self):
        return FFT2()


def fft(x):
    """The Fourier transform over the last axis of a pair (real part, imaginary part): such a pair."""
    return FFT()(x)


def fft2(x):
    """The Fourier transform over the last two axes of a pair (real part, imaginary part): such a pair."""
    return FFT2()(x)


def ifft2(x):
    """The inverse Fourier transform over the last two axes of a pair (real part, imaginary part): such a pair."""
    return IFFT2()(x)


def middle_weights(count, length, weight, dtype):
    """`weight` for frequencies that represent their negative too; 1 for the first, and the last if `length` is even."""
    weights = np.full(count, weight, dtype)
    weights[0] = 1
    if length % 2 == 0:
        weights[-1] = 1
    return weights


class RFFT(Op):
    """The transform of real values over the last axis: the frequencies 0 … N/2 as two outputs.

    dx = N · irfft(dy), where the frequencies in the middle are halved, since `irfft` uses them twice.

    Args:
        fft_length: N, to which x is truncated or zero-padded; its own length by default.
    """

    keeps = ()

    def __init__(self, fft_length=None):
        self.fft_length = fft_length

    def forward(self, x):
        _check_no_scalar(x)
        x = as_float(x)
        z = np.fft.rfft(x, n=self.fft_length)
        return z.real.astype(x.dtype), z.imag.astype(x.dtype)

    def backward(self, call, dreal, dimaginary):
        length = call.input_shapes[0][-1]
        n = self.fft_length or length
        weights = middle_weights(dreal.shape[-1], n, 0.5, dreal.dtype) * n
        dx = IRFFT(n).of(dreal * weights, dimaginary * weights)
        return (to_length(dx, length),)

    def compute_output_spec(self, x):
        _check_no_scalar(x)
        n = self.fft_length or x.shape[-1]
        shape = (*x.shape[:-1], None if n is None else n // 2 + 1)
        return KerasTensor(shape, x.dtype), KerasTensor(shape, x.dtype)


def _check_no_scalar(x):
    if not x.shape:
        raise ValueError("Input should have rank >= 1. Received: a scalar")


class IRFFT(OnPair):
    """The real values whose transform has the given frequencies 0 … N/2.

    dz = rfft(dy) / N, where the frequencies in the middle are doubled, since they also represent their negative.

    Args:
        fft_length: N, by default 2 · (number of frequencies − 1).
    """

    def __init__(self, fft_length=None):
        self.fft_length = fft_length

    def forward(self, real, imaginary):
        real, imaginary = as_float(real), as_float(imaginary)
        self.check(real.shape, imaginary.shape)
        return np.fft.irfft(complex_of(real, imaginary), n=self.fft_length).astype(real.dtype, copy=False)

    def backward(self, call, dy):
        count = call.input_shapes[0][-1]
        n = dy.shape[-1]
        real, imaginary = RFFT().of(dy)
        weights = middle_weights(real.shape[-1], n, 2.0, dy.dtype) / n
        return to_length(real * weights, count), to_length(imaginary * weights, count)

    def compute_output_spec(self, x):
        real, _ = x
        n = self.fft_length
        if n is None and real.shape[-1] is not None:
            n = 2 * (real.shape[-1] - 1)
        return KerasTensor((*real.shape[:-1], n), real.dtype)


def to_length(x, length):
    """The last axis truncated or zero-padded to `length`; for arrays and Tensors."""
    missing = length - x.shape[-1]
    if missing <= 0:
        return x if missing == 0 else GetItem((..., slice(None, length))).of(x)
    return Pad([(0, 0)] * (len(x.shape) - 1) + [(0, missing)]).of(x)


def rfft(x, fft_length=None):
    """The Fourier transform of real numbers over the last axis: a pair with the frequencies 0 … N/2.

    Args:
        fft_length: N, to which x is truncated or zero-padded; its own length by default.
    """
    return RFFT(fft_length)(x)


def irfft(x, fft_length=None):
    """The real values whose transform has the frequencies 0 … N/2 of a pair (real part, imaginary part).

    Args:
        fft_length: N, by default 2 · (number of frequencies − 1).
    """
    return IRFFT(fft_length)(x)


def _holds_a_window(x, sequence_length, sequence_stride):
    """Refuse a symbolic tensor that is shorter than a window."""
    if x.shape and x.shape[-1] is not None and x.shape[-1] < sequence_length:
        raise ValueError(f"A sequence of length {x.shape[-1]} has no window of sequence_length={sequence_length}.")


@composed(check_symbolic=_holds_a_window)
def extract_sequences(x, sequence_length, sequence_stride):
    """Windows of `sequence_length` elements of the last axis, one every `sequence_stride`: (…, windows, length)."""
    x = convert_to_tensor(x)
    if not x.shape:
        raise ValueError("Input should have rank >= 1. Received: a scalar")
    length = x.shape[-1]
    _check_lengths(sequence_length, sequence_length, sequence_stride)
    if isinstance(x, KerasTensor):
        count = None if length is None else len(range(0, length - sequence_length + 1, sequence_stride))
        return KerasTensor((*x.shape[:-1], count, sequence_length), x.dtype)
    starts = np.arange(0, length - sequence_length + 1, sequence_stride)
    return take(x, starts[:, None] + np.arange(sequence_length), axis=-1)


def window_of(window, sequence_length, fft_length, dtype):
    """The window's values, zero-padded on both sides to `fft_length`.

    Args:
        window: "hann", "hamming", a tensor (sequence_length,), or None for ones everywhere.
    """
    if window is None:
        return np.ones(fft_length, dtype)
    if isinstance(window, str):
        makers = {"hann": hann, "hamming": hamming}
        if window not in makers:
            raise ValueError(
                f"If a string is passed to `window`, it is 'hann' or 'hamming'. Received: window={window!r}"
            )
        numbers = makers[window](sequence_length)
    else:
        numbers = convert_to_tensor(window).array
        if numbers.shape != (sequence_length,):
            raise ValueError(f"The shape of `window` must be ({sequence_length},). Received: {numbers.shape}")
    before = (fft_length - sequence_length) // 2
    return np.pad(numbers, (before, fft_length - sequence_length - before)).astype(dtype)


@composed(name="STFT")
def stft(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """The short-time Fourier transform of the last axis: a pair of tensors (…, windows, fft_length/2 + 1).

    Args:
        sequence_length: the number of elements of each window.
        sequence_stride: the distance from one window to the next.
        fft_length: length of the transforms; windows are zero-padded to it.
        window: "hann", "hamming", a tensor (sequence_length,), or None for no weights.
        center: whether x is mirrored at its ends, so that the k-th window is centred at k · sequence_stride.
    """
    x = convert_to_tensor(x)
    if not isinstance(x, KerasTensor) and x.dtype not in ("float32", "float64"):
        raise TypeError(f"Invalid input type. Expected `float32` or `float64`. Received: dtype={x.dtype}")
    _check_lengths(sequence_length, fft_length, sequence_stride)
    if center:
        x = pad(x, [(0, 0)] * (len(x.shape) - 1) + [(fft_length // 2, fft_length // 2)], mode="reflect")
    windows = extract_sequences(x, fft_length, sequence_stride)
    if isinstance(windows, KerasTensor):
        return RFFT()(windows)
    return RFFT()(windows * window_of(window, sequence_length, fft_length, x.dtype))


@composed(name="ISTFT")
def istft(x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True):
    """The signal of a short-time Fourier transform, a pair (real part, imaginary part): the inverse of `stft`.

    Windows are weighted again and added, and divided by the sum of the squared weights of all windows that overlap at
    each position. (Beyond the first and last window too, as in TensorFlow: without `center`, the ends are too small.)
    Without weights (`window=None`) they are only added.

    Args:
        length: of the signal, if known; the transform does not determine how much of the last window there was.
        sequence_length, sequence_stride, fft_length, window, center: as for `stft`.
    """
    _check_lengths(sequence_length, fft_length, sequence_stride)
    frames = IRFFT(fft_length)(x)
    if len(frames.shape) < 2:
        raise ValueError(f"`istft` needs two axes, windows and frequencies. Received: shape={tuple(x[0].shape)}")
    if isinstance(frames, KerasTensor):
        count = frames.shape[-2]
        total_length = None if count is None else (count - 1) * sequence_stride + fft_length
        if length is None and total_length is not None:
            length = len(range(total_length)[_signal_part(total_length, fft_length, None, center)])
        return KerasTensor((*frames.shape[:-2], length), frames.dtype)
    weights = window_of(window, sequence_length, fft_length, frames.dtype)
    if window is not None:
        weights = _inverse_window(weights, sequence_stride)
    count = frames.shape[-2]
    total_length = (count - 1) * sequence_stride + fft_length
    positions = (np.arange(count) * sequence_stride)[:, None] + np.arange(fft_length)
    stack = frames.shape[:-2]
    signal = PutItem((..., positions), (*stack, total_length))(frames * weights)
    return GetItem((..., _signal_part(total_length, fft_length, length, center)))(signal)


def _inverse_window(weights, stride):
    """The weights w[i] divided by Σ w[j]² over all j that differ from i by a multiple of `stride`."""
    overlaps = -(-len(weights) // stride)
    squares = np.pad(weights * weights, (0, overlaps * stride - len(weights)))
    total = np.tile(squares.reshape(overlaps, stride).sum(axis=0), overlaps)[: len(weights)]
    return weights / np.where(total > 0, total, 1).astype(weights.dtype)


def _signal_part(total_length, fft_length, length, center):
    """The part of the windows' range that is the signal."""
    start = fft_length // 2 if center else 0
    return slice(start, total_length - start if length is None else start + length)


def _check_lengths(sequence_length, fft_length, sequence_stride):
    for name, length in (("sequence_length", sequence_length), ("sequence_stride", sequence_stride)):
        if not isinstance(length, (int, np.integer)) or length < 1:
            raise ValueError(f"`{name}` must be a positive integer. Received: {name}={length}")
    if not 1 <= sequence_length <= fft_length:
        raise ValueError(
            f"`fft_length` must equal or exceed `sequence_length`. Received: sequence_length={sequence_length}, "
            f"fft_length={fft_length}"
        )
