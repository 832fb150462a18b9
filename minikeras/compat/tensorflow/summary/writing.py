"""`scalar`, `histogram`, `image`, `audio`, `text`: write something with the default writer."""

import numpy as np

from minikeras.autodiff.name_scope import current_path
from minikeras.autodiff.tensor import as_array
from minikeras.compat.tensorflow.conversion import array, integers, tensor
from minikeras.compat.tensorflow.summary.recording import current_step, is_recording
from minikeras.formats.event_files import default_writer


def scalar(name, data, step=None, description=None):
    """Write a number: one point of a curve.

    Args:
        name: its name in TensorBoard, prefixed with the open name scopes.
        data: a number or a tensor without axes.
        step: an integer; that of the moment if None.
        description: a text in Markdown.

    Returns:
        A boolean Tensor: whether it was written.

    Raises:
        ValueError: `data` has axes; or there is no step.
    """
    return _write(name, step, lambda writer, tag, at: writer.scalar(tag, _scalar(data), at, description))


def histogram(name, data, step=None, buckets=None, description=None):
    """Write the distribution of values; `buckets` is 30 if None. The other arguments are those of `scalar`."""
    return _write(name, step, lambda writer, tag, at: writer.histogram(tag, as_array(data), at, buckets, description))


def image(name, data, step=None, max_outputs=3, description=None):
    """Write images (count, height, width, 1 … 4 channels), floats from 0 to 1 or uint8, the first `max_outputs`.

    Raises:
        ValueError: another number of axes; or there is no step.
    """

    def write_with(writer, tag, at):
        pictures = as_array(data)
        if pictures.ndim != 4:
            raise ValueError(f"Tensor must have rank 4.  Received rank {pictures.ndim}, shape {pictures.shape}")
        writer.image(tag, pictures, at, max_outputs, description)

    return _write(name, step, write_with)


def audio(name, data, sample_rate, step=None, max_outputs=3, encoding=None, description=None):
    """Write sounds (count, length, channels), floats from −1 to 1, the first `max_outputs`, as WAV files.

    Args:
        sample_rate: samples in a second.
        encoding: "wav", or None for the same.

    Raises:
        ValueError: another encoding, another number of axes; or there is no step.
    """
    if encoding not in (None, "wav"):
        raise ValueError(f'`encoding` must be "wav". Received: encoding={encoding!r}')

    def write_with(writer, tag, at):
        clips = as_array(data)
        if clips.ndim != 3:
            raise ValueError(f"`data` must have the axes (count, length, channels). Received: shape={clips.shape}")
        writer.audio(tag, clips, integers(sample_rate), at, max_outputs, description)

    return _write(name, step, write_with)


def text(name, data, step=None, description=None):
    """Write a text in Markdown, or an array of texts. The other arguments are those of `scalar`."""
    return _write(name, step, lambda writer, tag, at: writer.text(tag, array(data), at, description))


def write(tag, tensor, step=None, metadata=None, name=None):
    """Write a tensor for one of TensorBoard's plugins.

    Args:
        tag: its name in TensorBoard, unchanged.
        tensor: the tensor.
        step: an integer; that of the moment if None.
        metadata: a message `SummaryMetadata` that names the plugin, or None.
        name: without effect.
    """
    plugin = getattr(metadata, "plugin_data", None)

    def write_with(writer, _, at):
        writer.tensor(
            tag, array(tensor), getattr(plugin, "plugin_name", ""), at, content=getattr(plugin, "content", b"")
        )

    return _write(tag, step, write_with)


def _write(name, step, write_with):
    if not is_recording():
        return tensor(False)
    step = current_step() if step is None else step
    if step is None:
        raise ValueError(
            "A summary needs a step: pass `step=`, or call `tf.summary.experimental.set_step(step)` before."
        )
    tag = "/".join(part for part in (current_path(), name) if part)
    write_with(default_writer()[0], tag, int(np.asarray(step)))
    return tensor(True)


def _scalar(data):
    value = as_array(data)
    if value.ndim:
        raise ValueError(f"Expected scalar shape, saw shape: {value.shape}.")
    return value
