"""Shared by MobileNets and EfficientNets: widths, paddings, and the image sizes with pretrained weights."""

from minikeras.base.messages import warn
from minikeras.config import image_data_format

LARGEST = 224  # height and width of images for which all MobileNets have pretrained weights


def nearest_multiple(width):
    """The multiple of 8 nearest to a number of channels, and at least 8."""
    return max(8, int(width + 4) // 8 * 8)


def divisible(width):
    """A multiple of 8 near a number of channels, and at least nine tenths of it."""
    rounded = nearest_multiple(width)
    return rounded + 8 if rounded < 0.9 * width else rounded


def stride_padding(x, kernel_size):
    """((top, bottom), (left, right)): the padding before a convolution of stride 2 with "valid" padding.

    With it, the window is centred at the first pixel if the size is odd, and at the second if it is even.
    """
    axes = (1, 2) if image_data_format() == "channels_last" else (2, 3)
    after = kernel_size // 2
    return tuple((after - (1 - x.shape[axis] % 2 if x.shape[axis] else 1), after) for axis in axes)


def listed_size(shape, sizes):
    """The height of images of this shape if they are square and have pretrained weights; else 224."""
    if shape is None or len(shape) < 2:
        return LARGEST
    height, width = shape[:2] if image_data_format() == "channels_last" else shape[-2:]
    return height if height == width and height in sizes else LARGEST


def pretrained_size(network, sizes):
    """The image size of the pretrained weights; warns if it is not the network's."""
    height, width = network.sizes
    if height == width and height in sizes:
        return height
    warn(
        f"There are pretrained weights for square images of {sizes} pixels; those for {LARGEST} are loaded. "
        f"Received: input_shape={network.input_shape}"
    )
    return LARGEST


def check_choice(name, value, choices):
    """Raise if there are no pretrained weights for this value of an argument."""
    if value not in choices:
        raise ValueError(
            f"There are pretrained weights for `{name}` in {list(choices)}. Received: {name}={value!r}. "
            "Pass `weights=None` for random ones."
        )


def check_tensor_shape(network, input_shape):
    """Raise if `input_tensor` and `input_shape` are both given and differ."""
    if network.input_tensor is None or input_shape is None:
        return
    if tuple(network.image.shape[1:]) != tuple(input_shape):
        raise ValueError(
            f"`input_tensor` and `input_shape` must agree. Received: input_tensor of shape {network.image.shape}, "
            f"input_shape={input_shape}. Leave out `input_shape`."
        )
