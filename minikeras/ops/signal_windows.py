"""Window functions of signals, as float64 arrays: the weights of the elements of a frame."""

import numpy as np

from minikeras.kernels.window_functions import window_values


def hann(length, periodic=True):
    """½ − ½ cos. Periodic: the next value would be the first (in TensorFlow only for an even length)."""
    return window_values("hann", length, periodic and length % 2 == 0)


def hamming(length, periodic=True):
    """0.54 − 0.46 cos; `periodic` as in `hann`."""
    return window_values("hamming", length, periodic and length % 2 == 0)


def kaiser(length, beta):
    """I₀(β √(1 − t²)) / I₀(β) for t from −1 to 1; the greater β, the narrower."""
    return np.kaiser(length, beta)


def kaiser_bessel_derived(length, beta):
    """√ of the running sum of a Kaiser window, and its mirror image: squares of overlapping halves add up to 1."""
    half = length // 2
    sums = np.cumsum(np.kaiser(half + 1, beta))
    rising = np.sqrt(sums[:-1] / sums[-1])
    return np.concatenate([rising, rising[::-1]])


def vorbis(length):
    """sin(π/2 · sin²(π (n + ½) / length)): squares of overlapping halves add up to 1."""
    positions = (np.arange(length) + 0.5) / length
    return np.sin(np.pi / 2 * np.sin(np.pi * positions) ** 2)


def inverse_of(window, step):
    """The window with which frames that were weighted by `window`, one every `step`, add up to the signal again.

    It is the window, divided by the sum of the squares at each position.
    """
    overlaps = -(-len(window) // step)
    squares = np.pad(window**2, (0, overlaps * step - len(window))).reshape(overlaps, step).sum(axis=0)
    return window / np.tile(squares, overlaps)[: len(window)]
