"""Sliding windows read from images as patches, and added back."""

import math

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, Transpose
from minikeras.config import standardize_data_format
from minikeras.kernels.windows import explicit_pads, offset_slice, offsets, output_sizes, pad, unpad
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.shaping import expand_dims, reshape, squeeze, transpose
from minikeras.ops.spatial import in_channels_last, per_axis, spatial_output_shape, standardize_padding


class Patches(Op):
    """y[n, i, a, c] = x_padded[n, i·stride + a·dilation, c]: all windows of an image;   dx: each value added back.

    x: (batch, *spatial, channels), y: (batch, *outputs, window positions · channels).
    """

    keeps = ()

    def __init__(self, window, strides, padding, dilation):
        self.window = window
        self.strides = strides
        self.padding = padding
        self.dilation = dilation

    def forward(self, x):
        outputs = self.output_shape(x.shape)[1:-1]
        x = pad(x, self.pads(x.shape[1:-1]))
        parts = [x[offset_slice(offset, outputs, self.strides, self.dilation)] for offset in offsets(self.window)]
        return np.concatenate(parts, axis=-1)

    def backward(self, call, dy):
        return (SumOfPatches(self, call.input_shapes[0][1:]).of(dy),)

    def pads(self, sizes):
        """The padding as pairs (before, after), one per spatial axis."""
        return explicit_pads(self.padding, sizes, self.window, self.strides, self.dilation)

    def output_shape(self, shape):
        outputs = spatial_output_shape(shape, self.window, self.strides, self.padding, self.dilation)
        channels = None if shape[-1] is None else math.prod(self.window) * shape[-1]
        return (shape[0], *outputs, channels)


class SumOfPatches(Op):
    """y_padded[n, i·stride + a·dilation, c] += x[n, i, a, c]: patches added back;   dx: `Patches`.

    Args:
        patches: the `Patches` that would read them.
        shape: (*spatial, channels) of the image.
    """

    keeps = ()

    def __init__(self, patches, shape):
        self.patches = patches
        self.shape = tuple(shape)

    def forward(self, x):
        op, pads = self.patches, self.patches.pads(self.shape[:-1])
        y = pad(np.zeros((x.shape[0], *self.shape), x.dtype), pads)
        parts = np.split(x, math.prod(op.window), axis=-1)
        for offset, part in zip(offsets(op.window), parts, strict=True):
            y[offset_slice(offset, x.shape[1:-1], op.strides, op.dilation)] += part
        return np.ascontiguousarray(unpad(y, pads))

    def backward(self, call, dy):
        return (self.patches.of(dy),)

    def output_shape(self, shape):
        return (shape[0], *self.shape)


@composed
def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """All windows of images (or volumes), each flattened in the order row, column, channel.

    Args:
        images: (height, width, channels), or with a batch axis; with a depth axis before the height if `size` has three
            integers. Channels first per `data_format`.
        size: an integer, or two or three of them: the window.
        strides: `size` by default, so that windows do not overlap.
        dilation_rate: step between the positions that a window takes.
        padding: "valid" or "same".
        data_format: None for the configured default.

    Returns:
        (batch, *outputs, window positions · channels), without the batch axis if `images` has none.
    """
    if not isinstance(size, (int, tuple, list)):
        raise TypeError(f"Invalid `size`. Expected an int or a tuple of two or three. Received: size={size!r}")
    if not isinstance(size, int) and len(size) not in (2, 3):
        raise ValueError(f"Invalid `size`. Expected an int or a tuple of two or three. Received: size={size}")
    count = 2 if isinstance(size, int) else len(size)
    images = convert_to_tensor(images)
    if len(images.shape) not in (count + 1, count + 2):
        raise ValueError(
            f"`images` must have {count + 1} axes, or {count + 2} with a batch axis, for size={size}. "
            f"Received: images.shape={tuple(images.shape)}"
        )
    window = per_axis(size, count, "size")
    strides = per_axis(strides or size, count, "strides")
    dilation = per_axis(dilation_rate, count, "dilation_rate")
    if max(strides) > 1 and max(dilation) > 1 and not isinstance(images, KerasTensor):  # TensorFlow's convolution
        raise ValueError(
            f"`strides > 1` are not supported in conjunction with a `dilation_rate > 1`. Received: strides={strides} "
            f"(by default `size`), dilation_rate={dilation}"
        )
    op = Patches(window, strides, standardize_padding(padding), dilation)
    batched = images if len(images.shape) == count + 2 else expand_dims(images, 0)
    patches = in_channels_last(op, batched, standardize_data_format(data_format))
    return patches if batched is images else squeeze(patches, 0)


def extract_patches_3d(volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """`extract_patches` of volumes (depth, height, width, channels), with or without a batch axis.

    Raises:
        TypeError: `size` is neither an integer nor three of them.
    """
    if not isinstance(size, int) and not (isinstance(size, (tuple, list)) and len(size) == 3):
        raise TypeError(f"`size` must be an integer, or a tuple of three. Received: size={size!r}")
    size = (size,) * 3 if isinstance(size, int) else size
    return extract_patches(volumes, size, strides, dilation_rate, padding, data_format)


def _window_op(kernel_size, dilation, padding, stride):
    """The `Patches` for the arguments of `unfold` and `fold`."""
    pads = tuple((n, n) for n in ((padding, padding) if isinstance(padding, int) else padding))
    return Patches(per_axis(kernel_size, 2, "kernel_size"), per_axis(stride, 2, "stride"), pads,
                   per_axis(dilation, 2, "dilation"))  # fmt: skip


@composed
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """The windows of images (batch, channels, height, width) as columns: (batch, channels · positions, windows).

    `padding` zeros go on both sides of each axis. This is PyTorch's layout; `fold` is the inverse.

    Raises:
        ValueError: x does not have 4 axes.
    """
    x = convert_to_tensor(x)
    if len(x.shape) != 4:
        raise ValueError(f"Input must be a 4D tensor, (batch, channels, height, width). Received: x.shape={x.shape}")
    op = _window_op(kernel_size, dilation, padding, stride)
    batch, channels = x.shape[:2]
    patches = op(transpose(x, (0, 2, 3, 1)))
    rows, columns = patches.shape[1:3]
    positions = math.prod(op.window)
    patches = reshape(patches, (batch, rows, columns, positions, channels))
    return reshape(transpose(patches, (0, 4, 3, 1, 2)), (batch, channels * positions, _times(rows, columns)))


def _times(n, m):
    return None if n is None or m is None else n * m


@composed
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns (batch, channels · positions, windows) as images, added where windows overlap.

    Returns:
        (batch, channels, *output_size).

    Raises:
        ValueError: the columns do not fit the window, or their number the output size.
    """
    x = convert_to_tensor(x)
    if len(x.shape) != 3:
        raise ValueError(
            f"Input must be a 3D tensor, (batch, channels · positions, windows). Received: x.shape={tuple(x.shape)}"
        )
    op = _window_op(kernel_size, dilation, padding, stride)
    sizes = per_axis(output_size, 2, "output_size")
    rows, columns = output_sizes(sizes, op.window, op.strides, op.padding, op.dilation)
    positions = math.prod(op.window)
    _, depth, windows = x.shape
    if (depth or 0) % positions or windows not in (None, rows * columns):
        raise ValueError(
            f"`x` must have {positions} rows for each channel and {rows * columns} columns, one for each window. "
            f"Received: x.shape={tuple(x.shape)}, output_size={sizes}, kernel_size={op.window}"
        )
    if depth is None:
        return KerasTensor((x.shape[0], None, *sizes), x.dtype)
    channels = depth // positions
    patches = transpose(Reshape((-1, channels, positions, rows, columns))(x), (0, 3, 4, 2, 1))
    patches = Reshape((-1, rows, columns, positions * channels))(patches)
    return Transpose((0, 3, 1, 2))(SumOfPatches(op, (*sizes, channels))(patches))


@composed
def depth_to_space(x, block_size, data_format="channels_last"):
    """Blocks of `block_size`² channels laid out in space: (batch, height · b, width · b, channels / b²).

    Raises:
        ValueError: x has not four axes, or the channels cannot be divided so.
    """
    data_format = standardize_data_format(data_format)
    x = _image_batch(x, block_size, data_format, "depth_to_space")
    return in_channels_last(lambda x: _depth_to_space(x, block_size), x, data_format)


def _depth_to_space(x, b):
    batch, height, width, channels = x.shape
    if channels is None:
        return KerasTensor((batch, _times(height, b), _times(width, b), None), x.dtype)
    if channels % b**2:
        raise ValueError(
            f"The number of channels must be divisible by block_size². Received: {channels} and block_size={b}"
        )
    y = reshape(x, (-1, height, width, b, b, channels // b**2))
    y = transpose(y, (0, 1, 3, 2, 4, 5))
    return reshape(y, (-1 if batch is None else batch, _times(height, b), _times(width, b), channels // b**2))


@composed
def space_to_depth(x, block_size, data_format="channels_last"):
    """Blocks of b × b pixels stacked in depth: (batch, height / b, width / b, channels · b²).

    Raises:
        ValueError: x has not four axes, or its height and width cannot be divided so.
    """
    data_format = standardize_data_format(data_format)
    x = _image_batch(x, block_size, data_format, "space_to_depth")
    return in_channels_last(lambda x: _space_to_depth(x, block_size), x, data_format)


def _space_to_depth(x, b):
    batch, height, width, channels = x.shape
    if (height or 0) % b or (width or 0) % b:
        raise ValueError(f"Height and width must be multiples of block_size. Received: {x.shape} and block_size={b}")
    rows, columns = (None if n is None else n // b for n in (height, width))
    if channels is None:
        return KerasTensor((batch, rows, columns, None), x.dtype)
    y = reshape(x, (batch, rows, b, columns, b, channels))
    return reshape(transpose(y, (0, 1, 3, 2, 4, 5)), (batch, rows, columns, b * b * channels))


def _image_batch(x, block_size, data_format, function):
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"`data_format` must be 'channels_first' or 'channels_last'. Received: {data_format!r}")
    if block_size < 2:
        raise ValueError(f"`block_size` must be at least 2. Received: block_size={block_size}")
    x = convert_to_tensor(x)
    if len(x.shape) != 4:
        raise ValueError(
            f"`{function}` requires a 4D input tensor, a batch of images. Received: x.shape={tuple(x.shape)}"
        )
    return x
