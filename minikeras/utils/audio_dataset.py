"""`audio_dataset_from_directory`: the WAV files of a folder as a `Dataset`, at one sampling rate."""

import math
import numbers

import numpy as np

from minikeras.base.errors import InvalidArgumentError, class_for
from minikeras.base.signatures import inherits_arguments
from minikeras.data.pipeline.file_contents import FileReader
from minikeras.data.pipeline.specs import ArraySpec, RaggedSpec
from minikeras.formats.wav_files import decode_wav
from minikeras.tensors.ragged import RaggedTensor
from minikeras.utils.directory_dataset import DirectoryFiles, check_integer

EXTENSIONS = (".wav",)
MAX_SAMPLES = 1000  # that resampling makes from one
ZERO_CROSSINGS = 16  # of the sinc on each side: 0.1 dB up to 90 % of the lower rate's band
MAX_WEIGHTS = 1 << 22  # of resampling, in memory at a time


@inherits_arguments(
    DirectoryFiles,
    after={
        "sampling_rate": "batch_size",
        "output_sequence_length": "sampling_rate",
        "ragged": "output_sequence_length",
    },
    without=("kind", "extensions"),
)
def audio_dataset_from_directory(*, sampling_rate=None, output_sequence_length=None, ragged=False, **kwargs):
    """A Dataset of batches (audio, labels) from 16-bit WAV files, one subfolder per class.

    Args:
        sampling_rate: samples per second to which all files are resampled. (Keras needs `tensorflow_io` for it, which
            filters otherwise: values differ.)
        output_sequence_length: the number of samples, cut or filled with zeros; None fills up to the longest of each
            batch.
        ragged: whether each batch is a ragged tensor of the files' own lengths.
        others: as in `image_dataset_from_directory`.

    Returns:
        A Dataset of float32 (samples, channels) from −1 to 1, with the attributes `class_names` and `file_paths`; a
        tuple of two for `subset="both"`.

    Raises:
        ValueError: arguments that do not fit together; no files.
        InvalidArgumentError: while reading, a file that is no such WAV file.
    """
    if ragged and output_sequence_length is not None:
        raise ValueError(
            "Cannot set both `ragged` and `output_sequence_length`: ragged rows keep the files' lengths. "
            f"Received: output_sequence_length={output_sequence_length}"
        )
    if sampling_rate is not None and not isinstance(sampling_rate, numbers.Integral):
        raise ValueError(
            f"`sampling_rate` should have an integer value, or None. Received: sampling_rate={sampling_rate!r}"
        )
    check_integer("sampling_rate", sampling_rate, 1)
    check_integer("output_sequence_length", output_sequence_length, 0)
    files = DirectoryFiles("audio files", EXTENSIONS, **kwargs)
    length = output_sequence_length

    def read(path):
        audio = audio_of(path, length, sampling_rate)
        return RaggedTensor.from_tensor(audio) if ragged else audio

    def batch(dataset):
        size = files.batch_size
        return dataset.batch(size) if ragged or length is not None else dataset.padded_batch(size)

    spec = RaggedSpec((None, None), "float32", 1) if ragged else ArraySpec((length, None), "float32")
    datasets = files.datasets(FileReader(read, spec, is_slow=False), batch)
    return tuple(datasets) if files.subset == "both" else datasets


def audio_of(path, length, sampling_rate):
    """(samples, channels) of a WAV file."""
    try:
        with open(path, "rb") as file:
            audio, rate = decode_wav(file.read(), -1 if length is None else length)
        if sampling_rate is not None and sampling_rate > MAX_SAMPLES * rate:
            raise InvalidArgumentError(
                None, None, f"Its header says {rate} samples per second, too few for sampling_rate={sampling_rate}."
            )
    except (OSError, InvalidArgumentError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "message", None) or error
        raise class_for(error)(
            None, None, f"The audio file {path!r} cannot be read: {reason} Convert it to WAV with 16-bit samples."
        ) from error
    return audio if sampling_rate is None else resample(audio, rate, sampling_rate)


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
