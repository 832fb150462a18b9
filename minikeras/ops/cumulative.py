"""Running sums, products and ln Σ exp along an axis."""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, shape_along
from minikeras.ops.exponential import exp, log
from minikeras.ops.extrema import maximum
from minikeras.ops.joining import Concatenate
from minikeras.ops.padding import pad
from minikeras.ops.reordering import Flip, flip


class Cumulative(Op):
    """Base class of running sums and products.

    Args:
        axis: along which to run; None runs over the flattened tensor.
        dtype: in which to compute. By default that of x; int32 in place of Booleans.
    """

    def __init__(self, axis=None, dtype=None):
        self.axis = axis
        self.dtype = None if dtype is None else standardize_dtype(dtype)

    def output_shape(self, shape):
        return shape_along(self.axis, shape)

    def output_dtype(self, x):
        dtype = self.dtype or x.dtype
        return "int32" if dtype == "bool" else dtype

    def in_dtype(self, x):
        """x in the dtype of the result."""
        x = x if self.dtype is None else x.astype(self.dtype, copy=False)
        return x.astype(np.int32) if x.dtype == bool else x

    def summed_from_the_end(self, x):
        """For each position, the sum of the elements there and after it."""
        axis = self.axis if self.axis is not None else 0
        return Flip(axis).of(Cumsum(axis).of(Flip(axis).of(x)))


class Cumsum(Cumulative):
    """y[i] = Σ_{j ≤ i} x[j];   dx[j] = Σ_{i ≥ j} dy[i]."""

    keeps = ()

    def forward(self, x):
        x = self.in_dtype(x)
        return np.cumsum(x, axis=self.axis, dtype=x.dtype)

    def backward(self, call, dy):
        return (Reshape(call.input_shapes[0]).of(self.summed_from_the_end(dy)),)


def cumsum(x, axis=None, dtype=None):
    """The running sum along `axis` (over the flattened tensor if None), computed in `dtype`."""
    return Cumsum(axis, dtype)(x)


class Cumprod(Cumulative):
    """y[i] = Π_{j ≤ i} x[j];   dx[j] = Σ_{i ≥ j} dy[i] · y[i] / x[j], and 0 where x[j] = 0.

    The 0 is TensorFlow's choice: the true gradient there is the product of the other elements.
    """

    def forward(self, x):
        x = self.in_dtype(x)
        return np.cumprod(x, axis=self.axis, dtype=x.dtype)

    def backward(self, call, dy):
        x, y = call.inputs[0], call.output
        total = Reshape(call.input_shapes[0]).of(self.summed_from_the_end(dy * y))
        is_zero = x == 0
        return (Where().of(is_zero, 0.0, total / Where().of(is_zero, 1.0, x)),)


def cumprod(x, axis=None, dtype=None):
    """The running product along `axis` (over the flattened tensor if None), computed in `dtype`."""
    return Cumprod(axis, dtype)(x)


def product_of_others(x):
    """For each element of the last axis, the product of all the others there: of those before, times after.

    (Dividing the product of all by x would fail at 0.)
    """
    return _product_before(x) * Flip(-1).of(_product_before(Flip(-1).of(x)))


def _product_before(x):
    ones = np.ones((*x.shape[:-1], 1), x.dtype)
    return Concatenate(-1).of(ones, Cumprod(-1).of(GetItem((..., slice(None, -1))).of(x)))


class CumulativeLogSumExp(Op):
    """y[i] = ln Σ_{j ≤ i} exp(x[j]) along `axis`;   dx[j] = exp(x[j]) · Σ_{i ≥ j} dy[i] · exp(−y[i]).

    The gradient's sums are taken in logarithms too, separately for the positive and the negative dy.
    """

    keeps = ("inputs", "output")

    def __init__(self, axis=0):
        self.axis = axis

    def forward(self, x):
        return np.logaddexp.accumulate(x, axis=self.axis)

    def backward(self, call, dy):
        x, y = call.inputs[0], call.output
        positive, negative = (self._part(x, y, sign * dy) for sign in (1.0, -1.0))
        return (positive - negative,)

    def _part(self, x, y, dy):
        dy = maximum(dy, 0.0)
        terms = flip(log(dy) - y, self.axis)
        return exp(x + flip(CumulativeLogSumExp(self.axis)(terms), self.axis))

    def output_shape(self, shape):
        return shape


def cumulative_logsumexp(x, axis=0):
    """The running ln Σ exp(x) along `axis`."""
    return CumulativeLogSumExp(axis)(x)


def running(function, x, axis=0, exclusive=False, reverse=False, neutral=0):
    """A running function along `axis`, such as `cumsum`.

    Args:
        function: takes a tensor and an axis.
        exclusive: each position has the result of those before it; the first is `neutral`.
        reverse: run from the end.
    """
    axis = axis % len(x.shape)
    x = flip(x, axis) if reverse else x
    if exclusive:
        widths = [(1, 0) if i == axis else (0, 0) for i in range(len(x.shape))]
        x = pad(x, widths, constant_values=neutral)[(*[slice(None)] * axis, slice(None, -1))]
    y = function(x, axis)
    return flip(y, axis) if reverse else y
