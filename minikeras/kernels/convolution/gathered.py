"""Convolution of small images: the patches under all windows, gathered, and one matrix product for all images.

`direct.py` multiplies line by line and image by image. Where an image has few outputs, a block of a line is too narrow
for the registers, and the kernel gradient, too large for the cache, is read and written again for each image. With the
patches as rows of a matrix (batch · outputs, window · channels) it is written once:

    y = patches · kernel + bias        dkernel = patchesᵀ · dy        dpatches = dy · kernelᵀ

and dx is the sum of all its copies in dpatches. Milliseconds of `direct.py` / this, two cores of a Xeon of 2.8 GHz:

| x, window, filters | forward | kernel gradient | input gradient |
|---|---|---|---|
| 8×3×3×512, 3×3, 512 | 7.8 / 3.8 | 30 / 2.4 | 11.3 / 2.3 |
| 8×6×6×256, 3×3, 256 | 2.4 / 2.1 | 2.4 / 1.8 | 2.1 / 1.8 |
| 8×6×6×1024, 1×1, strides 2, 2048 | 10.5 / 2.4 | 26 / 1.4 | 8.0 / 1.8 |
| 8×24×24×256, 1×1, strides 2, 512 | 1.4 / 1.4 | 2.5 / 1.5 | 2.2 / 2.3 |
| 16×8×8×128, 3×3, strides 2, 128 | 0.4 / 0.4 | 0.5 / 0.5 | 0.5 / 0.6 |
| 32×6×6×64, 3×3, 64 | 0.3 / 0.5 | 0.5 / 0.7 | 0.3 / 0.8 |

Predictions, which pack the kernel for `direct.py` once, gain less: of the first row 5.8 / 3.8, of 16 images 4.8 / 8.0.

Shapes as in `direct.py`, two spatial axes.
"""

import math

import numpy as np

from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.convolution.geometry import ConvolutionGeometry
from minikeras.kernels.dense import dense_input_gradient_jobs, dense_jobs, dense_kernel_gradient_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.tasks import floats, task_kernel

ZERO = np.float32(0)

# Elements of the matrix of one tap, channels · filters, from which the kernel gradient leaves the cache, and from which
# packing the kernel takes a good part of the time; and positions under the windows of an image, and of all images, up
# to which gathering them costs less.
MIN_MATRIX, MIN_MATRIX_FORWARD = 1 << 16, 1 << 18
MAX_POSITIONS, MAX_POSITIONS_FORWARD = 400, 1000


def suits_kernel_gradient(kernel_shape, y_shape):
    """Whether this is faster for the gradient for a kernel."""
    return math.prod(kernel_shape[2:]) >= MIN_MATRIX and math.prod(kernel_shape[:2] + y_shape[1:3]) <= MAX_POSITIONS


def suits(kernel_shape, y_shape):
    """Whether this is faster for a convolution, and for the gradient for x, with y of this shape."""
    positions = math.prod(kernel_shape[:2] + y_shape[:3])
    return math.prod(kernel_shape[2:]) >= MIN_MATRIX_FORWARD and positions <= MAX_POSITIONS_FORWARD


def gathered_jobs(x, kernel, bias, y, strides, pads, dilation, relu=False):
    """Jobs that set y = convolution(x, kernel) + bias, or relu of it. `bias` may be None."""
    patches = _patches_of(kernel, y)
    matrix, rows = (array.reshape(-1, kernel.shape[-1]) for array in (kernel, y))
    return [_gather_job(x, patches, kernel, y, strides, pads, dilation), *dense_jobs(patches, matrix, bias, rows, relu)]


def gathered_input_gradient_jobs(dy, kernel, dx, strides, pads, dilation, bias=None, relu=False):
    """Jobs that set dx, the gradient for x, plus bias, or relu of it."""
    patches = _patches_of(kernel, dy)
    matrix, rows = (array.reshape(-1, kernel.shape[-1]) for array in (kernel, dy))
    bias = np.zeros(dx.shape[3], np.float32) if bias is None else bias
    geometry = _geometry(kernel, dy, strides, pads, dilation)
    scatter = scatter_patches.job(len(dx) * dx.shape[1], patches, dx, bias, geometry, 0.0 if relu else -np.inf)
    return [*dense_input_gradient_jobs(rows, matrix, patches), scatter]


def gathered_kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation):
    """Jobs that set dkernel, the gradient for the kernel."""
    patches = _patches_of(dkernel, dy)
    matrix, rows = (array.reshape(-1, dkernel.shape[-1]) for array in (dkernel, dy))
    gather = _gather_job(x, patches, dkernel, dy, strides, pads, dilation)
    return [gather, *dense_kernel_gradient_jobs(patches, rows, matrix)]


def _patches_of(kernel, y):
    """Memory for the patches: (batch · outputs, window · channels)."""
    return aligned((math.prod(y.shape[:-1]), math.prod(kernel.shape[:-1])))


def _gather_job(x, patches, kernel, y, strides, pads, dilation):
    """The job that sets the patches, a task for each line of outputs."""
    return gather_patches.job(len(x) * y.shape[1], x, patches, _geometry(kernel, y, strides, pads, dilation))


def _geometry(kernel, y, strides, pads, dilation):
    before = [pad for pad, _ in pads]
    return ConvolutionGeometry(*strides, *before, *dilation, *kernel.shape[:2], *y.shape[1:3], 0, 0, 0)


@task_kernel
def gather_patches(task, x: floats(4), patches: floats(2), geometry: ConvolutionGeometry):
    """The patches under the windows of a line of outputs, with zeros where they reach over the image's edge."""
    height, width, channels = x.shape[1:]
    n, out = task // geometry.out_h, task % geometry.out_h
    for column in range(geometry.out_w):
        row = task * geometry.out_w + column
        for a in range(geometry.taps_h):
            line = out * geometry.stride_h - geometry.top + a * geometry.dilation_h
            for b in range(geometry.taps_w):
                place = column * geometry.stride_w - geometry.left + b * geometry.dilation_w
                first = (a * geometry.taps_w + b) * channels
                if line < 0 or line >= height or place < 0 or place >= width:
                    for c in range(first, first + channels):
                        patches[row, c] = ZERO
                else:
                    source = address(x, ((n * height + line) * width + place) * channels)
                    copy_bytes(address(patches, row * patches.shape[1] + first), source, 4 * channels)


@task_kernel
def scatter_patches(
    task, patches: floats(2), dx: floats(4), bias: floats(1), geometry: ConvolutionGeometry, floor: float
):
    """A line of dx = max(floor, bias + the sum of its copies in the patches)."""
    height, width, channels = dx.shape[1:]
    n, line = task // height, task % height
    lowest = np.float32(floor)
    for place in range(width):
        pixel = dx[n, line, place]
        for c in range(channels):
            pixel[c] = bias[c]
        for a in range(geometry.taps_h):
            down = line + geometry.top - a * geometry.dilation_h
            out = down // geometry.stride_h
            if down < 0 or out * geometry.stride_h != down or out >= geometry.out_h:
                continue
            for b in range(geometry.taps_w):
                across = place + geometry.left - b * geometry.dilation_w
                column = across // geometry.stride_w
                if across < 0 or column * geometry.stride_w != across or column >= geometry.out_w:
                    continue
                row = (n * geometry.out_h + out) * geometry.out_w + column
                first = (a * geometry.taps_w + b) * channels
                for c in range(channels):
                    pixel[c] += patches[row, first + c]
        for c in range(channels):
            pixel[c] = lowest if pixel[c] < lowest else pixel[c]  # NaN stays
