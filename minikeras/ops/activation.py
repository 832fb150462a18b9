"""Activation functions with corners: piecewise linear ones (`relu` and its family), and thresholds.

Each op, its gradient and its public function are adjacent. At a corner the gradient is TensorFlow's: that of the
left segment for `relu`, `relu6`, `leaky_relu`, and 1 at both ends of `hard_tanh`. `smooth_activation.py` has the
curved ones, `softmax.py` those along an axis.

Where a kernel computes a gradient in one pass over memory, `backward` calls it for arrays. The formula below the call
is for Tensors: an outer tape differentiates it again. A test compares the two.
"""

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.lowering import ByFormula
from minikeras.kernels import activation as kernels
from minikeras.kernels.activation_jobs import (
    hard_tanh_chunks,
    hard_tanh_gradient_chunks,
    leaky_relu_chunks,
    leaky_relu_gradient_chunks,
    relu6_chunks,
    relu6_gradient_chunks,
    relu_chunks,
    relu_gradient_chunks,
)
from minikeras.ops.core import convert_to_tensor, float_operand, is_array, only_floats


class Relu(Elementwise):
    """y = max(x, 0);   dx = dy where y > 0."""

    chooses_elements = True
    keeps = ("output",)
    lowering = ByFormula(relu_chunks, relu_gradient_chunks)

    def forward(self, x):
        return kernels.relu(only_floats(x, takes="fiu"))

    def backward(self, call, dy):
        y = call.output
        if is_array(y):
            return (kernels.relu_gradient(dy, y),)
        return (dy * (y > 0),)


def relu(x):
    """max(x, 0), elementwise."""
    return Relu()(x)


class Relu6(Elementwise):
    """y = min(max(x, 0), 6);   dx = dy where 0 < y < 6."""

    keeps = ("output",)
    lowering = ByFormula(relu6_chunks, relu6_gradient_chunks)

    def forward(self, x):
        x = only_floats(x, takes="fiu")
        return relu6_chunks(x) if relu6_chunks.fits(x) else np.minimum(np.maximum(x, 0), 6)

    def backward(self, call, dy):
        y = call.output
        if relu6_gradient_chunks.fits(dy, y):
            return (relu6_gradient_chunks(dy, y),)
        return (dy * (y > 0) * (y < 6),)


def relu6(x):
    """min(max(x, 0), 6), elementwise."""
    return Relu6()(x)


class LeakyRelu(Elementwise):
    """y = x where x > 0, else slope · x;   dx = dy there, slope · dy elsewhere."""

    keeps = ("inputs",)
    lowering = ByFormula(leaky_relu_chunks, leaky_relu_gradient_chunks, lambda op: (op.negative_slope,))

    def __init__(self, negative_slope=0.2):
        self.negative_slope = float(negative_slope)

    def forward(self, x):
        x = as_float(only_floats(x, takes="fiu"))
        if leaky_relu_chunks.fits(x):
            return leaky_relu_chunks(x, self.negative_slope)
        return np.where(x > 0, x, self.negative_slope * x)

    def backward(self, call, dy):
        x = call.inputs[0]
        if leaky_relu_gradient_chunks.fits(dy, x):
            return (leaky_relu_gradient_chunks(dy, x, self.negative_slope),)
        return (Where().of(x > 0, dy, self.negative_slope * dy),)


def leaky_relu(x, negative_slope=0.2):
    """x where it is positive, else negative_slope · x."""
    return LeakyRelu(negative_slope)(x)


class HardTanh(Elementwise):
    """y = min(max(x, −1), 1);   dx = dy where −1 ≤ x ≤ 1."""

    keeps = ("inputs",)
    lowering = ByFormula(hard_tanh_chunks, hard_tanh_gradient_chunks)

    def forward(self, x):
        x = only_floats(x, TypeError)
        return hard_tanh_chunks(x) if hard_tanh_chunks.fits(x) else np.minimum(np.maximum(x, -1), 1)

    def backward(self, call, dy):
        x = call.inputs[0]
        if hard_tanh_gradient_chunks.fits(dy, x):
            return (hard_tanh_gradient_chunks(dy, x),)
        return (dy * (x >= -1) * (x <= 1),)


def hard_tanh(x):
    """x clipped to [−1, 1], elementwise."""
    return HardTanh()(x)


@composed(keeps_dtype=True)
def hard_sigmoid(x):
    """A piecewise linear approximation of the sigmoid: min(max(x + 3, 0), 6) / 6."""
    return relu6(float_operand(x, TypeError) + 3.0) / 6.0


@composed(keeps_dtype=True)
def hard_silu(x):
    """x · hard_sigmoid(x), also named hard_swish. (Howard et al., "Searching for MobileNetV3", 2019)"""
    x = float_operand(x, TypeError)
    return x * hard_sigmoid(x)


hard_swish = hard_silu


@composed(keeps_dtype=True)
def threshold(x, threshold, default_value):
    """x where it is greater than `threshold`, else `default_value`."""
    x = convert_to_tensor(x)
    if isinstance(threshold, float) or isinstance(default_value, float):
        x = float_operand(x, TypeError)
    return Where()(x > threshold, x, default_value)


@composed(keeps_dtype=True)
def hard_shrink(x, threshold=0.5):
    """x where |x| > threshold, else 0."""
    x = only_floats(convert_to_tensor(x), takes="fic")
    if isinstance(threshold, float):
        x = float_operand(x, TypeError, takes="fc")
    return Where()(abs(x) > threshold, x, 0)


@composed(keeps_dtype=True)
def soft_shrink(x, threshold=0.5):
    """x moved towards 0 by `threshold`, and 0 where |x| ≤ threshold."""
    x = float_operand(x, TypeError)
    return Where()(x > threshold, x - threshold, Where()(x < -threshold, x + threshold, 0.0))


@composed(keeps_dtype=True)
def sparse_plus(x):
    """0 up to −1, then (x + 1)² / 4, and x from 1 on. (Keras's companion of `sparsemax` for `softplus`)"""
    x = float_operand(x, TypeError)
    return Where()(x <= -1, 0.0, Where()(x < 1, 0.25 * (x + 1.0) ** 2, x))


@composed(keeps_dtype=True)
def sparse_sigmoid(x):
    """0 up to −1, then (x + 1) / 2, and 1 from 1 on."""
    x = float_operand(x, TypeError)
    return Where()(x <= -1, 0.0, Where()(x >= 1, 1.0, 0.5 * (x + 1.0)))
