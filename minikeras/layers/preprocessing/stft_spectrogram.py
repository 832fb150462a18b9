"""`STFTSpectrogram`: a spectrogram computed by convolutions with trainable kernels."""

import math

from minikeras import initializers, ops
from minikeras.base.messages import warn
from minikeras.base.suggestions import did_you_mean
from minikeras.config import epsilon, standardize_data_format
from minikeras.kernels.window_functions import standardize_window_name
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """The short-time Fourier transform of audio as a convolution: (batch, samples, channels) → (batch, frames, …).

    With data_format="channels_last" and F = fft_length/2 + 1 frequencies the output is (batch, frames, channels · F),
    or (batch, frames, F, channels) if `expand_dims`. The kernels are weights, initialized to those of the transform:
    set `trainable=False` to keep them.

    Args:
        mode: "magnitude" √(re² + im²), its logarithm "log", "psd" re² + im² (doubled except for the first and last
            frequency), "real", "imag", "angle", or "stft": real and imaginary parts concatenated.
        frame_length: samples in a frame.
        frame_step: samples between the starts of frames; half the frame's length if None.
        fft_length: length of the transform; the next power of two if None.
        window: name of a window function, an array of its values, or None for none.
        periodic: whether the window is periodic rather than symmetric.
        scaling: "density", "spectrum" or None, as in `initializers.STFT`.
        padding: "valid" or "same".
        expand_dims: whether frequencies and channels are separate axes.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: an unknown mode, window, scaling or padding; a step beyond the frame's length; `fft_length` below
            it.
        TypeError: when called: inputs that are not floats.
    """

    def __init__(
        self,
        mode="log",
        frame_length=256,
        frame_step=None,
        fft_length=None,
        window="hann",
        periodic=False,
        scaling="density",
        padding="valid",
        expand_dims=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check_choice(self.name, "mode", mode, MODES)
        _check_choice(self.name, "scaling", scaling, ("density", "spectrum", None))
        _check_choice(self.name, "padding", padding, ("valid", "same"))
        _check_lengths(self.name, frame_length, frame_step, fft_length)
        if isinstance(window, str):
            standardize_window_name(window)
        self.mode = mode
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.fft_length = fft_length
        self.window = window
        self.periodic = periodic
        self.scaling = scaling
        self.padding = padding
        self.expand_dims = expand_dims
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=3)
        self._step = frame_step or frame_length // 2
        self._frequencies = (fft_length or 2 ** math.ceil(math.log2(frame_length))) // 2 + 1

    def build(self, input_shape):
        self.real_kernel = None if self.mode == "imag" else self._kernel("real")
        self.imag_kernel = None if self.mode == "real" else self._kernel("imag")

    def _kernel(self, side):
        return self.add_weight(
            name=f"{side}_kernel",
            shape=(self.frame_length, 1, self._frequencies),
            initializer=initializers.STFT(side, self.window, self.scaling, self.periodic),
        )

    def call(self, inputs):
        if inputs.dtype not in ("float16", "float32", "float64"):
            raise TypeError(
                f"{self.name} takes audio as floats of 16, 32 or 64 bits. Received: dtype {inputs.dtype}. Cast it."
            )
        real, imaginary = (
            None if kernel is None else self._transform(inputs, kernel)
            for kernel in (self.real_kernel, self.imag_kernel)
        )
        if self.mode in ("real", "imag"):
            return self._arranged(real if imaginary is None else imaginary)
        if self.mode == "angle":
            return self._arranged(ops.arctan2(imaginary, real))
        if self.mode == "stft":
            return self._arranged(ops.concatenate([real, imaginary], axis=2))
        power = ops.square(real) + ops.square(imaginary)
        if self.mode == "psd":
            twice = ops.pad(power[:, :, 1:-1, :], [[0, 0], [0, 0], [1, 1], [0, 0]])
            return self._arranged(power + twice)
        magnitude = self._arranged(ops.sqrt(ops.maximum(power, epsilon())))
        return magnitude if self.mode == "magnitude" else ops.log(ops.maximum(magnitude, epsilon()))

    def _transform(self, x, kernel):
        """(batch, channels, frequencies, frames): each channel convolved separately."""
        if self.data_format == "channels_last":
            x = ops.transpose(x, (0, 2, 1))
        _, channels, samples = x.shape
        x = ops.reshape(x, (-1, samples, 1))
        y = ops.conv(x, ops.cast(kernel, x.dtype), self._step, self.padding, data_format="channels_last")
        y = ops.transpose(y, (0, 2, 1))
        return ops.reshape(y, (-1, channels, self._frequencies, y.shape[2]))

    def _arranged(self, y):
        """(batch, channels, frequencies, frames) in the order of the output's axes."""
        _, channels, frequencies, frames = y.shape
        last = self.data_format == "channels_last"
        if self.expand_dims:
            return ops.transpose(y, (0, 3, 2, 1) if last else (0, 1, 3, 2))
        y = ops.reshape(y, (-1, channels * frequencies, frames))
        return ops.transpose(y, (0, 2, 1)) if last else y

    def compute_output_shape(self, input_shape):
        last = self.data_format == "channels_last"
        batch, samples, channels = input_shape if last else (input_shape[0], input_shape[2], input_shape[1])
        if channels is None:
            raise TypeError(f"{self.name} needs a known number of channels. Received: input_shape={input_shape}")
        frequencies = self._frequencies * (2 if self.mode == "stft" else 1)
        frames = None if samples is None else self._frames(samples)
        if self.expand_dims:
            return (batch, frames, frequencies, channels) if last else (batch, channels, frames, frequencies)
        return (batch, frames, channels * frequencies) if last else (batch, channels * frequencies, frames)

    def _frames(self, samples):
        return -(-samples // self._step) if self.padding == "same" else (samples - self.frame_length) // self._step + 1

    def get_config(self):
        return {
            **super().get_config(),
            "mode": self.mode,
            "frame_length": self.frame_length,
            "frame_step": self.frame_step,
            "fft_length": self.fft_length,
            "window": self.window,
            "periodic": self.periodic,
            "scaling": self.scaling,
            "padding": self.padding,
            "data_format": self.data_format,
            "expand_dims": self.expand_dims,
        }


def _check_choice(layer, name, value, choices):
    if value not in choices:
        raise ValueError(
            f"{name.capitalize()} is invalid: `{name}` of {layer} must be one of {choices}. Received: {name}={value!r}."
            f"{did_you_mean(str(value), [choice for choice in choices if choice])}"
        )


def _check_lengths(layer, frame_length, frame_step, fft_length):
    if frame_length < 1 or (frame_step is not None and not 1 <= frame_step <= frame_length):
        raise ValueError(
            f"`frame_step` of {layer} should be a positive integer, not above `frame_length`. "
            f"Received: frame_step={frame_step}, frame_length={frame_length}"
        )
    if fft_length is not None and fft_length < frame_length:
        raise ValueError(
            f"`fft_length` of {layer} should be not less than `frame_length`. "
            f"Received: fft_length={fft_length}, frame_length={frame_length}"
        )
    if fft_length is not None and fft_length & (fft_length - 1):
        warn(f"A `fft_length` that is a power of two is faster. Received: fft_length={fft_length}")
