"""Convolution of small images: the patches under all windows, gathered, and one matrix product for all images.

`direct.py` multiplies line by line and image by image. Where an image has few outputs, a block of a line is too narrow
for the registers, and the kernel gradient, too large for the cache, is read and written again for each image. With the
patches as rows of a matrix (batch · outputs, window · channels) it is written once:

    dkernel = patchesᵀ · dy

Milliseconds of `direct.py` / this, kernel gradient, two cores of a Xeon of 2.8 GHz:

| x, window, filters | direct / gathered |
|---|---|
| 8×3×3×512, 3×3, 512 | 30 / 2.4 |
| 8×6×6×256, 3×3, 256 | 2.4 / 1.8 |
| 8×12×12×192, 7×7, 192 | 82 / 81 |
| 8×6×6×1024, 1×1, strides 2, 2048 | 26 / 1.4 |
| 8×24×24×256, 1×1, strides 2, 512 | 2.5 / 1.5 |
| 16×8×8×128, 3×3, strides 2, 128 | 0.5 / 0.5 |
| 16×8×8×64, 5×5, 64 | 1.1 / 2.3 |

Shapes as in `direct.py`, two spatial axes.
"""

import math

import numpy as np

from minikeras.kernels.addresses import address, copy_bytes
from minikeras.kernels.convolution.geometry import ConvolutionGeometry
from minikeras.kernels.dense import dense_kernel_gradient_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.tasks import floats, task_kernel

ZERO = np.float32(0)

# Elements of the matrix of one tap, channels · filters, from which the kernel gradient leaves the cache; and places
# under the windows of an image, up to which gathering them costs less.
MIN_MATRIX = 1 << 16
MAX_PLACES = 400


def suits_kernel_gradient(kernel_shape, y_shape):
    """Whether this is faster for the gradient for a kernel."""
    return math.prod(kernel_shape[2:]) >= MIN_MATRIX and math.prod(kernel_shape[:2] + y_shape[1:3]) <= MAX_PLACES


def gathered_kernel_gradient_jobs(x, dy, dkernel, strides, pads, dilation):
    """Jobs that set dkernel, the gradient for the kernel."""
    filters = dkernel.shape[-1]
    patches = aligned((math.prod(dy.shape[:-1]), math.prod(dkernel.shape[:-1])))
    rows, matrix = dy.reshape(-1, filters), dkernel.reshape(-1, filters)
    gather = _gather_job(x, patches, dkernel.shape[:2], dy.shape[1:3], strides, pads, dilation)
    return [gather, *dense_kernel_gradient_jobs(patches, rows, matrix)]


def _gather_job(x, patches, window, outputs, strides, pads, dilation):
    """The job that sets the patches, a task for each line of outputs."""
    geometry = ConvolutionGeometry(*strides, pads[0][0], pads[1][0], *dilation, *window, *outputs, 0, 0, 0)
    return gather_patches.job(len(x) * outputs[0], x, patches, geometry)


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
