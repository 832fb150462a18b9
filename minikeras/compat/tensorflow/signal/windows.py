"""`tf.signal.hann_window` and related functions. (Formulas: `minikeras/ops/signal_windows.py`.)"""

from minikeras.autodiff import Tensor
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import integers, number
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.ops import signal_windows

__all__ = ["hamming_window", "hann_window", "kaiser_bessel_derived_window", "kaiser_window", "vorbis_window"]


def hann_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """½ − ½ cos. Periodic: the first value would follow the last (in TensorFlow only for an even length)."""
    return _tensor(signal_windows.hann(integers(window_length), periodic), dtype)


def hamming_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """0.54 − 0.46 cos; `periodic` as in `hann_window`."""
    return _tensor(signal_windows.hamming(integers(window_length), periodic), dtype)


def kaiser_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """I₀(β √(1 − t²)) / I₀(β) for t from −1 to 1; the greater β, the narrower."""
    return _tensor(signal_windows.kaiser(integers(window_length), number(beta)), dtype)


def kaiser_bessel_derived_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """√ of the running sum of a Kaiser window, and its mirror image: squares of overlapping halves add up to 1."""
    return _tensor(signal_windows.kaiser_bessel_derived(integers(window_length), number(beta)), dtype)


def vorbis_window(window_length, dtype=dtypes.float32, name=None):
    """sin(π/2 · sin²(π (n + ½) / length)): squares of overlapping halves add up to 1."""
    return _tensor(signal_windows.vorbis(integers(window_length)), dtype)


def _tensor(window, dtype):
    return Tensor(window.astype(as_dtype(dtype).name))
