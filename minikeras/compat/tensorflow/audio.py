"""`tf.audio`: WAV files with samples of 16 bits. Implementation: `minikeras/utils/wav_files.py`."""

from collections import namedtuple

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array, string_tensor
from minikeras.utils import wav_files

__all__ = ["decode_wav", "encode_wav"]

DecodeWav = namedtuple("DecodeWav", "audio sample_rate")


def decode_wav(contents, desired_channels=-1, desired_samples=-1, name=None):
    """(audio (samples, channels) float32 from −1 to 1, samples per second) of the bytes of a WAV file."""
    data = as_array(contents).item()
    data = data.encode() if isinstance(data, str) else data
    audio, rate = wav_files.decode_wav(data, desired_samples, desired_channels)
    return DecodeWav(Tensor(audio), Tensor(np.array(rate, np.int32)))


def encode_wav(audio, sample_rate, name=None):
    """The bytes of a WAV file with samples (samples, channels), from −1 to 1."""
    return string_tensor(wav_files.encode_wav(as_array(audio), int(as_array(sample_rate))))
