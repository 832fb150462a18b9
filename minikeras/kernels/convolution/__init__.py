"""Convolution of arrays, forward and both gradients, over one, two or three spatial axes.

This file chooses the quickest way that fits:

| arrays | way |
|---|---|
| float32 | the jobs of `grouped.py`, which plans run too |
| one group, or each in turn | `algorithms.py` chooses: a product, `winograd*.py`, `narrow.py`, `direct.py` |
| one group for each channel | `depthwise_jobs.py` |
| one axis | two axes, one of them of size 1 |
| three axes | `direct.py`, the planes of a volume as images |
| float64, one or two axes | `blocked.py`: patches gathered by Numba, multiplied by BLAS; `depthwise.py` |
| float64, three axes; other dtypes | the definition, `reference.py` |

Everything is channels-last. `strides` and `dilation` have one number per spatial axis, `pads` one pair (before, after);
`minikeras.kernels.windows` computes them for "same" and "valid". A transposed convolution is
`convolution_input_gradient` with `sizes` set to the output's sizes.
"""

import numpy as np

from minikeras.kernels.blas import add_bias, matmul
from minikeras.kernels.convolution import algorithms, blocked, grouped
from minikeras.kernels.convolution.depthwise import (
    depthwise_convolution,
    depthwise_convolution_input_gradient,
    depthwise_convolution_kernel_gradient,
)
from minikeras.kernels.convolution.reference import (
    convolution_input_gradient_reference,
    convolution_kernel_gradient_reference,
    convolution_reference,
    depthwise_convolution_input_gradient_reference,
    depthwise_convolution_kernel_gradient_reference,
    depthwise_convolution_reference,
)
from minikeras.kernels.registry import is_float
from minikeras.kernels.windows import output_sizes, with_axis

__all__ = [
    "convolution",
    "convolution_input_gradient",
    "convolution_input_gradient_reference",
    "convolution_kernel_gradient",
    "convolution_kernel_gradient_reference",
    "convolution_reference",
    "depthwise_convolution",
    "depthwise_convolution_input_gradient",
    "depthwise_convolution_input_gradient_reference",
    "depthwise_convolution_kernel_gradient",
    "depthwise_convolution_kernel_gradient_reference",
    "depthwise_convolution_reference",
]


def convolution(x, kernel, strides, pads, dilation, groups=1, bias=None, relu=False):
    """y[n, i, f] = Σ_a Σ_c x_padded[n, i·stride + a·dilation, c] · kernel[a, c, f] + bias[f], or relu of it.

    Args:
        x: (batch, *spatial, channels).
        kernel: (*window, channels / groups, filters).
        strides, dilation: one integer per spatial axis, at least 1.
        pads: one pair (before, after) per spatial axis.
        groups: divides channels and filters.
        bias: (filters,), or None for none.

    Returns:
        y: (batch, *outputs, filters).
    """
    geometry = strides, pads, dilation
    if _by_jobs(x, kernel):
        return grouped.convolve(x, kernel, *geometry, bias, relu)
    if x.ndim == 3:
        return convolution(x[:, None], kernel[None], *with_axis(*geometry), groups, bias, relu)[:, 0]
    if _by_definition(x, kernel):
        return add_bias(convolution_reference(x, kernel, *geometry, groups), bias, relu)
    if groups > 1 and groups == x.shape[-1]:
        return depthwise_convolution(x, _as_depthwise(kernel, groups), *geometry, bias, relu)
    if groups > 1:
        pairs = zip(np.split(x, groups, axis=-1), np.split(kernel, groups, axis=-1), strict=True)
        return add_bias(np.concatenate([convolution(*pair, *geometry) for pair in pairs], axis=-1), bias, relu)
    if _is_pointwise(kernel.shape, pads):
        return matmul(x[:, :: strides[0], :: strides[1]], kernel[0, 0], None, bias, relu)
    outputs = output_sizes(x.shape[1:3], kernel.shape[:2], *geometry)
    return add_bias(blocked.convolve(np.ascontiguousarray(x), kernel, outputs, *geometry), bias, relu)


def convolution_input_gradient(dy, kernel, sizes, strides, pads, dilation, groups=1, bias=None, relu=False):
    """dx[n, i·stride + a·dilation, c] += Σ_f dy[n, i, f] · kernel[a, c, f]: the gradient for x, from that for y.

    Also the transposed convolution of `dy`, which then adds a bias and takes the relu. Linear in dy and in kernel, so
    `convolution` and `convolution_kernel_gradient` are in turn its gradients.

    Args:
        dy: (batch, *outputs, filters).
        kernel: (*window, channels / groups, filters).
        sizes: the spatial sizes of x.
        strides, pads, dilation, groups: as in `convolution`.
        bias: (channels,), or None for none.

    Returns:
        dx: (batch, *sizes, channels).
    """
    geometry = strides, pads, dilation
    if _by_jobs(dy, kernel):
        return grouped.input_gradient(dy, kernel, sizes, groups, *geometry, bias, relu)
    if dy.ndim == 3:
        axes = with_axis(*geometry)
        return convolution_input_gradient(dy[:, None], kernel[None], (1, *sizes), *axes, groups, bias, relu)[:, 0]
    return add_bias(_input_gradient(dy, kernel, sizes, *geometry, groups), bias, relu)


def _input_gradient(dy, kernel, sizes, strides, pads, dilation, groups):
    geometry = strides, pads, dilation
    if _by_definition(dy, kernel):
        return convolution_input_gradient_reference(dy, kernel, sizes, *geometry, groups)
    if groups > 1 and kernel.shape[-2] == 1:
        return depthwise_convolution_input_gradient(dy, _as_depthwise(kernel, groups), sizes, *geometry)
    if groups > 1:
        pairs = zip(np.split(dy, groups, axis=-1), np.split(kernel, groups, axis=-1), strict=True)
        return np.concatenate([convolution_input_gradient(*pair, sizes, *geometry) for pair in pairs], axis=-1)
    if _is_pointwise(kernel.shape, pads):
        return _spread(matmul(dy, kernel[0, 0].T), sizes, strides)
    return blocked.input_gradient(np.ascontiguousarray(dy), kernel, sizes, *geometry)


def convolution_kernel_gradient(x, dy, window, strides, pads, dilation, groups=1):
    """dkernel[a, c, f] = Σ_n Σ_i x_padded[n, i·stride + a·dilation, c] · dy[n, i, f]: the gradient for the kernel.

    Args:
        x: (batch, *spatial, channels).
        dy: (batch, *outputs, filters).
        window: the spatial sizes of the kernel.
        strides, pads, dilation, groups: as in `convolution`.

    Returns:
        dkernel: (*window, channels / groups, filters).
    """
    if _by_jobs(x, dy):
        return grouped.kernel_gradient(x, dy, window, groups, strides, pads, dilation)
    if x.ndim == 3:
        axes = with_axis(strides, pads, dilation)
        return convolution_kernel_gradient(x[:, None], dy[:, None], (1, *window), *axes, groups)[0]
    if _by_definition(x, dy):
        return convolution_kernel_gradient_reference(x, dy, window, strides, pads, dilation, groups)
    if groups > 1 and groups == x.shape[-1]:
        dkernel = depthwise_convolution_kernel_gradient(x, dy, window, strides, pads, dilation)
        return dkernel.reshape(*window, 1, dy.shape[3])
    if groups > 1:
        pairs = zip(np.split(x, groups, axis=-1), np.split(dy, groups, axis=-1), strict=True)
        runs = [convolution_kernel_gradient(*pair, window, strides, pads, dilation) for pair in pairs]
        return np.concatenate(runs, axis=-1)
    if _is_pointwise((*window, x.shape[3], dy.shape[3]), pads):
        seen = np.ascontiguousarray(x[:, :: strides[0], :: strides[1]]).reshape(-1, x.shape[3])
        return matmul(seen.T, dy.reshape(-1, dy.shape[3])).reshape(1, 1, x.shape[3], dy.shape[3])
    x, dy = np.ascontiguousarray(x), np.ascontiguousarray(dy)
    return blocked.kernel_gradient(x, dy, window, strides, pads, dilation)


def _by_jobs(*arrays):
    return algorithms.apply(*arrays) and not algorithms.wants_reference(*arrays)


def _by_definition(*arrays):
    """Whether nothing is quicker than the definition, for images or volumes that do not go by jobs."""
    return arrays[0].ndim != 4 or not is_float(*arrays) or algorithms.wants_reference(*arrays)


def _as_depthwise(kernel, groups):
    """A kernel (*window, 1, filters) of one channel per group as (*window, channels, filters per channel)."""
    return kernel.reshape(*kernel.shape[:2], groups, -1)


def _is_pointwise(kernel_shape, pads):
    return kernel_shape[0] == kernel_shape[1] == 1 and not any(map(any, pads))


def _spread(values, sizes, strides):
    """`values` (batch, *outputs, channels) at every stride-th position of an array of `sizes`, zeros between."""
    if values.shape[1:3] == tuple(sizes):
        return values
    spread = np.zeros((values.shape[0], *sizes, values.shape[3]), values.dtype)
    rows, columns = (slice(0, count * stride, stride) for count, stride in zip(values.shape[1:3], strides, strict=True))
    spread[:, rows, columns] = values
    return spread
