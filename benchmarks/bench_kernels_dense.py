"""What a Dense layer computes: a matrix product by NumPy's BLAS, a bias, a relu, and the three gradients."""

import numpy as np
import pytest

from benchmarks.inputs import normal
from minikeras.kernels import activation

SHAPES = [(1, 784, 100), (32, 784, 100), (128, 784, 100), (128, 1600, 128), (512, 512, 512)]


def _name(shape):
    return "×".join(map(str, shape))


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_dense_forward(side_by_side, tf, shape):
    batch, inputs, units = shape
    x, kernel, bias = normal((batch, inputs), (inputs, units), units)

    def ours():
        y = x @ kernel
        y += bias
        return np.maximum(y, 0, out=y)

    theirs = tf and _tensorflow_forward(tf, x, kernel, bias)
    side_by_side(f"dense {_name(shape)}: forward", minikeras=ours, tensorflow=theirs)


def _tensorflow_forward(tf, *arrays):
    x, kernel, bias = map(tf.constant, arrays)
    return lambda: tf.nn.relu(tf.nn.bias_add(tf.matmul(x, kernel), bias))


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_dense_backward(side_by_side, tf, shape):
    batch, inputs, units = shape
    x, kernel, dy, y = normal((batch, inputs), (inputs, units), (batch, units), (batch, units))
    y = np.maximum(y, 0)

    def ours():
        dz = activation.relu_gradient(dy, y)
        return dz @ kernel.T, x.T @ dz, dz.sum(axis=0)

    theirs = tf and _tensorflow_backward(tf, x, kernel, dy, y)
    side_by_side(f"dense {_name(shape)}: backward", minikeras=ours, tensorflow=theirs)


def _tensorflow_backward(tf, *arrays):
    x, kernel, dy, y = map(tf.constant, arrays)

    def run():
        dz = tf.raw_ops.ReluGrad(gradients=dy, features=y)
        return (
            tf.matmul(dz, kernel, transpose_b=True),
            tf.matmul(x, dz, transpose_a=True),
            tf.raw_ops.BiasAddGrad(out_backprop=dz),
        )

    return run
