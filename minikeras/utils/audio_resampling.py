"""Audio resampled to another number of samples per second."""

import math

import numpy as np

ZERO_CROSSINGS = 16  # of the sinc on each side: 0.1 dB up to 90 % of the lower rate's band
MAX_WEIGHTS = 1 << 22  # in memory at a time


def resample(audio, rate, new_rate):
    """(length · new_rate / rate rounded up, channels) from (length, channels): a windowed sinc interpolates.

    y[i] = Σ_k x[k] · sinc(c (t − k)) · c · cos²(π (t − k) / 2r),  t = i · rate / new_rate,  |t − k| < r

    c = min(1, new_rate / rate) limits the band, so that nothing above half the new rate is mirrored.
    """
    if rate == new_rate:
        return audio
    cutoff = min(1.0, new_rate / rate)
    reach = ZERO_CROSSINGS / cutoff
    offsets = np.arange(-math.ceil(reach), math.ceil(reach) + 1)
    outputs = -(-len(audio) * new_rate // rate)
    y = np.empty((outputs, audio.shape[1]), np.float32)
    padded = np.pad(audio, ((len(offsets), len(offsets)), (0, 0)))
    step = max(1, MAX_WEIGHTS // len(offsets))
    for start in range(0, outputs, step):
        place = np.arange(start, min(start + step, outputs)) * (rate / new_rate)
        nearest = np.floor(place).astype(int)
        distance = place[:, None] - (nearest[:, None] + offsets)
        window = np.where(np.abs(distance) < reach, np.cos(np.pi * distance / (2 * reach)) ** 2, 0)
        weights = (cutoff * np.sinc(cutoff * distance) * window).astype(np.float32)
        inputs = padded[nearest[:, None] + offsets + len(offsets)]
        y[start : start + len(place)] = np.einsum("ik,ikc->ic", weights, inputs)
    return y
