"""Preprocessing and postprocessing for ImageNet classifiers: pixels to inputs, and outputs to class names."""

import functools
import json
from typing import NamedTuple

import numpy as np

from minikeras import ops
from minikeras.applications.pretrained import class_index_file
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.config import floatx, standardize_data_format

CLASSES = 1000


class Mode(NamedTuple):
    """(x / divisor − mean) / std, with mean and std per channel; `bgr` reverses the channels first."""

    divisor: float | None = None
    mean: tuple = (0.0,)
    std: tuple | None = None
    bgr: bool = False


MODES = {
    "caffe": Mode(mean=(103.939, 116.779, 123.68), bgr=True),  # of ImageNet's pixels
    "tf": Mode(divisor=127.5, mean=(1.0,)),  # to −1 … 1
    "torch": Mode(divisor=255.0, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
}


def preprocess_input(x, data_format=None, mode="caffe"):
    """Scale images as for the training of a network with this `mode`. Each module's `preprocess_input` has its mode.

    As in Keras, a float array is changed in place: pass a copy to keep it.

    Args:
        x: RGB images with values 0 … 255: an array or tensor (batch, height, width, channels) or without batch axis.
        data_format: "channels_last", "channels_first", or None for the configured one.
        mode: "caffe" subtracts the mean of ImageNet's pixels from BGR channels; "tf" scales to −1 … 1; "torch" scales
            to 0 … 1 and standardizes each channel.

    Returns:
        An array for an array, a tensor for a tensor; floats.

    Raises:
        ValueError: an unknown mode or data format, or images without three channels in a mode that needs them.
    """
    if mode not in MODES:
        raise ValueError(f"`mode` must be one of {list(MODES)}. Received: mode={mode!r}")
    axis = -1 if standardize_data_format(data_format) == "channels_last" else -3
    if isinstance(x, np.ndarray):
        x = x if np.issubdtype(x.dtype, np.floating) else x.astype(floatx())
    else:
        x = x if isinstance(x, KerasTensor) else ops.convert_to_tensor(x)
        x = x if "float" in ops.dtype(x) else ops.cast(x, floatx())
    _check_channels(x, axis, mode)
    return _scaled(x, axis, MODES[mode])


def _check_channels(x, axis, mode):
    """Raise if there are not as many channels as means: a grey image would be broadcast to three channels."""
    wanted, shape = len(MODES[mode].mean), tuple(x.shape)
    if wanted > 1 and (len(shape) < -axis or shape[axis] not in (wanted, None)):
        place = "last" if axis == -1 else "third last"
        raise ValueError(
            f"Images for mode={mode!r} must have {wanted} channels (RGB), the {place} axis for this `data_format`. "
            f"Received: shape {shape}. Repeat the channel of grey images three times."
        )


def _scaled(x, axis, mode):
    """Apply the formula of `Mode`. Augmented assignment changes arrays in place, and creates new tensors."""
    if isinstance(x, KerasTensor):
        return _scaled_by_layers(x, axis, mode)
    if mode.bgr:
        x = x[..., ::-1] if axis == -1 else x[..., ::-1, :, :]
    if mode.divisor is not None:
        x /= mode.divisor
    x -= _per_channel(mode.mean, x, axis)
    if mode.std is not None:
        x /= _per_channel(mode.std, x, axis)
    return x


def _scaled_by_layers(x, axis, mode):
    """Apply the formula to a symbolic tensor, by Keras's operations: their names are in a model's summary and file."""
    after = (slice(None),) * (-1 - axis)
    if mode.bgr:
        x = ops.stack([x[(..., i, *after)] for i in (2, 1, 0)], axis=axis)
    if mode.divisor is not None:
        x = x / mode.divisor
    if len(mode.mean) == 1:
        x = x - mode.mean[0]
    else:
        mean = _per_channel(-np.array(mode.mean), x, axis)
        x = x + ops.reshape(mean, (1,) * (len(x.shape) - len(mean.shape)) + mean.shape)
    return x if mode.std is None else x / _per_channel(mode.std, x, axis)


def _per_channel(values, x, axis):
    """Values along the channel axis, in the dtype of `x`, so that results keep this dtype."""
    values = np.reshape(values, (-1, *(1,) * (-1 - axis)) if len(values) > 1 else ())  # one for all adds no axes
    return values.astype(x.dtype) if isinstance(x, np.ndarray) else ops.cast(values, x.dtype)


def decode_predictions(preds, top=5):
    """The most probable classes of each sample, by their ImageNet names.

    The list of names is downloaded on first use, into the folder `models` of the cache.

    Args:
        preds: probabilities (samples, 1000), of a network with its pretrained classifier.
        top: number of classes.

    Returns:
        For each sample a list of (WordNet number, name, probability), the most probable first.

    Raises:
        ValueError: another shape.
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != CLASSES:
        raise ValueError(
            f"`decode_predictions` takes the probabilities of ImageNet's {CLASSES} classes, an array of shape "
            f"(samples, {CLASSES}). Received: shape {preds.shape}"
        )
    names = _class_index()
    return [[(*names[str(i)], row[i]) for i in _largest(row, top)] for row in preds]


def _largest(row, count):
    """The indices of the largest values, in descending order."""
    return row.argsort()[-count:][::-1]


@functools.cache
def _class_index():
    """{"0": ["n01440764", "tench"], …}."""
    with open(class_index_file(), encoding="utf-8") as file:
        return json.load(file)


def preprocessing(mode):
    """The `preprocess_input` of a module whose networks were trained with this mode; None: they scale images.

    The function has the arguments `x` and `data_format` of `preprocess_input` above.
    """
    if mode is None:
        return _unchanged

    def preprocess_input(x, data_format=None):
        """Convert images with values 0 … 255 to inputs of this module's networks. See `imagenet_utils`."""
        return scaled_input(x, data_format, mode)

    return preprocess_input


def _unchanged(x, data_format=None):
    """Return the images unchanged: this module's networks take values 0 … 255 and scale them in their first layers."""
    return x


scaled_input = preprocess_input  # under a name that `preprocessing` does not define itself
