"""Activation functions along an axis: the result sums to one (for `log_softmax`, its exponential does)."""

import math

import numpy as np

from minikeras.autodiff.operation import Op, OpWithHiddenOutputs
from minikeras.autodiff.shapes import Sum, normalize_axes
from minikeras.base.messages import warn
from minikeras.kernels import softmax as kernels
from minikeras.ops.core import attach_logits, convert_to_tensor, in_float32, is_array, only_floats
from minikeras.ops.exponential import Exp
from minikeras.ops.reduction import Max


class AlongAxis(Op):
    """Base class of ops that keep the shape and mix the values along `axis` (an integer, several, or None for all)."""

    keeps = ("output",)

    def __init__(self, axis=-1):
        self.axis = tuple(axis) if isinstance(axis, list) else axis

    def output_shape(self, shape):
        normalize_axes(self.axis, len(shape))  # raises if there is no such axis
        return shape

    def elementary_operations(self, shapes, output_shape):
        return 5 * math.prod(output_shape)  # maximum, difference, exponential, sum, quotient (or difference)

    def batch_inputs(self, shapes, output_shape):
        return None if 0 in normalize_axes(self.axis, len(shapes[0])) else [True]

    def _is_last_axis(self, x):
        return x.ndim > 0 and self.axis in (-1, x.ndim - 1)


class Softmax(AlongAxis):
    """y = exp(x) / Σ exp(x) along `axis`;   dx = y · (dy − Σ dy · y)."""

    def __call__(self, x):
        return attach_logits(super().__call__(x), x)

    call = __call__

    def forward(self, x):
        x = only_floats(x)
        if self._is_last_axis(x):
            return in_float32(kernels.softmax, (x,))
        shifted = np.exp(x - x.max(axis=self.axis, keepdims=True, initial=-np.inf))  # exp overflows float32 above 88
        return shifted / shifted.sum(axis=self.axis, keepdims=True)

    def composition(self, x):
        powers = Exp()(x - Max(self.axis, keepdims=True)(x))
        return powers / Sum(self.axis, keepdims=True)(powers)

    def backward(self, call, dy):
        y = call.output
        if is_array(y) and self._is_last_axis(y):
            return (kernels.softmax_gradient(y, dy),)
        return (y * (dy - Sum(self.axis, keepdims=True).of(dy * y)),)


def softmax(x, axis=-1):
    """Positive values that sum to one along `axis`, in the proportions of exp(x).

    Args:
        axis: an integer, a tuple of them, or None for all axes together.

    Warns if the axis has length 1, where the result is always 1.
    """
    x = convert_to_tensor(x)
    shape = x.shape
    if isinstance(axis, int) and -len(shape) <= axis < len(shape) and shape[axis] == 1:
        warn(
            f"A softmax over axis {axis} of a tensor of shape {tuple(shape)}, which has length 1, gives 1 for any "
            "input. For binary classification with one unit use a sigmoid."
        )
    return Softmax(axis)(x)


class LogSoftmax(AlongAxis):
    """y = x − ln Σ exp(x) along `axis`;   dx = dy − exp(y) · Σ dy."""

    def forward(self, x):
        x = only_floats(x)
        return kernels.log_softmax(x) if self._is_last_axis(x) else kernels.log_softmax_reference(x, self.axis)

    def backward(self, call, dy):
        return (dy - Exp().of(call.output) * Sum(self.axis, keepdims=True).of(dy),)


def log_softmax(x, axis=-1):
    """ln(softmax(x)), exact where softmax rounds to 0.

    Args:
        axis: an integer, a tuple of them, or None for all axes together.
    """
    return LogSoftmax(axis)(x)


class Sparsemax(OpWithHiddenOutputs, AlongAxis):
    """y = max(x − τ, 0) along `axis`;   dx = g − ∂τ/∂x · Σ g, with g = dy where y > 0.

    Sorted in descending order z₁ ≥ z₂ ≥ …, the z_j with 1 + j·z_j > z₁ + … + z_j are the support, k of them. The paper
    has τ = (z₁ + … + z_k − 1) / k, so that y sums to one. Keras 3.15 on TensorFlow adds the *running sums* in place of
    the z_j, so its y sums to one only where k = 1. The result is the same here, so that models behave alike.
    (Martins & Astudillo, "From Softmax to Sparsemax", 2016)

    Hidden output: ∂τ/∂x, which is (k − j + 1) / k for the j-th of the support.
    """

    def forward(self, x):
        x = only_floats(x)
        order = np.argsort(-x, axis=self.axis, kind="stable")
        ordered = np.take_along_axis(x, order, axis=self.axis)
        sums = ordered.cumsum(axis=self.axis, dtype=x.dtype)
        rank = np.ones_like(x).cumsum(axis=self.axis, dtype=x.dtype)
        support = ordered - (sums - 1) / rank > 0
        k = support.sum(axis=self.axis, keepdims=True, dtype=x.dtype)
        tau = (np.where(support, sums, 0).sum(axis=self.axis, keepdims=True) - 1) / k
        dtau = np.empty_like(x)
        np.put_along_axis(dtau, order, np.where(support, (k - rank + 1) / k, 0).astype(x.dtype), axis=self.axis)
        return np.maximum(x - tau, 0), dtau

    def backward(self, call, dy, _):
        if dy is None:  # ∂τ/∂x is constant between its jumps
            return (None,)
        y, dtau = call.outputs
        g = dy * (y > 0)
        return (g - dtau * Sum(self.axis, keepdims=True).of(g),)


def sparsemax(x, axis=-1):
    """Like softmax along `axis`, but small values become exactly 0. See `Sparsemax` for a quirk of Keras."""
    return Sparsemax(axis)(convert_to_tensor(x))
