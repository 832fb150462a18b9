"""float64 convolution: the patches under the windows as rows of a matrix, and one BLAS product per block of them.

The definition (`reference.py`) multiplies once for each window offset and adds the products, which passes over y as
often; one product of patches has the same terms. Blocks of patches stay in the cache. Milliseconds of definition /
patches on two cores of an AMD EPYC, forward, kernel gradient, input gradient:

| x, window, filters | forward | kernel gradient | input gradient |
|---|---|---|---|
| 32×28×28×1, 3×3, 32 | 5.8 / 0.6 | 0.9 / 0.8 | 1.3 / as the definition |
| 16×32×32×3, 3×3, 64 | 4.2 / 1.1 | 2.6 / 2.4 | 2.5 / as the definition |
| 16×32×32×32, 3×3, 32 | 7.5 / 5.4 | 10.4 / 6.1 | 13.4 / 5.7 |
| 16×16×16×64, 3×3, 128, strides 2 | 3.4 / 2.2 | 2.6 / 2.6 | 3.7 / 2.5 |
| 32×14×14×32, 5×5, 64 | 15.0 / 9.2 | 14.0 / 9.9 | 19.0 / 11.7 |

Where patches have many more channels than the result, gathering them costs more than it saves: 32 → 1 channels 0.9 /
1.3. Shapes as in `reference.py`.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from minikeras.config import convolution_algorithm
from minikeras.kernels.convolution.reference import (
    convolution_input_gradient_reference,
    convolution_reference,
    is_depthwise,
    runs,
)
from minikeras.kernels.windows import offset_slice, offsets, output_sizes, pad, span, unpad

BLOCK_BYTES = 1 << 20  # of patches; 8 MB take up to five times as long
MAX_RATIO = 2  # of channels in patches to those of the result


def apply(channels, groups, *arrays):
    """Whether these arrays are to be convolved by patches: float64, none empty, and a product has terms to add up."""
    if convolution_algorithm() == "reference" or is_depthwise(channels, groups):
        return False
    return all(array.dtype == np.float64 and array.size for array in arrays)


def convolution(x, kernel, strides, pads, dilation, groups=1):
    """See `convolution_reference`."""
    channels, filters = kernel.shape[-2:]
    if channels * groups > MAX_RATIO * filters:
        return convolution_reference(x, kernel, strides, pads, dilation, groups)
    window = kernel.shape[:-2]
    y = np.empty((len(x), *output_sizes(x.shape[1:-1], window, strides, pads, dilation), filters))
    if not y.size:
        return y
    x = pad(x, pads)
    for x_run, kernel_run, y_run in runs(x, kernel, y, groups):
        patches = _patches(x_run, window, y.shape[1:-1], strides, dilation)
        matrix = kernel_run.reshape(-1, kernel_run.shape[-1])
        for block in _blocks(y.shape, len(matrix)):
            y_block = y_run[block]
            y_block[...] = (patches[block].reshape(-1, len(matrix)) @ matrix).reshape(y_block.shape)
    return y


def convolution_kernel_gradient(x, dy, window, strides, pads, dilation, groups=1):
    """See `convolution_kernel_gradient_reference`."""
    dkernel = np.zeros((*window, x.shape[-1] // groups, dy.shape[-1]))
    x = pad(x, pads)
    for x_run, dkernel_run, dy_run in runs(x, dkernel, dy, groups):
        patches = _patches(x_run, window, dy.shape[1:-1], strides, dilation)
        terms = math.prod(window) * x_run.shape[-1]
        for block in _blocks(dy.shape, terms):
            rows = dy_run[block].reshape(-1, dy_run.shape[-1])
            dkernel_run += (patches[block].reshape(len(rows), terms).T @ rows).reshape(dkernel_run.shape)
    return dkernel


def convolution_input_gradient(dy, kernel, sizes, strides, pads, dilation, groups=1):
    """See `convolution_input_gradient_reference`: with strides of 1 the convolution of dy with the turned kernel."""
    window, channels = kernel.shape[:-2], kernel.shape[-2] * groups
    if {*strides} == {1} and groups == 1:
        if dy.shape[-1] > MAX_RATIO * channels:
            return convolution_input_gradient_reference(dy, kernel, sizes, strides, pads, dilation)
        turned = np.flip(kernel, tuple(range(len(window)))).swapaxes(-1, -2)
        reach = [extent - 1 - before for extent, (before, _) in zip(span(window, dilation), pads, strict=True)]
        ends = zip(reach, sizes, dy.shape[1:-1], span(window, dilation), strict=True)
        around = tuple((first, size + extent - 1 - first - outputs) for first, size, outputs, extent in ends)
        if min(map(min, around)) >= 0:
            return convolution(dy, turned, strides, around, dilation)
    padded = tuple(size + before + after for size, (before, after) in zip(sizes, pads, strict=True))
    dx = np.zeros((len(dy), *padded, channels))
    for dx_run, kernel_run, dy_run in runs(dx, kernel, dy, groups):
        matrix = kernel_run.reshape(-1, kernel_run.shape[-1]).T
        for images, lines in _blocks(dy.shape, matrix.shape[1]):
            rows = dy_run[images, lines]
            terms = (rows.reshape(-1, len(matrix)) @ matrix).reshape(*rows.shape[:-1], *window, -1)
            target = dx_run[images, lines.start * strides[0] :]
            for offset in offsets(window):
                own = (slice(None),) * (dy.ndim - 1) + offset
                target[offset_slice(offset, rows.shape[1:-1], strides, dilation)] += terms[own]
    return unpad(dx, pads)


def _patches(x, window, outputs, strides, dilation):
    """A view (batch, *outputs, *window, channels) of padded x: what each window sees."""
    steps = x.strides[1:-1]
    between = [stride * step for stride, step in zip(strides, steps, strict=True)]
    inside = [gap * step for gap, step in zip(dilation, steps, strict=True)]
    shape = (len(x), *outputs, *window, x.shape[-1])
    return as_strided(x, shape, (x.strides[0], *between, *inside, x.strides[-1]), writeable=False)


def _blocks(shape, terms):
    """(images, lines) of outputs (batch, *outputs, filters): slices whose patches of so many terms fit `BLOCK_BYTES`.

    At least one line, the outputs along the first spatial axis.
    """
    batch, lines = shape[:2]
    line_bytes = 8 * terms * math.prod(shape[2:-1])
    height = max(1, min(lines, BLOCK_BYTES // line_bytes))
    count = max(1, BLOCK_BYTES // (line_bytes * lines))
    for image in range(0, batch, count):
        for line in range(0, lines, height):
            yield slice(image, min(batch, image + count)), slice(line, min(lines, line + height))
