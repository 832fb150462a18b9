"""Smooth activation functions: the sigmoid and its products, the exponential linear units, gelu."""

import math

import numpy as np

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.composed import composed
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.lowering import ByFormula
from minikeras.autodiff.shapes import normalize_axes
from minikeras.kernels import activation as kernels
from minikeras.kernels.activation_jobs import (
    GELU_CUBIC,
    elu_chunks,
    elu_gradient_chunks,
    gelu_chunks,
    gelu_gradient_chunks,
    selu_gradient_chunks,
    sigmoid_chunks,
    sigmoid_gradient_chunks,
    silu_chunks,
    silu_gradient_chunks,
    softplus_chunks,
    softplus_gradient_chunks,
    softsign_chunks,
    softsign_gradient_chunks,
    tanh_gelu_chunks,
    tanh_gelu_gradient_chunks,
)
from minikeras.ops.core import attach_logits, float_operand, is_array, only_floats
from minikeras.ops.exponential import Exp
from minikeras.ops.special import Erf
from minikeras.ops.trigonometric import Tanh, tanh


class Sigmoid(Elementwise):
    """y = 1 / (1 + exp(−x));   dx = dy · y · (1 − y)."""

    keeps = ("output",)
    lowering = ByFormula(sigmoid_chunks, sigmoid_gradient_chunks)

    def __call__(self, x):
        return attach_logits(super().__call__(x), x)

    call = __call__

    def forward(self, x):
        x = only_floats(x, takes="fc")
        return 1.0 / (1.0 + np.exp(-x)) if x.dtype.kind == "c" else kernels.sigmoid(x)

    def backward(self, call, dy):
        y = call.output
        if is_array(y):
            return (kernels.sigmoid_gradient(dy, y),)
        return (dy * y * (1.0 - y),)


def sigmoid(x):
    """1 / (1 + exp(−x)), elementwise: between 0 and 1."""
    return Sigmoid()(x)


class Softplus(Elementwise):
    """y = ln(1 + exp(x));   dx = dy · sigmoid(x)."""

    keeps = ("inputs",)
    lowering = ByFormula(softplus_chunks, softplus_gradient_chunks)

    def forward(self, x):
        x = only_floats(x)
        if softplus_chunks.fits(x):
            return softplus_chunks(x)
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def backward(self, call, dy):
        x = call.inputs[0]
        if softplus_gradient_chunks.fits(dy, x):
            return (softplus_gradient_chunks(dy, x),)
        return (dy * Sigmoid().of(x),)


def softplus(x):
    """ln(1 + exp(x)), elementwise: a smooth relu."""
    return Softplus()(x)


@composed(keeps_dtype=True)
def log_sigmoid(x):
    """ln(sigmoid(x)) = −softplus(−x), accurate for very negative x too."""
    return -softplus(-float_operand(x))


class Softsign(Elementwise):
    """y = x / (1 + |x|);   dx = dy / (1 + |x|)²."""

    keeps = ("inputs",)
    lowering = ByFormula(softsign_chunks, softsign_gradient_chunks)

    def forward(self, x):
        x = only_floats(x)
        return softsign_chunks(x) if softsign_chunks.fits(x) else x / (1 + np.abs(x))

    def backward(self, call, dy):
        x = call.inputs[0]
        if softsign_gradient_chunks.fits(dy, x):
            return (softsign_gradient_chunks(dy, x),)
        scale = 1.0 + abs(x)
        return (dy / scale / scale,)  # twice, since scale² overflows float32 above 1.8e19


def softsign(x):
    """x / (1 + |x|), elementwise: between −1 and 1."""
    return Softsign()(x)


class Silu(Elementwise):
    """y = x · s with s = sigmoid(x);   dx = dy · s · (1 + x · (1 − s))."""

    keeps = ("inputs",)
    lowering = ByFormula(silu_chunks, silu_gradient_chunks)

    def forward(self, x):
        x = only_floats(x, takes="fc")
        return x / (1.0 + np.exp(-x)) if x.dtype.kind == "c" else kernels.silu(x)

    def backward(self, call, dy):
        x = call.inputs[0]
        if is_array(x):
            return (kernels.silu_gradient(dy, x),)
        s = Sigmoid().of(x)
        return (dy * s * (1.0 + x * (1.0 - s)),)


def silu(x):
    """x · sigmoid(x), elementwise, also named swish. (Ramachandran et al., 2017)"""
    return Silu()(x)


swish = silu


@composed(keeps_dtype=True)
def glu(x, axis=-1):
    """Gated linear unit: split x in two halves along `axis`: a · sigmoid(b). (Dauphin et al., 2016)

    Raises:
        ValueError: the axis has odd length.
    """
    x = float_operand(x, takes="fc")
    length = x.shape[normalize_axes(axis, len(x.shape))[0]]
    if length is None:
        return KerasTensor(x.shape, x.dtype)
    if length % 2:
        raise ValueError(
            f"The axis size must be divisible by 2 in `glu`. Received: x.shape={tuple(x.shape)}, axis={axis}"
        )
    before = (slice(None),) * (axis % len(x.shape))
    a, b = x[(*before, slice(0, length // 2))], x[(*before, slice(length // 2, None))]
    return a * sigmoid(b)


class Elu(Elementwise):
    """y = x where x > 0, else α · (exp(x) − 1);   dx = dy there, dy · (y + α) elsewhere."""

    keeps = ("output",)
    lowering = ByFormula(elu_chunks, elu_gradient_chunks, lambda op: (1.0, op.alpha))

    def __init__(self, alpha=1.0):
        self.alpha = float(alpha)

    def forward(self, x):
        x = only_floats(x)
        if elu_chunks.fits(x):
            return elu_chunks(x, 1.0, self.alpha)
        return np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))

    def backward(self, call, dy):
        y = call.output
        if elu_gradient_chunks.fits(dy, y):
            return (elu_gradient_chunks(dy, y, 1.0, self.alpha),)
        return (Where().of(y > 0, dy, dy * (y + self.alpha)),)


def elu(x, alpha=1.0):
    """Exponential linear unit: x where it is positive, else alpha · (exp(x) − 1). (Clevert et al., 2015)"""
    return Elu(alpha)(x)


class Selu(Elementwise):
    """y = scale · x where x ≥ 0, else scale · α · (exp(x) − 1);   dx = scale · dy there, else dy · (y + scale · α).

    α = 1.6733, scale = 1.0507 keep mean 0 and variance 1 from layer to layer.
    (Klambauer et al., "Self-Normalizing Neural Networks", 2017)
    """

    alpha = 1.6732632423543772848170429916717
    scale = 1.0507009873554804934193349852946
    keeps = ("output",)
    lowering = ByFormula(elu_chunks, selu_gradient_chunks, lambda op: (op.scale, op.alpha))

    def forward(self, x):
        x = only_floats(x)
        if elu_chunks.fits(x):
            return elu_chunks(x, self.scale, self.alpha)
        return np.where(x >= 0, self.scale * x, self.scale * self.alpha * np.expm1(np.minimum(x, 0)))

    def backward(self, call, dy):
        y = call.output
        if selu_gradient_chunks.fits(dy, y):
            return (selu_gradient_chunks(dy, y, self.scale, self.alpha),)
        return (Where().of(y >= 0, self.scale * dy, dy * (y + self.scale * self.alpha)),)


def selu(x):
    """Scaled exponential linear unit: 1.0507 · elu(x, alpha=1.6733)."""
    return Selu()(x)


class Celu(Elementwise):
    """y = max(x, 0) + α · (exp(min(x, 0) / α) − 1);   dx = dy where x ≥ 0, plus dy · exp(x / α) where x ≤ 0.

    So the gradient at 0 is 2, not 1: at 0 both `max` and `min` pass it. That is TensorFlow's value.
    """

    keeps = ("inputs",)

    def __init__(self, alpha=1.0):
        self.alpha = float(alpha)

    def forward(self, x):
        x = only_floats(x, TypeError)
        return np.maximum(x, 0) + self.alpha * np.expm1(np.minimum(x, 0) / self.alpha)

    def backward(self, call, dy):
        x = call.inputs[0]
        below = Where().of(x <= 0, x, 0.0)
        return (dy * (x >= 0) + Where().of(x <= 0, dy * Exp().of(below / self.alpha), 0.0),)


def celu(x, alpha=1.0):
    """Continuously differentiable elu: max(x, 0) + alpha · (exp(min(x, 0) / alpha) − 1). (Barron, 2017)"""
    return Celu(alpha)(x)


class Gelu(Elementwise):
    """y = x · Φ(x) with Φ the normal distribution function;   dx = dy · (Φ(x) + x · φ(x)), φ = Φ′."""

    keeps = ("inputs",)
    lowering = ByFormula(gelu_chunks, gelu_gradient_chunks)

    def forward(self, x):
        return kernels.gelu(only_floats(x, ValueError))

    def backward(self, call, dy):
        x = call.inputs[0]
        if is_array(x):
            return (kernels.gelu_gradient(dy, x),)
        distribution = 0.5 * (1.0 + Erf().of(x * math.sqrt(0.5)))
        density = Exp().of(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
        return (dy * (distribution + x * density),)


class TanhGelu(Elementwise):
    """y = x · (1 + t) / 2 with t = tanh(u), u = √(2/π) · (x + 0.044715 x³), which is near x · Φ(x).

    dx = dy · ((1 + t) / 2 + x · (1 − t²) / 2 · du/dx).
    """

    keeps = ("inputs",)
    lowering = ByFormula(tanh_gelu_chunks, tanh_gelu_gradient_chunks)
    slope = math.sqrt(2 / math.pi)
    cubic = GELU_CUBIC

    def forward(self, x):
        x = only_floats(x, ValueError)
        if tanh_gelu_chunks.fits(x):
            return tanh_gelu_chunks(x)
        return 0.5 * x * (1 + np.tanh(self.slope * x * (1 + self.cubic * (x * x))))

    def backward(self, call, dy):
        x = call.inputs[0]
        if tanh_gelu_gradient_chunks.fits(dy, x):
            return (tanh_gelu_gradient_chunks(dy, x),)
        square = x * x
        t = Tanh().of(self.slope * x * (1.0 + self.cubic * square))
        du = self.slope * (1.0 + 3 * self.cubic * square)
        return (dy * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * du),)


@composed(keeps_dtype=True)
def gelu(x, approximate=True):
    """Gaussian error linear unit x · Φ(x), by a tanh formula if `approximate`. (Hendrycks & Gimpel, 2016)"""
    return TanhGelu()(x) if approximate else Gelu()(x)


@composed(keeps_dtype=True)
def tanh_shrink(x):
    """x − tanh(x), elementwise."""
    x = float_operand(x, takes="fc")
    return x - tanh(x)


@composed(keeps_dtype=True)
def squareplus(x, b=4):
    """(x + √(x² + b)) / 2, elementwise: a softplus without exponentials. (Barron, 2021)"""
    x = float_operand(x, takes="fc")
    return (x + (x * x + b) ** 0.5) / 2.0
