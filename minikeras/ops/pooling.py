"""Maximum and average over sliding windows.

As with convolution, a pooling op and its gradient are each other's gradients: `MaxPool` stores the position of each
maximum, and then both directions are a gather and a scatter at fixed positions; `AveragePool` is linear.
"""

import math

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.operation import Op, OpWithHiddenOutputs
from minikeras.autodiff.tensor import Tensor
from minikeras.config import standardize_data_format
from minikeras.kernels import pooling as kernels
from minikeras.kernels.windows import explicit_pads, offset_slice, offsets, pad
from minikeras.ops.core import convert_to_tensor, in_float32, only_floats
from minikeras.ops.spatial import (
    check_rank,
    in_channels_last,
    per_axis,
    spatial_output_shape,
    standardize_padding,
)


class Pool(Op):
    """Base class of the pooling ops: (batch, *spatial, channels) to (batch, *outputs, channels).

    Args:
        window, strides: one integer per spatial axis.
        padding: "valid" or "same" (the odd row or column at the end). Padded elements are ignored.
    """

    def __init__(self, window, strides, padding):
        self.window = window
        self.strides = strides
        self.padding = padding

    def geometry(self, sizes):
        """(window, strides, pads) as the kernels need them."""
        dilation = (1,) * len(self.window)
        return self.window, self.strides, explicit_pads(self.padding, sizes, self.window, self.strides, dilation)

    def elementary_operations(self, shapes, output_shape):
        return math.prod(self.window) * math.prod(output_shape)

    def batch_inputs(self, shapes, output_shape):
        return [True]

    def output_shape(self, shape):
        dilation = (1,) * len(self.window)
        return (shape[0], *spatial_output_shape(shape, self.window, self.strides, self.padding, dilation), shape[-1])


class MaxPool(OpWithHiddenOutputs, Pool):
    """y[n, i, c] = max over the offsets a of x[n, i·stride + a, c];   dx: dy goes to the first maximum.

    Hidden output: where the maxima are.
    """

    keeps = ("output",)
    kept_outputs = (1,)

    def forward(self, x):
        self.output_shape(x.shape)  # raises if the window does not fit
        return kernels.max_pool_with_argmax(x, *self.geometry(x.shape[1:-1]))

    def backward(self, call, dy, _):
        return (PutAtArgmax(self, call.input_shapes[0]).of(dy, call.outputs[1]),)


class PutAtArgmax(Op):
    """dx[n, argmax[n, i, c]] += dy[n, i, c], over zeros: the gradient of a max-pool;   ddy = ddx at those positions."""

    keeps = ("inputs",)

    def __init__(self, pool, shape):
        self.pool = pool
        self.shape = shape

    def forward(self, dy, argmax):
        sizes = self.shape[1:-1]
        return in_float32(kernels.max_pool_gradient, (dy,), argmax, sizes, *self.pool.geometry(sizes))

    def backward(self, call, ddx):
        return TakeAtArgmax(self.pool).of(ddx, call.inputs[1]), None


class TakeAtArgmax(Op):
    """y[n, i, c] = x[n, argmax[n, i, c]];   dx = dy scattered there."""

    keeps = ("inputs",)

    def __init__(self, pool):
        self.pool = pool

    def forward(self, x, argmax):
        return kernels.take_at_argmax(x, argmax)

    def backward(self, call, dy):
        return PutAtArgmax(self.pool, call.input_shapes[0]).of(dy, call.inputs[1]), None


class MaxPool3D(Pool):
    """y[n, i, c] = max over the offsets a of x[n, i·stride + a, c];   dx: dy goes to *every* maximum.

    TensorFlow's rule for three spatial axes, where equal maxima each receive the whole gradient.
    """

    keeps = ("inputs", "output")

    def forward(self, x):
        self.output_shape(x.shape)  # raises if the window does not fit
        return kernels.max_pool(x, *self.geometry(x.shape[1:-1]))

    def backward(self, call, dy):
        return (PutAtAllMaxima(self).of(dy, call.inputs[0], call.output),)


class PutAtAllMaxima(Op):
    """dx[n, i·stride + a, c] += dy[n, i, c] wherever x equals the maximum y[n, i, c]: the gradient of `MaxPool3D`."""

    keeps = ("inputs",)

    def __init__(self, pool):
        self.pool = pool

    def forward(self, dy, x, y):
        return kernels.max_pool_gradient_to_all(x, y, dy, *self.pool.geometry(x.shape[1:-1]))

    def backward(self, call, ddx):
        _, x, y = call.inputs
        return SumAtAllMaxima(self.pool).of(ddx, x, y), None, None


class SumAtAllMaxima(Op):
    """ddy[n, i, c] = Σ_a z[n, i·stride + a, c] where x equals the maximum y[n, i, c];   dz: `PutAtAllMaxima`."""

    keeps = ("inputs",)

    def __init__(self, pool):
        self.pool = pool

    def forward(self, z, x, y):
        window, strides, pads = self.pool.geometry(x.shape[1:-1])
        z, x = pad(z, pads), pad(x, pads, value=kernels.lowest(x.dtype))
        total = np.zeros(y.shape, z.dtype)
        for offset in offsets(window):
            seen = offset_slice(offset, y.shape[1:-1], strides, (1,) * len(window))
            total += z[seen] * (x[seen] == y)
        return total

    def backward(self, call, ddy):
        _, x, y = call.inputs
        return PutAtAllMaxima(self.pool).of(ddy, x, y), None, None


class AveragePool(Pool):
    """y[n, i, c] = mean over the offsets a inside the image of x[n, i·stride + a, c];   dx = dy distributed evenly."""

    keeps = ()

    def forward(self, x):
        self.output_shape(x.shape)  # raises if the window does not fit
        return in_float32(kernels.average_pool, (x,), *self.geometry(x.shape[1:-1]))

    def backward(self, call, dy):
        return (AveragePoolGrad(self, call.input_shapes[0]).of(dy),)


class AveragePoolGrad(Op):
    """dx[n, i·stride + a, c] += dy[n, i, c] / count: the gradient of `AveragePool`, and linear too."""

    keeps = ()

    def __init__(self, pool, shape):
        self.pool = pool
        self.shape = shape

    def forward(self, dy):
        sizes = self.shape[1:-1]
        return in_float32(kernels.average_pool_gradient, (dy,), sizes, *self.pool.geometry(sizes))

    def backward(self, call, ddx):
        return (self.pool.of(ddx),)


@composed
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The maximum of each window.

    Args:
        inputs: (batch, *spatial, channels) with one to three spatial axes; (batch, channels, *spatial) if `data_format`
            is "channels_first".
        pool_size: an integer, or one per spatial axis.
        strides: as `pool_size`; None for the same, so that windows do not overlap.
        padding: "valid" (windows that do not fit are dropped) or "same" (windows may cross the edge).
        data_format: None for the configured default.

    Raises:
        ValueError: the window is larger than the input.
    """
    ops = {3: MaxPool, 4: MaxPool, 5: MaxPool3D}
    return _pool(ops, inputs, pool_size, strides, padding, data_format)


@composed
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window; zeros added by padding="same" are not counted.

    Args and errors as in `max_pool`.
    """
    ops = {3: AveragePool, 4: AveragePool, 5: AveragePool}
    return _pool(ops, inputs, pool_size, strides, padding, data_format)


def _pool(ops, inputs, pool_size, strides, padding, data_format):
    x = only_floats(convert_to_tensor(inputs), takes="fiu")
    check_rank(x.shape)
    count = len(x.shape) - 2
    window = per_axis(pool_size, count, "pool_size")
    strides = window if strides is None else per_axis(strides, count, "strides")
    op = ops[len(x.shape)](window, strides, standardize_padding(padding))
    return in_channels_last(op, x, standardize_data_format(data_format))


def max_pool_with_argmax(x, window, strides, padding, include_batch=False):
    """The maximum of each window of images, and its index: (row · width + column) · channels + channel, int64.

    Args:
        x: (batch, height, width, channels).
        include_batch: count over the whole batch.
    """
    y, positions = Op.__call__(MaxPool(window, strides, padding), x)  # with its hidden output
    batch, height, width, channels = x.shape
    indices = positions.array.astype(np.int64)
    if include_batch:
        indices = indices + (np.arange(batch) * (height * width * channels)).reshape(-1, 1, 1, 1)
    return y, Tensor(indices)
