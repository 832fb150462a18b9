"""Convolution by its definition, for any number of spatial axes: one matrix product per window offset.

y[n, i, f] = Σ_a Σ_c x[n, i·stride + a·dilation − before, c] · kernel[a, c, f]

with i and a over one, two or three spatial axes. For a fixed offset a, the values of x in all windows are a strided
slice, so the sum over a is a short Python loop, and the sum over c a matrix product. Of few channels the slices of all
offsets are put together, for one product. The two gradients differentiate the same sum by x and by the kernel.

Shapes: x (batch, *spatial, channels); kernel (*window, channels / groups, filters); y (batch, *outputs, filters).
With groups g, the channels and the filters are split into g equal runs, and run r of y depends only on run r of x. The
groups of a depthwise convolution have one channel each: there the sum over c vanishes, and a product of arrays does
all groups at once.
"""

import math

import numpy as np

from minikeras.kernels.windows import offset_slice, offsets, output_sizes, pad, unpad

FEW_CHANNELS = 4
MAX_IN_WINDOWS = 1 << 25  # values in all windows that are put together


def convolution_reference(x, kernel, strides, pads, dilation, groups=1):
    """y[n, i, f] = Σ_a Σ_c x_padded[n, i·stride + a·dilation, c] · kernel[a, c, f]."""
    if is_depthwise(x.shape[-1], groups):
        return depthwise_convolution_reference(x, _channel_kernels(kernel, groups), strides, pads, dilation)
    window = kernel.shape[:-2]
    outputs = output_sizes(x.shape[1:-1], window, strides, pads, dilation)
    y = np.zeros((x.shape[0], *outputs, kernel.shape[-1]), x.dtype)
    x = pad(x, pads)
    for x_run, kernel_run, y_run in runs(x, kernel, y, groups):
        if _are_few(kernel_run, y):
            y_run[...] = _values_in_windows(x_run, window, outputs, strides, dilation) @ _rows(kernel_run)
            continue
        for offset in offsets(window):
            y_run += _product(x_run[offset_slice(offset, outputs, strides, dilation)], kernel_run[offset])
    return y


def convolution_input_gradient_reference(dy, kernel, sizes, strides, pads, dilation, groups=1):
    """dx[n, i·stride + a·dilation, c] += Σ_f dy[n, i, f] · kernel[a, c, f], over all windows i and offsets a.

    `sizes` are the spatial sizes of x, which those of dy do not determine when stride > 1.
    """
    if is_depthwise(kernel.shape[-2] * groups, groups):
        kernel = _channel_kernels(kernel, groups)
        return depthwise_convolution_input_gradient_reference(dy, kernel, sizes, strides, pads, dilation)
    window = kernel.shape[:-2]
    padded = tuple(size + before + after for size, (before, after) in zip(sizes, pads, strict=True))
    dx = np.zeros((dy.shape[0], *padded, kernel.shape[-2] * groups), dy.dtype)
    for dx_run, kernel_run, dy_run in runs(dx, kernel, dy, groups):
        for offset in offsets(window):
            dx_run[offset_slice(offset, dy.shape[1:-1], strides, dilation)] += _product(dy_run, kernel_run[offset].T)
    return unpad(dx, pads)


def convolution_kernel_gradient_reference(x, dy, window, strides, pads, dilation, groups=1):
    """dkernel[a, c, f] = Σ_n Σ_i x_padded[n, i·stride + a·dilation, c] · dy[n, i, f]."""
    if is_depthwise(x.shape[-1], groups):
        dkernel = depthwise_convolution_kernel_gradient_reference(x, dy, window, strides, pads, dilation)
        return dkernel.reshape(*window, 1, -1)
    dkernel = np.zeros((*window, x.shape[-1] // groups, dy.shape[-1]), x.dtype)
    x = pad(x, pads)
    for x_run, dkernel_run, dy_run in runs(x, dkernel, dy, groups):
        if _are_few(dkernel_run, dy):
            seen = _values_in_windows(x_run, window, dy.shape[1:-1], strides, dilation)
            dkernel_run[...] = (_rows(seen).T @ _rows(dy_run)).reshape(dkernel_run.shape)
            continue
        for offset in offsets(window):
            seen = x_run[offset_slice(offset, dy.shape[1:-1], strides, dilation)]
            dkernel_run[offset] += _rows(seen).T @ _rows(dy_run)  # summed over batch and space
    return dkernel


def depthwise_convolution_reference(x, kernel, strides, pads, dilation):
    """y[n, i, c·M + m] = Σ_a x_padded[n, i·stride + a·dilation, c] · kernel[a, c, m].

    Each channel has its own M filters. kernel (*window, channels, M); y (batch, *outputs, channels·M).
    """
    window, (channels, multiplier) = kernel.shape[:-2], kernel.shape[-2:]
    outputs = output_sizes(x.shape[1:-1], window, strides, pads, dilation)
    y = np.zeros((x.shape[0], *outputs, channels, multiplier), x.dtype)
    x = pad(x, pads)[..., None]
    for offset in offsets(window):
        y += x[offset_slice(offset, outputs, strides, dilation)] * kernel[offset]
    return y.reshape(*y.shape[:-2], channels * multiplier)


def depthwise_convolution_input_gradient_reference(dy, kernel, sizes, strides, pads, dilation):
    """dx[n, i·stride + a·dilation, c] += Σ_m dy[n, i, c·M + m] · kernel[a, c, m]."""
    window, (channels, multiplier) = kernel.shape[:-2], kernel.shape[-2:]
    padded = tuple(size + before + after for size, (before, after) in zip(sizes, pads, strict=True))
    dx = np.zeros((dy.shape[0], *padded, channels), dy.dtype)
    dy = dy.reshape(*dy.shape[:-1], channels, multiplier)
    for offset in offsets(window):
        dx[offset_slice(offset, dy.shape[1:-2], strides, dilation)] += (dy * kernel[offset]).sum(axis=-1)
    return unpad(dx, pads)


def depthwise_convolution_kernel_gradient_reference(x, dy, window, strides, pads, dilation):
    """dkernel[a, c, m] = Σ_n Σ_i x_padded[n, i·stride + a·dilation, c] · dy[n, i, c·M + m]."""
    channels = x.shape[-1]
    dy = dy.reshape(*dy.shape[:-1], channels, dy.shape[-1] // channels)
    dkernel = np.zeros((*window, *dy.shape[-2:]), x.dtype)
    x = pad(x, pads)[..., None]
    for offset in offsets(window):
        seen = x[offset_slice(offset, dy.shape[1:-2], strides, dilation)]
        dkernel[offset] = (seen * dy).sum(axis=tuple(range(dy.ndim - 2)))
    return dkernel


def is_depthwise(channels, groups):
    """Whether each of several channels is a separate group."""
    return 1 < channels == groups


def _are_few(kernel, y):
    """Whether the values that windows see in a group's few channels are assembled for one product.

    500 offsets of two sounds of 16,000 values, 513 filters: 0.4 → 0.04 s forward, 3.9 → 0.05 s for the kernel.
    """
    *window, channels, _ = kernel.shape
    return channels <= FEW_CHANNELS and math.prod((*y.shape[:-1], *window, channels)) <= MAX_IN_WINDOWS


def _values_in_windows(x, window, outputs, strides, dilation):
    """(batch, *outputs, offsets · channels): the elements of a padded x in each window."""
    parts = [x[offset_slice(offset, outputs, strides, dilation)] for offset in offsets(window)]
    return np.concatenate(parts, axis=-1)


def _channel_kernels(kernel, channels):
    """A depthwise kernel (*window, 1, channels·M) as (*window, channels, M)."""
    return kernel.reshape(*kernel.shape[:-2], channels, -1)


def _product(values, matrix):
    """values @ matrix. With one channel NumPy's matmul takes 20 times as long as multiplying."""
    return values * matrix[0] if len(matrix) == 1 else values @ matrix


def _rows(array):
    return array.reshape(-1, array.shape[-1])


def runs(x, kernel, y, groups):
    """Views of x, kernel and y that belong to each group."""
    channels, filters = x.shape[-1] // groups, y.shape[-1] // groups
    for group in range(groups):
        own_filters = slice(group * filters, (group + 1) * filters)
        yield x[..., group * channels : (group + 1) * channels], kernel[..., own_filters], y[..., own_filters]
