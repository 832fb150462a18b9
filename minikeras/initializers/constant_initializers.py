"""Deterministic initializers: one value everywhere, the identity matrix, kernels that compute a spectrum."""

import numpy as np

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.tensor import Tensor, as_array, cast_array
from minikeras.base.limits import reads_config
from minikeras.initializers.initializer import Initializer
from minikeras.kernels.window_functions import standardize_window_name, window_values
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Constant(Initializer):
    """w = value.

    Args:
        value: a number, or an array that is broadcast to the shape.
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        """A tensor of `shape` filled with the value, which is cast to `dtype` first."""
        value = cast_array(self.value, standardize_dtype(dtype), "`value`")
        return Tensor(np.array(np.broadcast_to(value, shape)))

    def get_config(self):
        return {"value": serialize_keras_object(self.value)}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """An initializer from what `get_config` returned."""
        return cls(deserialize_keras_object(config["value"]))


class Zeros(Initializer):
    """w = 0. The initial value of biases."""

    def __call__(self, shape, dtype=None):
        """A tensor of zeros."""
        return Tensor(np.zeros(shape, standardize_dtype(dtype)))


class Ones(Initializer):
    """w = 1. The initial value of the scales of normalization layers."""

    def __call__(self, shape, dtype=None):
        """A tensor of ones."""
        return Tensor(np.ones(shape, standardize_dtype(dtype)))


class Identity(Initializer):
    """w[i, j] = gain where i = j, else 0: at first the layer passes its input on.

    Args:
        gain: the value on the diagonal. (Keras omits it from the config, so that a saved layer loses it. Here it is
            stored unless it is 1.)
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        """A matrix, which need not be square.

        Raises:
            ValueError: `shape` does not have two axes, or a fractional `gain` is to become an integer.
        """
        if len(shape) != 2:
            raise ValueError(f"Identity can only be used for 2D matrices, with two lengths. Received: shape={shape}")
        dtype = np.dtype(standardize_dtype(dtype))
        if dtype.kind in "iu" and self.gain != int(self.gain):
            raise ValueError(f"A matrix of {dtype} cannot hold a gain of {self.gain}.")
        return Tensor(np.eye(*shape, dtype=dtype) * dtype.type(self.gain))

    def get_config(self):
        return {} if self.gain == 1 else {"gain": self.gain}


class STFT(Initializer):
    """The real or imaginary part of a Fourier transform as a Conv1D kernel (time, 1, frequencies).

        w[t, 0, f] = window[t] · cos(−2π·t·f / N) / norm     (sin for the imaginary part),      N = 2·(frequencies − 1)

    A convolution with such a pair of kernels, squared and added, is a spectrogram.

    Args:
        side: "real" or "imag".
        window: name of a window function ("hann", "hamming", "blackman" …), an array of its values, or None for none.
        scaling: "density" divides by √Σ window², "spectrum" by Σ |window|; None does not divide.
        periodic: whether a window given by name is periodic rather than symmetric.

    Raises:
        ValueError: an unknown side, window or scaling.
    """

    def __init__(self, side="real", window="hann", scaling="density", periodic=False):
        if side not in ("real", "imag"):
            raise ValueError(f"`side` should be 'real' or 'imag'. Received: side={side!r}")
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(
                f"Scaling is invalid: it must be 'density', 'spectrum' or None. Received: scaling={scaling!r}"
            )
        if isinstance(window, str):
            standardize_window_name(window)
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape, dtype=None):
        """The kernel.

        Raises:
            ValueError: `shape` does not have three axes, or the window's length is not that of the first.
        """
        if len(shape) != 3:
            raise ValueError(f"An STFT kernel has the shape (time, 1, frequencies). Received: shape={shape}")
        length, _, frequencies = shape
        dtype = np.dtype(standardize_dtype(dtype))
        angle = _angles(length, frequencies, dtype)
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            window = self._window(length, dtype)
            kernel = kernel * window / self._norm(window)
        return Tensor(kernel)

    def _window(self, length, dtype):
        values = self.window
        if isinstance(values, str):
            values = window_values(values, length, self.periodic)
        values = as_array(values, dtype.name)
        if values.shape != (length,):
            raise ValueError(
                f"`window` must have one value per time step. Received: window.shape={values.shape}, steps: {length}"
            )
        return values.reshape(length, 1, 1)

    def _norm(self, window):
        if self.scaling == "density":
            return np.sqrt(np.sum(np.square(window)))
        if self.scaling == "spectrum":
            return np.sum(np.abs(window))
        return window.dtype.type(1)

    def get_config(self):
        window = self.window
        if window is not None and not isinstance(window, str):
            window = as_array(window).tolist()
        return {"side": self.side, "window": window, "periodic": self.periodic, "scaling": self.scaling}


def _angles(length, frequencies, dtype):
    """−2·t · f/N · π in `dtype`, in Keras's order of operations, since at hundreds of radians the rounding matters."""
    time = np.arange(length, dtype=dtype).reshape(length, 1, 1)
    with np.errstate(invalid="ignore"):  # 0 / 0 for a single frequency: NaN, as in Keras
        frequency = np.arange(frequencies, dtype=dtype) / dtype.type((frequencies - 1) * 2)
    return (dtype.type(-2) * time * frequency) * dtype.type(np.pi)
