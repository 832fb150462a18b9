"""WAV files as arrays, by the standard library."""

import io
import wave

import numpy as np

from minikeras.base.errors import InvalidArgumentError

LARGEST = 32768  # of 16-bit samples


def encode_wav(audio, rate):
    """The bytes of a 16-bit PCM WAV file of samples (length, channels) from −1 to 1; others are cut.

    Raises:
        InvalidArgumentError: the array has another number of axes, or no channels.
    """
    if audio.ndim != 2 or not audio.shape[1]:
        raise InvalidArgumentError(
            None, None, f"`audio` must be (length, channels), with one channel or more. Received shape: {audio.shape}"
        )
    scaled = audio.astype(np.float32) * np.float32(LARGEST)
    samples = np.clip(np.copysign(np.floor(np.abs(scaled) + 0.5), scaled), -LARGEST, LARGEST - 1).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((audio.shape[1], 2, rate, len(audio), "NONE", ""))
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def decode_wav(data, desired_samples=-1, desired_channels=-1):
    """(samples (length, channels) float32 from −1 to 1, samples per second) of the bytes of a 16-bit PCM WAV file.

    Args:
        desired_samples: the length, cut or filled with zeros at its end; −1 for the file's.
        desired_channels: the number of channels: those beyond the file's repeat its last; −1 for the file's.

    Raises:
        InvalidArgumentError: it is not a 16-bit WAV file; the message describes it.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            bits, channels, rate = 8 * file.getsampwidth(), file.getnchannels(), file.getframerate()
            samples = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError) as error:  # RuntimeError: chunks that lie outside of the file
        reason = str(error) or "the file ends too early"
        raise InvalidArgumentError(None, None, f"It is not a PCM WAV file: {reason}.") from error
    if bits != 16:
        raise InvalidArgumentError(None, None, f"WAV files need 16-bit samples. This one has {bits} bits.")
    if not rate:
        raise InvalidArgumentError(None, None, "Its header says 0 samples per second.")
    whole = len(samples) // (2 * channels)
    audio = np.frombuffer(samples, "<i2", whole * channels).reshape(whole, channels)
    audio = audio.astype(np.float32) / np.float32(LARGEST)
    if desired_channels > 0:
        audio = audio[:, np.minimum(np.arange(desired_channels), channels - 1)]
    if desired_samples >= 0:
        missing = max(desired_samples - len(audio), 0)
        audio = np.pad(audio[:desired_samples], ((0, missing), (0, 0)))
    return audio, rate
