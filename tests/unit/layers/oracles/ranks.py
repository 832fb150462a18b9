"""Convolutions and pooling over any number of axes, by going from window to window."""

import itertools
import math

import numpy as np

from tests.unit.layers.oracles.activations import ACTIVATIONS
from tests.unit.layers.oracles.case import Case


def per_axis(number, rank):
    """The number for each of the axes, or the numbers themselves."""
    return (number,) * rank if isinstance(number, int) else tuple(number)


def padded(x, rank, window, strides, dilation, padding, value=0.0):
    """x with what a padding adds, and the lengths of the outputs."""
    pads, outputs = [], []
    for n, k, s, d in zip(x.shape[1 : 1 + rank], window, strides, dilation, strict=True):
        reach = (k - 1) * d + 1
        if padding == "same":
            count = math.ceil(n / s)
            total = max((count - 1) * s + reach - n, 0)
            pads.append((total // 2, total - total // 2))
        else:
            pads.append((reach - 1, 0) if padding == "causal" else (0, 0))
        outputs.append((n + sum(pads[-1]) - reach) // s + 1)
    return np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=value), outputs


def windows(x, rank, window, strides, dilation, outputs):
    """For each output position (position, the values (batch, *window, channels) that it sees)."""
    for position in itertools.product(*map(range, outputs)):
        positions = [
            slice(i * s, i * s + (k - 1) * d + 1, d)
            for i, k, s, d in zip(position, window, strides, dilation, strict=True)
        ]
        yield position, x[(slice(None), *positions)]


def convolved(x, kernel, rank, strides, dilation, padding, groups=1):
    window = kernel.shape[:rank]
    x, outputs = padded(x, rank, window, strides, dilation, padding)
    y = np.zeros((len(x), *outputs, kernel.shape[-1]))
    per_group, filters = x.shape[-1] // groups, kernel.shape[-1] // groups
    for position, seen in windows(x, rank, window, strides, dilation, outputs):
        for f in range(kernel.shape[-1]):
            group = f // filters
            own = seen[..., group * per_group : (group + 1) * per_group]
            y[(slice(None), *position, f)] = (own * kernel[..., f]).reshape(len(x), -1).sum(axis=1)
    return y


def depthwise(x, kernel, *geometry):
    *window, channels, multiplier = kernel.shape
    return convolved(x, kernel.reshape(*window, 1, channels * multiplier), *geometry, groups=channels)


def transposed(x, kernel, rank, strides, outputs):
    """Every input value puts a copy of the kernel, times itself, into the output ("valid", no dilation)."""
    y = np.zeros((len(x), *outputs, kernel.shape[-2]))
    for position in itertools.product(*map(range, x.shape[1:-1])):
        positions = [slice(i * s, i * s + k) for i, s, k in zip(position, strides, kernel.shape[:rank], strict=True)]
        y[(slice(None), *positions)] += np.einsum("nc,...fc->n...f", x[(slice(None), *position)], kernel)
    return y


def conv(x, kernel, bias=0.0, strides=1, padding="valid", dilation_rate=1, groups=1, activation=None):
    """Σ over the window, as `convolved`."""
    rank = kernel.ndim - 2
    y = convolved(x, kernel, rank, per_axis(strides, rank), per_axis(dilation_rate, rank), padding, groups)
    return ACTIVATIONS[activation](y + bias)


def depthwise_conv(x, kernel, bias=0.0, strides=1, padding="valid", depth_multiplier=1):
    """Each channel alone."""
    rank = kernel.ndim - 2
    return depthwise(x, kernel, rank, per_axis(strides, rank), (1,) * rank, padding) + bias


def separable_conv(x, depthwise_kernel, pointwise_kernel, bias=0.0, **arguments):
    """A depthwise convolution, then a product of each place's channels."""
    return (
        depthwise_conv(x, depthwise_kernel, **arguments) @ pointwise_kernel.reshape(pointwise_kernel.shape[-2:]) + bias
    )


def conv_transpose(x, kernel, bias=0.0, strides=1):
    """Every input value puts a copy of the kernel into the output ("valid")."""
    rank = kernel.ndim - 2
    steps = per_axis(strides, rank)
    sizes = zip(x.shape[1:-1], steps, kernel.shape[:rank], strict=True)
    return transposed(x, kernel, rank, steps, [(n - 1) * s + max(k, s) for n, s, k in sizes]) + bias


def _pooling(reduce):
    def pooling(x, pool_size=2, strides=None, padding="valid"):
        rank = x.ndim - 2
        window, ones = per_axis(pool_size, rank), (1,) * rank
        steps = window if strides is None else per_axis(strides, rank)
        values, outputs = padded(x, rank, window, steps, ones, padding, value=np.nan)
        y = np.zeros((len(x), *outputs, x.shape[-1]))
        for position, seen in windows(values, rank, window, steps, ones, outputs):
            y[(slice(None), *position)] = reduce(seen.reshape(len(x), -1, x.shape[-1]), axis=1)
        return y

    return pooling


def _global_pooling(reduce):
    def pooling(x, keepdims=False):
        return reduce(x, axis=tuple(range(1, x.ndim - 1)), keepdims=keepdims)

    return pooling


def _permuted(*shape):
    """Values that differ by 0.01 or more, so that difference quotients meet no tie."""
    return np.random.default_rng(0).permutation(math.prod(shape)).reshape(shape) / 100.0


INPUTS = {1: (2, 7, 4), 3: (1, 3, 4, 3, 2)}
DISTINCT = {1: _permuted(2, 7, 3), 3: _permuted(1, 3, 4, 3, 2)}

CASES = [
    *[
        Case(f"Conv{rank}D", {"filters": 4, "kernel_size": 2, **arguments}, (INPUTS[rank],), conv)
        for rank in (1, 3)
        for arguments in ({"activation": "tanh"}, {"strides": 2, "padding": "same"}, {"groups": 2, "dilation_rate": 2})
    ],
    Case("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, (INPUTS[1],), conv),
    *[
        Case(
            f"Conv{rank}DTranspose",
            {"filters": 3, "kernel_size": 2, "strides": strides},
            (INPUTS[rank],),
            conv_transpose,
        )
        for rank in (1, 3)
        for strides in (1, 2)
    ],
    Case("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"}, (INPUTS[1],), depthwise_conv),
    Case("SeparableConv1D", {"filters": 3, "kernel_size": 3, "strides": 2}, (INPUTS[1],), separable_conv),
    *[
        Case(f"{name}{rank}D", arguments, (DISTINCT[rank],), _pooling(reduce))
        for name, reduce in (("MaxPooling", np.nanmax), ("AveragePooling", np.nanmean))
        for rank in (1, 3)
        for arguments in ({"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"})
    ],
    *[
        Case(f"{name}{rank}D", {"keepdims": keepdims}, (DISTINCT[rank],), _global_pooling(reduce))
        for name, reduce in (("GlobalMaxPooling", np.max), ("GlobalAveragePooling", np.mean))
        for rank in (1, 3)
        for keepdims in (False, True)
    ],
]
