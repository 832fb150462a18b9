"""Filters: an image convolved with a fixed small kernel."""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.shapes import Reshape
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.limits import use_elements
from minikeras.ops.convolution import depthwise_conv
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.exponential import exp
from minikeras.ops.padding import pad
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import repeat, reshape, transpose
from minikeras.ops.spatial import on_image_batch, to_channels_last

SOBEL = np.array([[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]])


def gaussian_weights(size, sigma):
    """exp(−x² / 2σ²) at `size` positions around 0, scaled to sum to one."""
    use_elements((size, size))
    x = np.arange(size) - (size - 1) / 2
    if isinstance(sigma, Tensor):  # a width that a layer draws: by ops, so that a plan may repeat it
        distance = x.astype(sigma.dtype) / sigma
        weights = exp(-0.5 * distance * distance)
        return weights / sum_over(weights)
    weights = np.exp(-0.5 * (x / sigma) ** 2)
    return weights / weights.sum()


@composed
def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Each channel convolved with a Gaussian; outside the image there are zeros.

    Args:
        images: (height, width, channels), or with a batch axis; channels first per `data_format`.
        kernel_size: height and width of the kernel.
        sigma: width of the Gaussian along both axes.
        data_format: None means channels last regardless of the configuration, as in Keras.

    Raises:
        TypeError, ValueError: `kernel_size` or `sigma` is text, or holds something other than numbers.
        InvalidArgumentError: it has not two, or the kernel's lengths are not positive integers.
    """
    if any_symbolic((kernel_size, sigma)):
        return convert_to_tensor(images) if isinstance(images, KerasTensor) else KerasTensor(images.shape, images.dtype)
    lengths, widths = _two_numbers("kernel_size", kernel_size), _two_numbers("sigma", sigma)
    if any(length < 1 or length != int(length) for length in lengths):
        raise InvalidArgumentError(
            None, None, f"`kernel_size` must be two positive integers. Received: kernel_size={kernel_size!r}"
        )
    bells = [gaussian_weights(length, width) for length, width in zip(lengths, widths, strict=True)]
    # Keras reshapes the outer product of the second Gaussian and the first to rows of the second size
    weights = reshape(bells[1][:, None] * bells[0][None], (int(lengths[0]), int(lengths[1]), 1, 1))

    def blur(x):
        if x.shape[-1] is None:
            return KerasTensor(x.shape, x.dtype)
        use_elements((*weights.shape, x.shape[-1]))
        kernel = cast(repeat(weights, x.shape[-1], axis=2), x.dtype)
        return depthwise_conv(x, kernel, padding="same", data_format="channels_last")

    return on_image_batch(blur, images, data_format or "channels_last")


def _two_numbers(name, pair):
    """The first two elements of an argument with one for the height and one for the width."""
    elements = list(pair) if isinstance(pair, (list, tuple)) else [pair]
    requirement = f"`{name}` must be two numbers, for height and width. Received: {name}={pair!r}"
    if isinstance(pair, (str, bytes)):
        raise TypeError(requirement)
    if any(x is None or isinstance(x, (str, bytes)) for x in elements):
        raise ValueError(requirement)
    shape = getattr(pair, "shape", None)
    if (len(elements) if shape is None else shape[0] if len(shape) else 1) < 2:
        raise InvalidArgumentError(None, None, requirement)
    return pair[0], pair[1]


@composed
def sobel_edges(images, data_format=None):
    """The vertical and horizontal gradient of each channel by Sobel's kernels; the edge rows are mirrored outwards.

    Args:
        images: (batch, height, width, channels), or channels first per `data_format` (None: channels last).

    Returns:
        (batch, height, width, channels, 2), or (batch, channels, height, width, 2).
    """
    x = convert_to_tensor(images)
    if len(x.shape) != 4:
        raise ValueError(f"`images` must be a batch, with 4 axes. Received: images.shape={tuple(x.shape)}")
    first = data_format == "channels_first"
    x = to_channels_last(x) if first else x
    channels = x.shape[-1]
    if channels is None:
        return KerasTensor((*images.shape, 2), x.dtype)
    use_elements((*SOBEL.shape, channels))
    kernel = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, None, :].repeat(channels, axis=2).astype(x.dtype)
    padded = pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect")
    edges = depthwise_conv(padded, kernel, data_format="channels_last")
    edges = Reshape((*[-1 if n is None else n for n in x.shape], 2))(edges)
    return transpose(edges, (0, 3, 1, 2, 4)) if first else edges
