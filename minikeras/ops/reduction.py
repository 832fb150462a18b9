"""Reductions over all axes or those in `axis`.

Gradients go back to the elements that made the result: equally for sums and means; to the largest element for `max`,
and in equal parts to all of them where several are the largest.
"""

import math
from copy import copy

import numpy as np

from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import (
    Reshape,
    Sum,
    Transpose,
    axes_of_rows,
    broadcast_gradient,
    normalize_axes,
    reduced_shape,
    sum_dtype,
)
from minikeras.kernels.pooling import mean_of_images
from minikeras.kernels.tasks import LARGE, should_use_jobs
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.cumulative import product_of_others
from minikeras.ops.extrema import Maximum


class Reduction(Op):
    """Base class of ops with the arguments of a reduction.

    Args:
        axis: an axis, several, or None for all.
        keepdims: whether the reduced axes stay, with length 1.
    """

    def __init__(self, axis=None, keepdims=False):
        self.axis = tuple(axis) if isinstance(axis, list) else axis
        self.keepdims = keepdims

    def output_shape(self, shape):
        return reduced_shape(shape, self.axis, self.keepdims)

    def elementary_operations(self, shapes, output_shape):
        return math.prod(shapes[0])

    def forward_rows(self, arrays, ranks):
        op = copy(self)
        op.axis = axes_of_rows(self.axis, ranks[0])
        return op.forward(*arrays)

    def batch_inputs(self, shapes, output_shape):
        return None if 0 in normalize_axes(self.axis, len(shapes[0])) else [True]


def sum(x, axis=None, keepdims=False):
    """Σ x over `axis`."""
    return Sum(axis, keepdims)(x)


class Mean(Reduction):
    """y = Σ x / n over `axis`, float32 for integers;   dx = dy / n, spread over the n elements."""

    keeps = ()

    def forward(self, x):
        x = x if x.dtype.kind in "fc" else x.astype(np.float32)  # not `floatx()`: Keras does so here
        if x.dtype == np.float16:  # summed in float32, as TensorFlow does, so that long sums do not stall
            return x.mean(axis=self.axis, keepdims=self.keepdims, dtype=np.float32).astype(np.float16)
        if x.ndim > 2 and should_use_jobs(x) and normalize_axes(self.axis, x.ndim) == tuple(range(1, x.ndim - 1)):
            return mean_of_images(x).reshape(reduced_shape(x.shape, self.axis, self.keepdims))
        y = np.add.reduce(x, axis=self.axis, keepdims=self.keepdims)
        if x.size == 0:
            return np.full_like(y, np.nan)
        return y / (x.size // y.size)

    def backward(self, call, dy):
        shape = call.input_shapes[0]
        return (broadcast_gradient(dy / (count_of(shape, self.axis) or 1), shape, self.axis, self.keepdims),)

    def output_dtype(self, x):
        return x.dtype if is_float(x.dtype) or "complex" in x.dtype else "float32"


def mean(x, axis=None, keepdims=False):
    """The arithmetic mean over `axis`, a float."""
    return Mean(axis, keepdims)(x)


def count_of(shape, axis):
    """How many elements a reduction over `axis` of an array of `shape` combines."""
    return math.prod(shape if axis is None else [shape[a] for a in normalize_axes(axis, len(shape))])


class Extremum(Reduction):
    """Base class of max and min;   dx = dy in equal parts to the elements that equal y.

    Args:
        axis, keepdims: as for every reduction.
        initial: one more value to compare, which defines the result for no elements.
    """

    function = None

    def __init__(self, axis=None, keepdims=False, initial=None):
        super().__init__(axis, keepdims)
        self.initial = initial

    def forward(self, x):
        if self.initial is not None:
            return self.function(x, axis=self.axis, keepdims=self.keepdims, initial=self.initial)
        if x.size == 0 and count_of(x.shape, self.axis) == 0:
            raise ValueError(
                f"Cannot compute the {type(self).__name__.lower()} of an empty tensor. "
                f"Received: shape={x.shape}, axis={self.axis}. Give `initial` for a result in that case."
            )
        return self.function(x, axis=self.axis, keepdims=self.keepdims)

    def backward(self, call, dy):
        x = call.inputs[0]
        kept = reduced_shape(call.input_shapes[0], self.axis, True)
        y, dy = Reshape(kept).of(call.output), Reshape(kept).of(dy)
        chosen = Cast(dy.dtype).of(x == y)
        count = Sum(self.axis, keepdims=True).of(chosen)
        if self.initial is not None:
            count = Maximum().of(count, 1.0)  # none is chosen where `initial` won
        return (chosen * (dy / count),)


class Max(Extremum):
    """y = the largest x over `axis`, NaN if any is;   dx = dy, shared by the elements that equal y."""

    function = staticmethod(np.max)


def max(x, axis=None, keepdims=False, initial=None):
    """The largest element over `axis`, and not less than `initial`; NaN if any is."""
    return Max(axis, keepdims, initial)(x)


class Min(Extremum):
    """y = the least x over `axis`, NaN if any is;   dx = dy, shared by the elements that equal y."""

    function = staticmethod(np.min)


def min(x, axis=None, keepdims=False, initial=None):
    """The least element over `axis`, and not more than `initial`; NaN if any is."""
    return Min(axis, keepdims, initial)(x)


class Amax(Max):
    """`Max` under the name that Keras's files give to `ops.amax`."""

    def __init__(self, axis=None, keepdims=False):
        super().__init__(axis, keepdims)


def amax(x, axis=None, keepdims=False):
    """The largest element over `axis`; NaN if any is."""
    return Amax(axis, keepdims)(x)


class Amin(Min):
    """`Min` under the name that Keras's files give to `ops.amin`."""

    def __init__(self, axis=None, keepdims=False):
        super().__init__(axis, keepdims)


def amin(x, axis=None, keepdims=False):
    """The least element over `axis`; NaN if any is."""
    return Amin(axis, keepdims)(x)


@composed
def ptp(x, axis=None, keepdims=False):
    """Peak to peak: the largest element minus the least, over `axis`."""
    x = convert_to_tensor(x)
    return Max(axis, keepdims)(x) - Min(axis, keepdims)(x)


class Prod(Reduction):
    """y = Π x over `axis`;   dx = dy · the product of all the other elements, also where some are 0."""

    keeps = ("inputs",)

    def __init__(self, axis=None, keepdims=False, dtype=None):
        super().__init__(axis, keepdims)
        self.dtype = dtype

    def forward(self, x):
        dtype = self.dtype or sum_dtype(x.dtype.name)
        x = x.astype(dtype, copy=False)
        if self.axis is not None and x.size >= LARGE and normalize_axes(self.axis, x.ndim) == (x.ndim - 1,):
            x = _folded(x)
        return np.prod(x, axis=self.axis, keepdims=self.keepdims, dtype=dtype)

    def backward(self, call, dy):
        shape = call.input_shapes[0]
        axes = normalize_axes(self.axis, len(shape))
        if 0 in shape:
            return (np.zeros(shape, dy.dtype),)
        order = [i for i in range(len(shape)) if i not in axes] + list(axes)
        kept = tuple(shape[i] for i in order[: len(shape) - len(axes)])
        x = Reshape((*kept, count_of(shape, axes))).of(Transpose(order).of(call.inputs[0]))
        dx = Reshape((*kept, 1)).of(dy) * product_of_others(x)
        return (Transpose(np.argsort(order)).of(Reshape(tuple(shape[i] for i in order)).of(dx)),)

    def output_dtype(self, x):
        return self.dtype or sum_dtype(x.dtype)


def _folded(x):
    """x with the products of its rows' columns i, i + 64, i + 128, …, where the length of a row is divisible by 64.

    NumPy multiplies the elements of a row one by one, each waiting for the one before: 256×1024 take 0.65 ms, so 0.18.
    """
    rows, left = divmod(x.shape[-1], 64)
    return x if left else np.prod(x.reshape(*x.shape[:-1], rows, 64), axis=-2, dtype=x.dtype)


def prod(x, axis=None, keepdims=False, dtype=None):
    """Π x over `axis`, computed in `dtype`."""
    return Prod(axis, keepdims, None if dtype is None else standardize_dtype(dtype))(x)


class Any(Reduction):
    """y = whether any x over `axis` is true. No gradient."""

    differentiable = False

    def forward(self, x):
        return np.any(x, axis=self.axis, keepdims=self.keepdims)

    def output_dtype(self, x):
        return "bool"


def any(x, axis=None, keepdims=False):
    """Whether any element over `axis` is true, where nonzero is true."""
    return Any(axis, keepdims)(x)


class All(Reduction):
    """y = whether all x over `axis` are true. No gradient."""

    differentiable = False

    def forward(self, x):
        return np.all(x, axis=self.axis, keepdims=self.keepdims)

    def output_dtype(self, x):
        return "bool"


def all(x, axis=None, keepdims=False):
    """Whether all elements over `axis` are true, where nonzero is true."""
    return All(axis, keepdims)(x)


class CountNonzero(Op):
    """y = the number of nonzero x over `axis`, int32. No gradient."""

    differentiable = False

    def __init__(self, axis=None):
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def forward(self, x):
        return np.asarray(np.count_nonzero(x, axis=self.axis), np.int32)

    def output_shape(self, shape):
        return reduced_shape(shape, self.axis, False)

    def output_dtype(self, x):
        return "int32"


def count_nonzero(x, axis=None):
    """How many elements over `axis` differ from 0, an int32."""
    return CountNonzero(axis)(x)


class Argmax(Reduction):
    """y = the index of the largest x along `axis`, the first of several, int32. No gradient.

    0.0 is greater than −0.0, and NaN less than any value, as in Keras on TensorFlow.
    """

    differentiable = False
    function = staticmethod(np.argmax)
    extremum = staticmethod(np.max)
    nothing = -np.inf  # it replaces NaN

    def forward(self, x):
        if x.dtype.kind == "f":
            top = self.extremum(x, axis=self.axis)
            # usually no extremum is NaN or a zero that might be −0.0: two cheap checks of the smaller array
            if np.isnan(top.sum()) or np.count_nonzero(top) < top.size:
                x = self._ordered(x)
        return np.asarray(self.function(x, axis=self.axis, keepdims=self.keepdims), np.int32)

    def forward_rows(self, arrays, ranks):
        if self.axis is None:
            return NotImplemented
        return type(self)(axes_of_rows(self.axis, ranks[0])[0], self.keepdims).forward(*arrays)

    def _ordered(self, x):
        x = np.where(np.isnan(x), x.dtype.type(self.nothing), x)
        minus_zero = (x == 0) & np.signbit(x)
        return np.where(minus_zero, -np.finfo(x.dtype).tiny, x) if minus_zero.any() else x

    def output_dtype(self, x):
        return "int32"


def argmax(x, axis=None, keepdims=False):
    """The index of the largest element along `axis` (in the flattened tensor if None), int32."""
    return Argmax(axis, keepdims)(x)


class Argmin(Argmax):
    """y = the index of the least x along `axis`, the first of several, int32. No gradient."""

    function = staticmethod(np.argmin)
    extremum = staticmethod(np.min)
    nothing = np.inf


def argmin(x, axis=None, keepdims=False):
    """The index of the least element along `axis` (in the flattened tensor if None), int32."""
    return Argmin(axis, keepdims)(x)
