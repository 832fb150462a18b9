"""`tf.signal.frame`, `stft`, mel scales. (Formulas: `minikeras/compat/tensorflow/signal/frames.py`.)"""

from minikeras import ops
from minikeras.autodiff import KerasTensor, Tensor
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import floating, integers, number, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.signal import frames as spectrograms
from minikeras.compat.tensorflow.signal.fourier import irfft, rfft
from minikeras.compat.tensorflow.signal.windows import hann_window, vorbis_window
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.ops import signal_windows

__all__ = [
    "frame",
    "inverse_mdct",
    "inverse_stft",
    "inverse_stft_window_fn",
    "linear_to_mel_weight_matrix",
    "mdct",
    "mfccs_from_log_mel_spectrograms",
    "overlap_and_add",
    "stft",
]


def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Frames of `frame_length` elements along `axis`, one every `frame_step`: two axes (frames, length) in its place.

    Args:
        pad_end: whether frames may exceed the end, which is padded with `pad_value`.
    """
    x = tensor(signal)
    length, step, axis = integers(frame_length), integers(frame_step), integers(axis)
    if isinstance(x, KerasTensor) and x.shape[axis] is None:
        return frames_of_unknown_length(x, length, step, pad_end, pad_value, axis)
    pad_value = tensor(pad_value, x.dtype) if pad_end else None
    return spectrograms.frame(x, length, step, axis, pad_value)


def _unknown_frames(signal, length, step, pad_end, pad_value, axis):
    return KerasTensor(spectrograms.shape_of_frames(signal.shape, length, axis), signal.dtype)


@symbolic(output_spec=_unknown_frames)
def frames_of_unknown_length(signal, length, step, pad_end, pad_value, axis):
    """`frame` as a node of a functional graph, for a signal whose length is known when the model runs."""
    return frame(signal, length, step, pad_end, pad_value, axis)


def overlap_and_add(signal, frame_step, name=None):
    """Frames (…, frames, length) placed every `frame_step` elements, and added where they overlap."""
    return spectrograms.overlap_and_add(tensor(signal), integers(frame_step))


def stft(signals, frame_length, frame_step, fft_length=None, window_fn=hann_window, pad_end=False, name=None):
    """The short-time Fourier transform: complex frequencies (…, frames, fft_length / 2 + 1).

    Args:
        fft_length: of the transforms; the power of 2 that holds `frame_length` by default.
        window_fn: a function (frame_length, dtype=…) that returns the weights; None for none.
        pad_end: whether frames may exceed the end.
    """
    x = floating(signals)
    length = integers(frame_length)
    frames = frame(x, length, frame_step, pad_end)
    if window_fn is not None:
        frames = ops.multiply(frames, window_fn(length, dtype=as_dtype(x.dtype)))
    return rfft(frames, [spectrograms.power_of_two(length) if fft_length is None else integers(fft_length)])


def inverse_stft(stfts, frame_length, frame_step, fft_length=None, window_fn=hann_window, name=None):
    """The signal whose frames are the inverse transforms, weighted and added where they overlap."""
    z, length = tensor(stfts), integers(frame_length)
    frames = irfft(z, [spectrograms.power_of_two(length) if fft_length is None else integers(fft_length)])
    frames = frames[..., :length]
    missing = length - frames.shape[-1]
    if missing:
        frames = ops.pad(frames, [(0, 0)] * (len(frames.shape) - 1) + [(0, missing)])
    if window_fn is not None:
        frames = ops.multiply(frames, window_fn(length, dtype=as_dtype(frames.dtype)))
    return overlap_and_add(frames, frame_step)


def inverse_stft_window_fn(frame_step, forward_window_fn=hann_window, name=None):
    """The function (frame_length, dtype) whose window makes `inverse_stft` undo `stft`.

    It is the forward window, divided by the sum of the squares at each position.
    """

    def window(frame_length, dtype):
        forward = forward_window_fn(integers(frame_length), dtype=dtype).array
        return Tensor(signal_windows.inverse_of(forward, integers(frame_step)))

    return window


def mdct(signals, frame_length, window_fn=vorbis_window, pad_end=False, norm=None, name=None):
    """The modified cosine transform of frames that overlap by half: (…, frames, frame_length / 2).

    Args:
        window_fn: a function (frame_length, dtype=…) that returns the weights; None: √½ for all.
        pad_end: whether frames may exceed the end.
        norm: "ortho" or None.

    Raises:
        ValueError: frame_length is not a multiple of 4.
    """
    pad_value = 0.0 if pad_end else None
    x = floating(signals)
    return spectrograms.mdct_of_frames(x, integers(frame_length), _window(window_fn, x.dtype), pad_value, norm)


def inverse_mdct(mdcts, window_fn=vorbis_window, norm=None, name=None):
    """The signal whose frames `mdct` transformed, without the first and last half frame."""
    x = floating(mdcts)
    return spectrograms.inverse_mdct_of_frames(x, _window(window_fn, x.dtype), norm)


def _window(window_fn, dtype):
    """The window as a function of its length; None if there is no window."""
    return None if window_fn is None else lambda length: window_fn(length, dtype=as_dtype(dtype))


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
    weights = spectrograms.mel_weights(
        integers(num_mel_bins),
        integers(num_spectrogram_bins),
        float(number(sample_rate)),
        lower_edge_hertz,
        upper_edge_hertz,
    )
    return Tensor(weights.astype(as_dtype(dtype).name))


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """Mel-frequency cepstral coefficients: the cosine transform of log mel spectrograms, / √(2 · bins)."""
    return spectrograms.cepstral_coefficients(floating(log_mel_spectrograms))
