"""2D convolution as matrix products: gather the patches of a few output lines, multiply them by BLAS, go on.

With all offsets and channels in one axis, the definition in `reference.py` is a plain product: y = patches · kernel,
dkernel = patchesᵀ · dy, dpatches = dy · kernelᵀ. The buffer holds a few output lines only, so that it stays in cache.
Everything here is for one group and contiguous arrays.
"""

import math

import numpy as np

from minikeras.kernels.blas import matmul
from minikeras.kernels.convolution.patches import gather_patches, scatter_patches

# Numbers in the patch buffer: 2 MB of float32. 16×32×32, 64→64, 3×3 forward on two cores (AMD Zen 4) takes 11.5 ms with
# 0.25 MB (BLAS wants longer matrices for its threads), 8.2–8.7 ms with 2–4 MB, 13.6 ms with 64 MB (fresh pages cost).
BUFFER_SIZE = 1 << 19


def convolve(x, kernel, outputs, strides, pads, dilation):
    """y = patches · kernel, block by block."""
    y = np.empty((x.shape[0], *outputs, kernel.shape[3]), np.result_type(x, kernel))
    matrix = kernel.reshape(-1, kernel.shape[3])
    y_lines = _lines(y)
    for block, patches in _blocks(y_lines, x, kernel.shape[:2]):
        gather_patches(patches, x, block.start, outputs[0], strides, pads, dilation)
        matmul(_rows(patches), matrix, out=_rows(y_lines[block]))
    return y


def input_gradient(dy, kernel, sizes, strides, pads, dilation):
    """dpatches = dy · kernelᵀ, block by block, each added to where its patches came from."""
    dx = np.zeros((dy.shape[0], *sizes, kernel.shape[2]), dy.dtype)
    transposed = kernel.reshape(-1, kernel.shape[3]).T
    dy_lines = _lines(dy)
    for block, dpatches in _blocks(dy_lines, dx, kernel.shape[:2]):
        matmul(_rows(dy_lines[block]), transposed, out=_rows(dpatches))
        scatter_patches(dx, dpatches, block.start, dy.shape[1], strides, pads, dilation)
    return dx


def kernel_gradient(x, dy, window, strides, pads, dilation):
    """dkernel = patchesᵀ · dy, summed over the blocks."""
    dkernel = np.zeros((window[0] * window[1] * x.shape[3], dy.shape[3]), x.dtype)
    dy_lines = _lines(dy)
    for block, patches in _blocks(dy_lines, x, window):
        gather_patches(patches, x, block.start, dy.shape[1], strides, pads, dilation)
        dkernel += matmul(_rows(patches).T, _rows(dy_lines[block]))
    return dkernel.reshape(*window, x.shape[3], dy.shape[3])


def _blocks(lines, x, window):
    """Pairs (slice of output lines, patch buffer for them) that cover all lines (lines, out_width, filters)."""
    count, out_width, _ = lines.shape
    line_size = out_width * window[0] * window[1] * x.shape[3]
    step = max(1, min(count, BUFFER_SIZE // max(line_size, 1)))
    buffer = np.empty((step, out_width, *window, x.shape[3]), x.dtype)
    for start in range(0, count, step):
        stop = min(start + step, count)
        yield slice(start, stop), buffer[: stop - start]


def _lines(y):
    """y (batch, out_height, out_width, filters) as (batch·out_height, out_width, filters)."""
    return y.reshape(y.shape[0] * y.shape[1], *y.shape[2:])


def _rows(array):
    """Lines (lines, out_width, …) as a matrix with one row per window."""
    return array.reshape(array.shape[0] * array.shape[1], math.prod(array.shape[2:]))
