"""Signals cut into frames, short-time Fourier transforms and the way back, mel scales."""

import numpy as np

from minikeras import ops
from minikeras.autodiff import Tensor
from minikeras.autodiff.basic_ops import PutItem
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import floating, integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.signal.fourier import dct, irfft, rfft
from minikeras.compat.tensorflow.signal.windows import hann_window

__all__ = [
    "frame",
    "inverse_stft",
    "inverse_stft_window_fn",
    "linear_to_mel_weight_matrix",
    "mfccs_from_log_mel_spectrograms",
    "overlap_and_add",
    "stft",
]


def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Frames of `frame_length` elements along `axis`, one every `frame_step`: two axes (frames, length) in its place.

    Args:
        pad_end: whether frames may reach over the end, where `pad_value` stands.
    """
    x = tensor(signal)
    length, step, axis = integers(frame_length), integers(frame_step), integers(axis) % len(x.shape)
    if pad_end:
        count = -(-x.shape[axis] // step)
        missing = max(0, (count - 1) * step + length - x.shape[axis])
        widths = [(0, missing) if i == axis else (0, 0) for i in range(len(x.shape))]
        x = ops.pad(x, widths, constant_values=tensor(pad_value, x.dtype))
    else:
        count = max(0, 1 + (x.shape[axis] - length) // step)
    places = (np.arange(count) * step)[:, None] + np.arange(length)
    return ops.take(x, places, axis=axis)


def overlap_and_add(signal, frame_step, name=None):
    """Frames (…, frames, length) laid every `frame_step` places, and added where they overlap."""
    x, step = tensor(signal), integers(frame_step)
    *stack, count, length = x.shape
    places = (np.arange(count) * step)[:, None] + np.arange(length)
    return PutItem((..., places), (*stack, (count - 1) * step + length))(x)


def stft(signals, frame_length, frame_step, fft_length=None, window_fn=hann_window, pad_end=False, name=None):
    """The short-time Fourier transform: complex frequencies (…, frames, fft_length / 2 + 1).

    Args:
        fft_length: of the transforms; the power of 2 that holds `frame_length` by default.
        window_fn: a function (frame_length, dtype=…) that gives the weights; None for none.
        pad_end: whether frames may reach over the end.
    """
    x = floating(signals)
    length = integers(frame_length)
    frames = frame(x, length, frame_step, pad_end)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=as_dtype(x.dtype))
    return rfft(frames, [_power_of_two(length) if fft_length is None else integers(fft_length)])


def _power_of_two(n):
    return 1 << max(0, n - 1).bit_length()


def inverse_stft(stfts, frame_length, frame_step, fft_length=None, window_fn=hann_window, name=None):
    """The signal whose frames are the inverse transforms, weighted and added where they overlap."""
    z, length = tensor(stfts), integers(frame_length)
    frames = irfft(z, [_power_of_two(length) if fft_length is None else integers(fft_length)])
    frames = frames[..., :length]
    missing = length - frames.shape[-1]
    if missing:
        frames = ops.pad(frames, [(0, 0)] * (len(frames.shape) - 1) + [(0, missing)])
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=as_dtype(frames.dtype))
    return overlap_and_add(frames, frame_step)


def inverse_stft_window_fn(frame_step, forward_window_fn=hann_window, name=None):
    """The function (frame_length, dtype) whose window makes `inverse_stft` undo `stft`.

    It is the forward window, divided by the sum of the squares that fall on each place.
    """

    def window(frame_length, dtype):
        length, step = integers(frame_length), integers(frame_step)
        forward = forward_window_fn(length, dtype=dtype).array
        overlaps = -(-length // step)
        squares = np.pad(forward**2, (0, overlaps * step - length)).reshape(overlaps, step).sum(axis=0)
        return Tensor(forward / np.tile(squares, overlaps)[:length])

    return window


def linear_to_mel_weight_matrix(
    num_mel_bins=20,
    num_spectrogram_bins=129,
    sample_rate=8000,
    lower_edge_hertz=125.0,
    upper_edge_hertz=3800.0,
    dtype=dtypes.float32,
    name=None,
):
    """Weights (spectrogram bins, mel bins): triangles at equal distances on the mel scale 1127 ln(1 + f / 700)."""
    frequencies = np.linspace(0, float(np.asarray(tensor(sample_rate))) / 2, integers(num_spectrogram_bins))
    mels = _mel(frequencies)[1:, None]  # frequency 0 belongs to no bin
    edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), integers(num_mel_bins) + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    weights = np.maximum(0, np.minimum((mels - lower) / (centre - lower), (upper - mels) / (upper - centre)))
    return Tensor(np.pad(weights, ((1, 0), (0, 0))).astype(as_dtype(dtype).name))


def _mel(hertz):
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """Mel-frequency cepstral coefficients: the cosine transform of log mel spectrograms, / √(2 · bins)."""
    x = floating(log_mel_spectrograms)
    return dct(x, type=2) * (1.0 / float(np.sqrt(x.shape[-1] * 2.0)))
