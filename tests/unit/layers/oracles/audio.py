"""MelSpectrogram and STFTSpectrogram, by NumPy's Fourier transform of each frame."""

import numpy as np

from tests.unit.layers.oracles.case import Case

EPSILON = 1e-7


def mel_spectrogram(
    x, fft_length, sequence_stride, num_mel_bins, power_to_db=True, top_db=80.0, sampling_rate=16000, min_freq=20.0
):
    """|FFT|² of Hann-weighted frames, centred at multiples of the stride, summed by triangles over the mel scale."""
    half = fft_length // 2
    x = np.pad(x, ((0, 0), (half, half)), mode="reflect")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(fft_length) / fft_length)
    starts = range(0, x.shape[1] - fft_length + 1, sequence_stride)
    power = np.stack([np.abs(np.fft.rfft(x[:, i : i + fft_length] * hann)) ** 2 for i in starts], axis=1)
    y = np.swapaxes(power @ triangles(half + 1, num_mel_bins, sampling_rate, min_freq), 1, 2)
    if not power_to_db:
        return y
    decibels = 10 * np.log10(np.maximum(y, 1e-10))
    return np.maximum(decibels, decibels.max() - top_db)


def triangles(frequencies, bins, sampling_rate, lowest):
    """Weights (frequencies, bins): rising from a bin's lower neighbour to its centre, falling to the upper one."""

    def mel(hertz):
        return 1127 * np.log(1 + hertz / 700)

    edges = np.linspace(mel(lowest), mel(sampling_rate / 2), bins + 2)
    weights = np.zeros((frequencies, bins))
    for i, m in enumerate(mel(np.linspace(0, sampling_rate / 2, frequencies))):
        for j in range(bins):
            below, peak, above = edges[j : j + 3]
            if i and below < m < above:
                weights[i, j] = (m - below) / (peak - below) if m <= peak else (above - m) / (above - peak)
    return weights


def stft_spectrogram(
    x, real_kernel=None, imag_kernel=None, mode="log", frame_length=256, frame_step=None, padding="valid",
    expand_dims=False, data_format="channels_last",
):  # fmt: skip
    """Each channel's frames times the kernels; then what the mode says."""
    if data_format == "channels_first":
        x = x.transpose(0, 2, 1)
    step = frame_step or frame_length // 2
    if padding == "same":
        frames = -(-x.shape[1] // step)
        missing = max((frames - 1) * step + frame_length - x.shape[1], 0)
        x = np.pad(x, ((0, 0), (missing // 2, missing - missing // 2), (0, 0)))
    starts = range(0, x.shape[1] - frame_length + 1, step)
    frames_of_x = np.stack([x[:, i : i + frame_length] for i in starts], axis=1)  # (batch, frames, time, channels)
    real, imaginary = (
        None if k is None else np.einsum("bntc,tf->bnfc", frames_of_x, k[:, 0]) for k in (real_kernel, imag_kernel)
    )
    y = in_mode(mode, real, imaginary)
    if not expand_dims:
        y = y.transpose(0, 1, 3, 2).reshape(*y.shape[:2], -1)
        return y.transpose(0, 2, 1) if data_format == "channels_first" else y
    return y.transpose(0, 3, 1, 2) if data_format == "channels_first" else y


def in_mode(mode, real, imaginary):
    if mode in ("real", "imag"):
        return real if imaginary is None else imaginary
    if mode == "angle":
        return np.arctan2(imaginary, real)
    if mode == "stft":
        return np.concatenate([real, imaginary], axis=2)
    power = real**2 + imaginary**2
    if mode == "psd":
        power[:, :, 1:-1] *= 2
        return power
    magnitude = np.sqrt(np.maximum(power, EPSILON))
    return magnitude if mode == "magnitude" else np.log(np.maximum(magnitude, EPSILON))


FIRST = {"data_format": "channels_first"}
MEL = {"fft_length": 32, "sequence_stride": 10, "num_mel_bins": 5}
CASES = [
    Case("MelSpectrogram", {**MEL, "power_to_db": False}, ((2, 70),), mel_spectrogram),
    Case(
        "MelSpectrogram", {**MEL, "sampling_rate": 8000, "min_freq": 90.0, "top_db": 9.0}, ((2, 70),), mel_spectrogram
    ),
    *[
        Case("STFTSpectrogram", {"mode": mode, "frame_length": 8}, ((2, 30, 2),), stft_spectrogram)
        for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
    ],
    Case(
        "STFTSpectrogram",
        {"mode": "psd", "frame_length": 9, "frame_step": 4, "padding": "same", "expand_dims": True},
        ((2, 30, 2),),
        stft_spectrogram,
    ),
    Case("STFTSpectrogram", {"mode": "psd", "frame_length": 8, **FIRST}, ((2, 2, 30),), stft_spectrogram),
    Case(
        "STFTSpectrogram",
        {"mode": "real", "frame_length": 8, "expand_dims": True, **FIRST},
        ((2, 2, 30),),
        stft_spectrogram,
    ),
]
