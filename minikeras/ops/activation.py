"""Activation functions: each op, its gradient and its public function side by side."""

import numpy as np

from minikeras.autodiff.arithmetic import Elementwise, Sum
from minikeras.autodiff.operation import Op
from minikeras.dtypes import as_float


class Relu(Elementwise):
    """y = max(x, 0);   dx = dy where y > 0."""

    keeps = ("output",)

    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, call, dy):
        return (dy * (call.output > 0),)


def relu(x):
    """max(x, 0), elementwise."""
    return Relu()(x)


class Softmax(Op):
    """y = exp(x) / Σ exp(x) along `axis`;   dx = y · (dy − Σ dy · y)."""

    keeps = ("output",)

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, x):
        x = as_float(x)
        shifted = np.exp(x - x.max(axis=self.axis, keepdims=True, initial=-np.inf))  # exp overflows float32 above 88
        return shifted / shifted.sum(axis=self.axis, keepdims=True)

    def backward(self, call, dy):
        y = call.output
        return (y * (dy - Sum(self.axis, keepdims=True).of(dy * y)),)

    def output_shape(self, shape):
        return shape


def softmax(x, axis=-1):
    """Positive numbers that sum to one along `axis`."""
    return Softmax(axis)(x)
