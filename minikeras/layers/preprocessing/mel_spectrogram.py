"""`MelSpectrogram`: audio as loudness over time and pitch."""

import numpy as np

from minikeras import ops
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.layers.preprocessing.number_arguments import integer


class MelSpectrogram(DataLayer):
    """The mel spectrogram of audio: (batch, samples) → (batch, mel bins, frames); without batch axis too.

        |STFT|^mag_exp · mel weights,   then 10 log₁₀(max(·, min_power) / ref_power), at most `top_db` below the largest

    The largest value is that of the whole batch, as in Keras.

    Args:
        fft_length: length of each Fourier transform.
        sequence_stride: samples between the starts of frames.
        sequence_length: samples in a frame; `fft_length` if None.
        window: "hann", "hamming", an array (sequence_length,), or None for no weights.
        sampling_rate: samples per second.
        num_mel_bins: number of bins, at equal distances on the mel scale 1127 ln(1 + f / 700).
        min_freq, max_freq: the range of the bins, in hertz; `max_freq` is half the sampling rate if None.
        power_to_db: whether to convert to decibels.
        top_db: the largest difference between two values.
        mag_exp: exponent of the magnitude: 1 is amplitude, 2 power.
        min_power: smaller values are replaced by it.
        ref_power: the power of 0 dB.

    Raises:
        ValueError: `sequence_length` exceeds `fft_length`, or lengths, rates or frequencies are not positive.
    """

    def __init__(
        self,
        fft_length=2048,
        sequence_stride=512,
        sequence_length=None,
        window="hann",
        sampling_rate=16000,
        num_mel_bins=128,
        min_freq=20.0,
        max_freq=None,
        power_to_db=True,
        top_db=80.0,
        mag_exp=2.0,
        min_power=1e-10,
        ref_power=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.fft_length = fft_length
        self.sequence_stride = sequence_stride
        self.sequence_length = sequence_length or fft_length
        self.window = window
        self.sampling_rate = sampling_rate
        self.num_mel_bins = num_mel_bins
        self.min_freq = min_freq
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power
        self._check_arguments()

    def _check_arguments(self):
        for name in ("fft_length", "sequence_stride", "num_mel_bins"):
            integer(name, getattr(self, name))
        for name in ("fft_length", "sequence_stride", "sequence_length", "sampling_rate", "num_mel_bins"):
            if getattr(self, name) <= 0:
                raise ValueError(f"`{name}` of {self.name} must be positive. Received: {name}={getattr(self, name)}")
        if self.sequence_length > self.fft_length:
            raise ValueError(
                f"`fft_length` must be greater than or equal to the `sequence_length`, in {self.name}. Received: "
                f"sequence_length={self.sequence_length}, fft_length={self.fft_length}. Pass a larger `fft_length`."
            )
        if not 0 <= self.min_freq < self.max_freq:
            raise ValueError(
                f"`min_freq` of {self.name} must lie between 0 and `max_freq`. "
                f"Received: min_freq={self.min_freq}, max_freq={self.max_freq}"
            )

    def call(self, inputs):
        dtype = self.compute_dtype if self.compute_dtype in ("float32", "float64") else "float32"
        x = self._mel(self._magnitudes(ops.cast(inputs, dtype)))
        if self.power_to_db:
            x = self._decibels(x)
        return ops.cast(ops.swapaxes(x, -1, -2), self.compute_dtype)

    def _magnitudes(self, x):
        """|STFT|^mag_exp: (…, frames, frequencies)."""
        real, imaginary = ops.stft(
            x, self.sequence_length, self.sequence_stride, self.fft_length, window=self.window, center=True
        )
        return ops.power(ops.sqrt(ops.square(real) + ops.square(imaginary)), self.mag_exp)

    def _mel(self, x):
        weights = self.linear_to_mel_weight_matrix(
            self.num_mel_bins, x.shape[-1], self.sampling_rate, self.min_freq, self.max_freq, x.dtype
        )
        return ops.tensordot(x, weights, axes=1)

    def _decibels(self, x):
        decibels = 10.0 * ops.log10(ops.maximum(x, self.min_power))
        decibels = decibels - 10.0 * float(np.log10(max(abs(self.ref_power), self.min_power)))
        return ops.maximum(decibels, ops.max(decibels) - self.top_db)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins=20,
        num_spectrogram_bins=129,
        sampling_rate=8000,
        lower_edge_hertz=125.0,
        upper_edge_hertz=3800.0,
        dtype="float32",
    ):
        """(spectrogram bins, mel bins): a triangle over the frequencies for each bin; frequency 0 has no bin."""
        number = np.dtype(dtype).type
        mels = _mel_of(np.linspace(0, sampling_rate / 2, num_spectrogram_bins, dtype=dtype)[1:, None])
        edges = np.linspace(
            _mel_of(number(lower_edge_hertz)), _mel_of(number(upper_edge_hertz)), num_mel_bins + 2, dtype=dtype
        )
        lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
        slopes = np.minimum((mels - lower) / (centre - lower), (upper - mels) / (upper - centre))
        return np.pad(np.maximum(slopes, number(0)), ((1, 0), (0, 0)))

    def compute_output_shape(self, input_shape):
        *batch, samples = input_shape
        frames = None if samples is None else self._frames(samples)
        return [*batch, self.num_mel_bins, frames]  # a list, as in Keras

    def _frames(self, samples):
        return (samples + self.fft_length // 2 * 2 - self.fft_length) // self.sequence_stride + 1

    def get_config(self):
        return {
            **super().get_config(),
            "fft_length": self.fft_length,
            "sequence_stride": self.sequence_stride,
            "sequence_length": self.sequence_length,
            "window": self.window,
            "sampling_rate": self.sampling_rate,
            "num_mel_bins": self.num_mel_bins,
            "min_freq": self.min_freq,
            "max_freq": self.max_freq,
            "power_to_db": self.power_to_db,
            "top_db": self.top_db,
            "mag_exp": self.mag_exp,
            "min_power": self.min_power,
            "ref_power": self.ref_power,
        }


def _mel_of(hertz):
    """1127 ln(1 + f / 700) in the dtype of `hertz`: next to the edge of a triangle the rounding shows."""
    return hertz.dtype.type(1127.0) * np.log(hertz.dtype.type(1.0) + hertz / hertz.dtype.type(700.0))
