"""Depthwise 2D convolution: every channel has its own filters, so there is no sum over channels and no matrix product.

float32 goes by the jobs of `grouped.py` and `depthwise_jobs.py`, float64 by the loops below.

The compiled loops have one filter per channel; with M of them, each channel of x is written M times first. The
innermost loop runs over channels, which lie side by side in memory, so one instruction handles 8 or 16 of them.
"""

import numpy as np

from minikeras.kernels.blas import add_bias
from minikeras.kernels.convolution import algorithms, grouped
from minikeras.kernels.convolution.reference import (
    depthwise_convolution_input_gradient_reference,
    depthwise_convolution_kernel_gradient_reference,
    depthwise_convolution_reference,
)
from minikeras.kernels.registry import is_float, kernel
from minikeras.kernels.windows import offset_slice, offsets, output_sizes, pad, unpad


def depthwise_convolution(x, kernel, strides, pads, dilation, bias=None, relu=False):
    """y[n, i, c·M + m] = Σ_a x_padded[n, i·stride + a·dilation, c] · kernel[a, c, m] + bias[c·M + m], or relu of it.

    Args:
        x: (batch, *spatial, channels).
        kernel: (*window, channels, M).
        strides, pads, dilation, bias, relu: as in `convolution`.

    Returns:
        y: (batch, *outputs, channels·M).
    """
    if algorithms.apply(x, kernel) and not algorithms.wants_reference(x):
        return grouped.convolve(x, _as_grouped(kernel), strides, pads, dilation, bias, relu)
    if x.ndim != 4 or not is_float(x, kernel) or algorithms.wants_reference(x):
        return add_bias(depthwise_convolution_reference(x, kernel, strides, pads, dilation), bias, relu)
    outputs = output_sizes(x.shape[1:3], kernel.shape[:2], strides, pads, dilation)
    y = np.zeros((x.shape[0], *outputs, kernel.shape[2] * kernel.shape[3]), x.dtype)
    depthwise_forward(y, _repeated(x, kernel.shape[3]), _flat(kernel), strides, pads, dilation)
    return add_bias(y, bias, relu)


def depthwise_convolution_input_gradient(dy, kernel, sizes, strides, pads, dilation):
    """dx[n, i·stride + a·dilation, c] += Σ_m dy[n, i, c·M + m] · kernel[a, c, m].  dx (batch, *sizes, channels)."""
    if algorithms.apply(dy, kernel) and not algorithms.wants_reference(dy):
        return grouped.input_gradient(dy, _as_grouped(kernel), sizes, kernel.shape[-2], strides, pads, dilation)
    if dy.ndim != 4 or not is_float(dy, kernel) or algorithms.wants_reference(dy):
        return depthwise_convolution_input_gradient_reference(dy, kernel, sizes, strides, pads, dilation)
    dx = np.zeros((dy.shape[0], *sizes, dy.shape[3]), dy.dtype)
    depthwise_input_gradient(dx, np.ascontiguousarray(dy), _flat(kernel), strides, pads, dilation)
    multiplier = kernel.shape[3]
    return dx if multiplier == 1 else dx.reshape(*dx.shape[:3], -1, multiplier).sum(axis=-1)


def depthwise_convolution_kernel_gradient(x, dy, window, strides, pads, dilation):
    """dkernel[a, c, m] = Σ_n Σ_i x_padded[n, i·stride + a·dilation, c] · dy[n, i, c·M + m]."""
    channels, multiplier = x.shape[-1], dy.shape[-1] // x.shape[-1]
    if algorithms.apply(x, dy) and not algorithms.wants_reference(x, dy):
        dkernel = grouped.kernel_gradient(x, dy, window, channels, strides, pads, dilation)
        return dkernel.reshape(*window, channels, multiplier)
    if x.ndim != 4 or not is_float(x, dy) or algorithms.wants_reference(x, dy):
        return depthwise_convolution_kernel_gradient_reference(x, dy, window, strides, pads, dilation)
    repeated = _repeated(x, multiplier)
    dkernel = np.zeros((*window, dy.shape[3]), x.dtype)
    depthwise_kernel_gradient(dkernel, repeated, np.ascontiguousarray(dy), strides, pads, dilation)
    return dkernel.reshape(*window, channels, multiplier)


def _repeated(x, multiplier):
    return np.ascontiguousarray(x) if multiplier == 1 else np.repeat(x, multiplier, axis=3)


def _as_grouped(kernel):
    """A kernel (*window, channels, M) as (*window, 1, channels·M), for one group for each channel."""
    return kernel.reshape(*kernel.shape[:-2], 1, -1)


def _flat(kernel):
    """kernel (*window, channels, M) as (*window, channels·M)."""
    return np.ascontiguousarray(kernel).reshape(*kernel.shape[:2], -1)


def depthwise_forward_reference(y, x, kernel, strides, pads, dilation):
    """y[n, i, c] += Σ_a x_padded[n, i·stride + a·dilation, c] · kernel[a, c]. y changes in place."""
    x = pad(x, pads)
    for offset in offsets(kernel.shape[:2]):
        y += x[offset_slice(offset, y.shape[1:3], strides, dilation)] * kernel[offset]


# The loops take 1/6 of their references' time from 4 to 128 channels, 3×3 and 5×5 (float32, AMD Zen 4).
@kernel(reference=depthwise_forward_reference, when=lambda y, x, *_: is_float(x))
def depthwise_forward(y, x, kernel, strides, pads, dilation):
    _, height, width, channels = x.shape
    for n in range(y.shape[0]):
        for i in range(y.shape[1]):
            for a in range(kernel.shape[0]):
                row = i * strides[0] + a * dilation[0] - pads[0][0]
                if 0 <= row < height:
                    for b in range(kernel.shape[1]):
                        for j in range(y.shape[2]):
                            column = j * strides[1] + b * dilation[1] - pads[1][0]
                            if 0 <= column < width:
                                for c in range(channels):
                                    y[n, i, j, c] += x[n, row, column, c] * kernel[a, b, c]


def depthwise_input_gradient_reference(dx, dy, kernel, strides, pads, dilation):
    """dx[n, i·stride + a·dilation, c] += dy[n, i, c] · kernel[a, c]. dx changes in place."""
    padded = pad(dx, pads)
    for offset in offsets(kernel.shape[:2]):
        padded[offset_slice(offset, dy.shape[1:3], strides, dilation)] += dy * kernel[offset]
    dx[...] = unpad(padded, pads)


@kernel(reference=depthwise_input_gradient_reference, when=lambda dx, dy, *_: is_float(dy))
def depthwise_input_gradient(dx, dy, kernel, strides, pads, dilation):
    _, height, width, channels = dx.shape
    for n in range(dy.shape[0]):
        for i in range(dy.shape[1]):
            for a in range(kernel.shape[0]):
                row = i * strides[0] + a * dilation[0] - pads[0][0]
                if 0 <= row < height:
                    for b in range(kernel.shape[1]):
                        for j in range(dy.shape[2]):
                            column = j * strides[1] + b * dilation[1] - pads[1][0]
                            if 0 <= column < width:
                                for c in range(channels):
                                    dx[n, row, column, c] += dy[n, i, j, c] * kernel[a, b, c]


def depthwise_kernel_gradient_reference(dkernel, x, dy, strides, pads, dilation):
    """dkernel[a, c] += Σ_n Σ_i x_padded[n, i·stride + a·dilation, c] · dy[n, i, c]. dkernel changes in place."""
    x = pad(x, pads)
    for offset in offsets(dkernel.shape[:2]):
        dkernel[offset] += (x[offset_slice(offset, dy.shape[1:3], strides, dilation)] * dy).sum(axis=(0, 1, 2))


@kernel(reference=depthwise_kernel_gradient_reference, when=lambda dkernel, x, *_: is_float(x))
def depthwise_kernel_gradient(dkernel, x, dy, strides, pads, dilation):
    _, height, width, channels = x.shape
    total = np.empty(channels, dkernel.dtype)
    for n in range(dy.shape[0]):
        for i in range(dy.shape[1]):
            for a in range(dkernel.shape[0]):
                row = i * strides[0] + a * dilation[0] - pads[0][0]
                if 0 <= row < height:
                    for b in range(dkernel.shape[1]):
                        total[:] = 0  # each output line is summed by itself: a smaller rounding error in float32
                        for j in range(dy.shape[2]):
                            column = j * strides[1] + b * dilation[1] - pads[1][0]
                            if 0 <= column < width:
                                for c in range(channels):
                                    total[c] += x[n, row, column, c] * dy[n, i, j, c]
                        for c in range(channels):
                            dkernel[a, b, c] += total[c]
