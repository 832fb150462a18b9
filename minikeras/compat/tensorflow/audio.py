"""`tf.audio`: WAV files of 16-bit samples."""

__replay__ = "computes"

from typing import NamedTuple

from minikeras import Tensor, ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import string_tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.formats import wav_files

__all__ = ["decode_wav", "encode_wav"]


class DecodeWav(NamedTuple):
    """What `decode_wav` returns."""

    audio: object
    sample_rate: object


def _decoded(contents, desired_channels=-1, desired_samples=-1, name=None):
    shape = [None if n == -1 else n for n in (desired_samples, desired_channels)]
    return DecodeWav(KerasTensor(shape, "float32"), KerasTensor((), "int32"))


@symbolic(output_spec=_decoded)
def decode_wav(contents, desired_channels=-1, desired_samples=-1, name=None):
    """The samples (length, channels) of a file's bytes, float32 from −1 to 1, and how many there are per second.

    Args:
        contents: scalar string tensor with the bytes of a file.
        desired_channels, desired_samples: the shape to be cut or filled up to; −1 for the file's.

    Raises:
        InvalidArgumentError: it is not a WAV file of 16-bit samples.
    """
    data = tensor(contents).array.item()
    audio, rate = wav_files.decode_wav(data, int(desired_samples), int(desired_channels))
    return DecodeWav(Tensor(audio), ops.convert_to_tensor(rate, "int32"))


def encode_wav(audio, sample_rate, name=None):
    """The bytes of a WAV file of 16-bit samples, a scalar string tensor.

    Args:
        audio: (length, channels) floats; those beyond −1 and 1 are cut.
        sample_rate: samples per second.
    """
    return string_tensor(wav_files.encode_wav(tensor(audio).array, int(sample_rate)))
