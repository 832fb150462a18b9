"""Convolution of arrays, forward and both gradients, over one, two or three spatial axes.

Two forms of each: the definition in NumPy, `reference.py`, and float32 jobs with several algorithms.

| arrays | implementation |
|---|---|
| float32 | the jobs of `grouped.py`, also in plans |
| one or several groups | `algorithms.py`: product, `winograd*.py`, `few_channels.py`, `gathered.py`, `direct*.py` |
| one group for each channel | `depthwise_jobs.py` |
| one axis | two axes, one of them of size 1 |
| three axes | `direct.py`, the planes of a volume as images |
| other dtypes | the definition in NumPy, `reference.py` |

Everything is channels-last. `strides` and `dilation` have an integer per spatial axis, `pads` one pair (before, after);
`minikeras.kernels.windows` computes them for "same" and "valid", `geometry.py` the jobs' other parameters. A transposed
convolution is `convolution_input_gradient` with `sizes` set to the output's sizes. `transforms.py` and
`transforms_1d.py` derive Winograd's matrices.
"""

from minikeras.kernels.blas import add_bias
from minikeras.kernels.convolution import algorithms, grouped
from minikeras.kernels.convolution.reference import (
    convolution_input_gradient_reference,
    convolution_kernel_gradient_reference,
    convolution_reference,
    depthwise_convolution_input_gradient_reference,
    depthwise_convolution_kernel_gradient_reference,
    depthwise_convolution_reference,
)

__all__ = [
    "convolution",
    "convolution_input_gradient",
    "convolution_input_gradient_reference",
    "convolution_kernel_gradient",
    "convolution_kernel_gradient_reference",
    "convolution_reference",
    "depthwise_convolution_input_gradient_reference",
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
        bias: (filters,), or None.

    Returns:
        y: (batch, *outputs, filters).
    """
    geometry = strides, pads, dilation
    if _by_jobs(x, kernel):
        return grouped.convolve(x, kernel, *geometry, bias, relu)
    return add_bias(convolution_reference(x, kernel, *geometry, groups), bias, relu)


def convolution_input_gradient(dy, kernel, sizes, strides, pads, dilation, groups=1, bias=None, relu=False):
    """dx[n, i·stride + a·dilation, c] += Σ_f dy[n, i, f] · kernel[a, c, f]: the gradient for x from that for y.

    Also the transposed convolution of `dy`, with an optional epilogue of bias and relu. Linear in dy and in kernel, so
    `convolution` and `convolution_kernel_gradient` are in turn its gradients.

    Args:
        dy: (batch, *outputs, filters).
        kernel: (*window, channels / groups, filters).
        sizes: the spatial sizes of x.
        strides, pads, dilation, groups: as in `convolution`.
        bias: (channels,), or None.

    Returns:
        dx: (batch, *sizes, channels).
    """
    geometry = strides, pads, dilation
    if _by_jobs(dy, kernel):
        return grouped.input_gradient(dy, kernel, sizes, groups, *geometry, bias, relu)
    return add_bias(convolution_input_gradient_reference(dy, kernel, sizes, *geometry, groups), bias, relu)


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
    return convolution_kernel_gradient_reference(x, dy, window, strides, pads, dilation, groups)


def _by_jobs(*arrays):
    return algorithms.apply(*arrays) and not algorithms.wants_reference(*arrays)
