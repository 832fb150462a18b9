"""Convolutions by their sums over the positions of the window."""

import numpy as np

from tests.unit.layers.oracles.activations import ACTIVATIONS
from tests.unit.layers.oracles.case import Case


def pair(number):
    """(number, number), or the pair itself."""
    return (number, number) if isinstance(number, int) else tuple(number)


def same_padding(length, window, stride):
    """(before, after): what "same" adds to an axis; of an odd number the larger half comes after."""
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def padded(x, windows, strides, padding, fill=0.0):
    """x (batch, rows, columns, channels) with `fill` around it if padding is "same"."""
    if padding == "valid":
        return x
    widths = [same_padding(n, w, s) for n, w, s in zip(x.shape[1:3], windows, strides, strict=True)]
    return np.pad(x, [(0, 0), *widths, (0, 0)], constant_values=fill)


def output_lengths(x, windows, strides):
    """How many windows fit into the rows and columns of x."""
    return [(n - w) // s + 1 for n, w, s in zip(x.shape[1:3], windows, strides, strict=True)]


def _convolved(x, kernel, strides, dilation, padding, multiply):
    """Σ_ab multiply(x[:, i · s + a · d, j · s + b · d], kernel[a, b]) for every output place (i, j)."""
    strides, dilation = pair(strides), pair(dilation)
    windows = [(k - 1) * d + 1 for k, d in zip(kernel.shape[:2], dilation, strict=True)]
    x = padded(x, windows, strides, padding)
    rows, columns = output_lengths(x, windows, strides)
    return np.stack(
        [
            np.stack(
                [
                    sum(
                        multiply(x[:, i * strides[0] + a * dilation[0], j * strides[1] + b * dilation[1]], kernel[a, b])
                        for a, b in np.ndindex(kernel.shape[:2])
                    )
                    for j in range(columns)
                ],
                axis=1,
            )
            for i in range(rows)
        ],
        axis=1,
    )


def conv2d(x, kernel, bias=0.0, strides=1, padding="valid", dilation_rate=1, groups=1, activation=None):
    """Group g of the filters sees group g of the channels."""

    def multiply(place, weights):
        inputs, filters = place.shape[-1] // groups, weights.shape[-1] // groups
        parts = [
            place[:, g * inputs : (g + 1) * inputs] @ weights[:, g * filters : (g + 1) * filters] for g in range(groups)
        ]
        return np.concatenate(parts, axis=-1)

    return ACTIVATIONS[activation](_convolved(x, kernel, strides, dilation_rate, padding, multiply) + bias)


def depthwise_conv2d(
    x, kernel, bias=0.0, strides=1, padding="valid", dilation_rate=1, depth_multiplier=1, activation=None
):
    """Each channel c alone: output channel c · depth_multiplier + m is channel c with kernel[:, :, c, m]."""

    def multiply(place, weights):
        return (place[:, :, None] * weights).reshape(len(place), -1)

    return ACTIVATIONS[activation](_convolved(x, kernel, strides, dilation_rate, padding, multiply) + bias)


def separable_conv2d(x, depthwise_kernel, pointwise_kernel, bias=0.0, activation=None, **arguments):
    """A depthwise convolution, then a product of each place's channels with pointwise_kernel[0, 0]."""
    return ACTIVATIONS[activation](depthwise_conv2d(x, depthwise_kernel, **arguments) @ pointwise_kernel[0, 0] + bias)


def conv2d_transpose(
    x, kernel, bias=0.0, strides=1, padding="valid", output_padding=None, dilation_rate=1, activation=None
):
    """Every input place adds x[:, i, j] · kernel[a, b] to output place (i · s + a · d, j · s + b · d).

    So it is the transpose of the convolution with these arguments whose result has the shape of x: "same" puts the
    output where that convolution pads. kernel is (rows, columns, filters, channels).
    """
    strides, dilation = pair(strides), pair(dilation_rate)
    windows = [(k - 1) * d + 1 for k, d in zip(kernel.shape[:2], dilation, strict=True)]
    extra = (None, None) if output_padding is None else pair(output_padding)
    lengths = [n * s + w for n, s, w in zip(x.shape[1:3], strides, windows, strict=True)]
    whole = np.zeros((len(x), *lengths, kernel.shape[2]))
    for i, j, a, b in np.ndindex(*x.shape[1:3], *kernel.shape[:2]):
        whole[:, i * strides[0] + a * dilation[0], j * strides[1] + b * dilation[1]] += x[:, i, j] @ kernel[a, b].T
    cuts = map(_transposed_extent, x.shape[1:3], windows, strides, extra, [padding] * 2)
    return ACTIVATIONS[activation](whole[:, *cuts] + bias)


def _transposed_extent(length, window, stride, output_padding, padding):
    """The slice of an axis of all the sums that is the output."""
    if padding == "valid":
        extra = max(stride - window, 0) if output_padding is None else output_padding
        return slice(0, (length - 1) * stride + window + extra)
    outputs = length * stride if output_padding is None else (length - 1) * stride + window % 2 + output_padding
    before = same_padding(outputs, window, stride)[0]
    return slice(before, before + outputs)


IMAGE = (2, 6, 5, 4)

CASES = [
    *[
        Case("Conv2D", {"filters": 3, **arguments}, (IMAGE,), conv2d)
        for arguments in (
            {"kernel_size": 3},
            {"kernel_size": 3, "padding": "same", "activation": "relu"},
            {"kernel_size": (3, 2), "strides": 2, "padding": "same"},
            {"kernel_size": 2, "strides": (2, 3), "use_bias": False},
            {"kernel_size": 2, "dilation_rate": 2},
            {"kernel_size": 3, "dilation_rate": (2, 1), "padding": "same"},
            {"kernel_size": 1, "activation": "tanh"},
            {"kernel_size": 5, "padding": "same"},
        )
    ],
    Case("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 2}, (IMAGE,), conv2d),
    Case("Conv2D", {"filters": 16, "kernel_size": 3, "padding": "same"}, ((1, 5, 6, 16),), conv2d),  # Winograd's method
    *[
        Case("DepthwiseConv2D", arguments, (IMAGE,), depthwise_conv2d)
        for arguments in (
            {"kernel_size": 3},
            {"kernel_size": 3, "padding": "same", "depth_multiplier": 2, "activation": "relu"},
            {"kernel_size": (3, 2), "strides": 2, "use_bias": False},
            {"kernel_size": 2, "dilation_rate": 2},
            {"kernel_size": 3, "strides": (2, 1), "padding": "same"},
        )
    ],
    *[
        Case("SeparableConv2D", {"filters": 3, **arguments}, (IMAGE,), separable_conv2d)
        for arguments in (
            {"kernel_size": 3},
            {"kernel_size": 3, "padding": "same", "activation": "relu"},
            {"kernel_size": 3, "depth_multiplier": 2, "strides": 2},
            {"kernel_size": 2, "dilation_rate": 2, "use_bias": False},
        )
    ],
    *[
        Case("Conv2DTranspose", {"filters": 3, **arguments}, ((2, 4, 3, 4),), conv2d_transpose)
        for arguments in (
            {"kernel_size": 3},
            {"kernel_size": 3, "padding": "same", "activation": "relu"},
            {"kernel_size": (3, 2), "strides": 2, "padding": "same"},
            {"kernel_size": 2, "strides": (2, 3), "use_bias": False},
            {"kernel_size": 3, "strides": 2, "output_padding": (1, 0)},
            {"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0},
            {"kernel_size": 1, "strides": 3},
            {"kernel_size": 2, "dilation_rate": 2},
        )
    ],
]
