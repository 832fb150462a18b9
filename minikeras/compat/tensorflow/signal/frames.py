"""The parts of spectrograms: signals divided into frames, frames added up to signals, and mel scales."""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.indexing import PutItem
from minikeras.compat.tensorflow.signal.cosine_transform import dct, inverse_mdct, mdct
from minikeras.ops.indexing import take
from minikeras.ops.padding import pad


def positions_of_frames(count, length, step):
    """(count, length) integers: the indices of each frame's elements in the signal."""
    return (np.arange(count) * step)[:, None] + np.arange(length)


def frame(x, length, step, axis=-1, pad_value=None):
    """Frames of `length` elements along `axis`, one every `step`: two axes (frames, length) in its place.

    Args:
        pad_value: a tensor with the value beyond the end, for the last frames; None if they must fit.
    """
    axis = axis % len(x.shape)
    if pad_value is None:
        count = max(0, 1 + (x.shape[axis] - length) // step)
    else:
        count = -(-x.shape[axis] // step)
        missing = max(0, (count - 1) * step + length - x.shape[axis])
        widths = [(0, missing) if i == axis else (0, 0) for i in range(len(x.shape))]
        x = pad(x, widths, constant_values=pad_value)
    return take(x, positions_of_frames(count, length, step), axis=axis)


def shape_of_frames(shape, length, axis):
    """That of `frame`'s result for a signal of unknown length."""
    axis = axis % len(shape)
    return (*shape[:axis], None, length, *shape[axis + 1 :])


def overlap_and_add(frames, step):
    """Frames (…, frames, length) placed every `step` elements, and added where they overlap."""
    *stack, count, length = frames.shape
    return PutItem((..., positions_of_frames(count, length, step)), (*stack, (count - 1) * step + length))(frames)


def mdct_of_frames(x, length, window=None, pad_value=None, norm=None):
    """The modified cosine transforms of frames that overlap by half: (…, frames, length / 2).

    Args:
        window: function of a length that returns the weights; None: √½ for all.
        pad_value: as in `frame`.

    Raises:
        ValueError: `length` is not a multiple of 4.
    """
    if length % 4:
        raise ValueError(f"frame_length must be a multiple of 4. Received: {length}")
    return mdct(_weighted(frame(x, length, length // 2, pad_value=pad_value), window), norm)


def inverse_mdct_of_frames(coefficients, window=None, norm=None):
    """The signal of which these are the transforms, without what the first and last half frame share with nothing."""
    return overlap_and_add(_weighted(inverse_mdct(coefficients, norm), window), coefficients.shape[-1])


def _weighted(frames, window):
    return frames * (float(np.sqrt(0.5)) if window is None else window(frames.shape[-1]))


def mel_weights(mel_bins, spectrogram_bins, sample_rate, lowest_hertz, highest_hertz):
    """(spectrogram bins, mel bins) float64: triangles at equal distances on the mel scale 1127 ln(1 + f / 700)."""
    frequencies = np.linspace(0, sample_rate / 2, spectrogram_bins)
    mels = _mel(frequencies)[1:, None]  # frequency 0 belongs to no bin
    edges = np.linspace(_mel(lowest_hertz), _mel(highest_hertz), mel_bins + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    weights = np.maximum(0, np.minimum((mels - lower) / (centre - lower), (upper - mels) / (upper - centre)))
    return np.pad(weights, ((1, 0), (0, 0)))


def _mel(hertz):
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def cepstral_coefficients(x):
    """Mel-frequency cepstral coefficients: the cosine transform of log mel spectrograms, / √(2 · bins)."""
    return dct(x, 2, None) * (1.0 / float(np.sqrt(x.shape[-1] * 2.0)))


def power_of_two(n):
    """The least power of 2 that is at least n."""
    return 1 << max(0, n - 1).bit_length()
