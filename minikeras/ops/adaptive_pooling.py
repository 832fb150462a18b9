"""Pooling to a given output size from any input size.

Output i of n covers the inputs ⌊i · m / n⌋ … ⌈(i + 1) · m / n⌉ − 1 of an axis of length m, so the windows differ in
length by one at most and may overlap. One axis is pooled after the other.
"""

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.operation import Op
from minikeras.base.limits import use_elements
from minikeras.config import standardize_data_format
from minikeras.ops.core import convert_to_tensor, float_operand, only_floats
from minikeras.ops.indexing import TakeAlongAxis
from minikeras.ops.shaping import moveaxis
from minikeras.ops.spatial import check_rank, in_channels_last, per_axis


def window_bounds(length, outputs):
    """(start, end) of each output's window."""
    return [(i * length // outputs, -(-(i + 1) * length // outputs)) for i in range(outputs)]


@composed
def adaptive_average_pool(inputs, output_size, data_format=None):
    """The mean of each of `output_size` windows that cover the input evenly.

    Args:
        inputs: (batch, *spatial, channels) with one to three spatial axes; (batch, channels, *spatial) if `data_format`
            is "channels_first".
        output_size: an integer, or one per spatial axis.
        data_format: None for the configured default.

    """
    return _pool(_average_along, float_operand(inputs, takes="fiu"), output_size, data_format)


@composed
def adaptive_max_pool(inputs, output_size, data_format=None):
    """The maximum of each of `output_size` windows that cover the input evenly. Args as `adaptive_average_pool`."""
    return _pool(_maximum_along, only_floats(convert_to_tensor(inputs), takes="fiu"), output_size, data_format)


def _pool(pool_along, x, output_size, data_format):
    check_rank(x.shape)
    sizes = per_axis(output_size, len(x.shape) - 2, "output_size")

    def pool(x):
        if isinstance(x, KerasTensor):
            return KerasTensor((x.shape[0], *sizes, x.shape[-1]), x.dtype)
        for axis, size in enumerate(sizes, start=1):
            x = pool_along(x, axis, size)
        return x

    return in_channels_last(pool, x, standardize_data_format(data_format))


def _average_along(x, axis, outputs):
    """Means as a matrix product: column i of the matrix has 1 / length where the window of output i is."""
    use_elements((x.shape[axis], outputs))
    weights = np.zeros((x.shape[axis], outputs), x.dtype)
    for i, (start, end) in enumerate(window_bounds(x.shape[axis], outputs)):
        weights[start:end, i] = 1 / (end - start)
    return moveaxis(Matmul()(moveaxis(x, axis, -1), weights), -1, axis)


def _maximum_along(x, axis, outputs):
    return TakeAlongAxis(axis)(x, ArgmaxOfWindows(axis, outputs)(x))


class ArgmaxOfWindows(Op):
    """The index along `axis` of the first maximum of each window; an integer, so it has no gradient."""

    differentiable = False

    def __init__(self, axis, outputs):
        self.axis = axis
        self.outputs = outputs

    def forward(self, x):
        positions = []
        for start, end in window_bounds(x.shape[self.axis], self.outputs):
            window = np.take(x, range(start, end), axis=self.axis)
            positions.append(start + window.argmax(axis=self.axis))
        return np.stack(positions, axis=self.axis)

    def output_shape(self, shape):
        return (*shape[: self.axis], self.outputs, *shape[self.axis + 1 :])

    def output_dtype(self, x):
        return "int64"
