"""Normalization and activation kernels against TensorFlow's ops."""

import numpy as np
import pytest

from benchmarks.inputs import normal
from minikeras.kernels import activation, batch_normalization, error_function, layer_normalization

BATCH_SHAPES = {"16×32×32×64": (16, 32, 32, 64), "128×128": (128, 1, 1, 128)}
LAYER_SHAPES = [(32, 128), (1024, 512)]
EPSILON = 1e-3


@pytest.mark.parametrize("name", BATCH_SHAPES)
def test_batch_normalization_forward_and_backward(side_by_side, tf, name):
    shape = BATCH_SHAPES[name]
    x, dy, gamma, beta = normal(shape, shape, shape[-1], shape[-1])

    def ours():
        mean, variance = batch_normalization.channel_moments(x)
        y = batch_normalization.batch_normalization(x, mean, variance, gamma, beta, EPSILON)
        return y, *batch_normalization.batch_normalization_gradient(dy, x, mean, variance, gamma, EPSILON)

    theirs = tf and _fused_batch_norm(tf, x, dy, gamma, beta)
    side_by_side(f"batch normalization {name}: forward and backward", minikeras=ours, tensorflow=theirs)


def _fused_batch_norm(tf, *arrays):
    x, dy, gamma, beta = map(tf.constant, arrays)
    empty = tf.constant([], "float32")

    def run():
        y, _, _, *reserved = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=gamma, offset=beta, mean=empty, variance=empty, epsilon=EPSILON, is_training=True
        )
        names = ("reserve_space_1", "reserve_space_2", "reserve_space_3")
        dx, dgamma, dbeta, *_ = tf.raw_ops.FusedBatchNormGradV3(
            y_backprop=dy,
            x=x,
            scale=gamma,
            epsilon=EPSILON,
            is_training=True,
            **dict(zip(names, reserved, strict=True)),
        )
        return y, dx, dgamma, dbeta

    return run


@pytest.mark.parametrize("shape", LAYER_SHAPES, ids=str)
def test_layer_normalization_forward_and_backward(side_by_side, tf, shape):
    x, dy, gamma, beta = normal(shape, shape, shape[-1], shape[-1])

    def ours():
        y, mean, inverse = layer_normalization.layer_normalization(x, gamma, beta, EPSILON)
        return y, *layer_normalization.layer_normalization_gradient(dy, x, mean, inverse, gamma)

    theirs = tf and _layer_norm(tf, x, dy, gamma, beta)
    side_by_side(f"layer normalization {shape[0]}×{shape[1]}: forward and backward", minikeras=ours, tensorflow=theirs)


def _layer_norm(tf, *arrays):
    """As Keras composes it, in a tf.function."""
    x, dy, gamma, beta = map(tf.constant, arrays)

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            tape.watch([x, gamma, beta])
            mean, variance = tf.nn.moments(x, [-1], keepdims=True)
            y = tf.nn.batch_normalization(x, mean, variance, beta, gamma, EPSILON)
        return y, *tape.gradient(y, [x, gamma, beta], output_gradients=dy)

    return run


ELEMENTWISE = {
    "sigmoid": (activation.sigmoid, lambda tf: tf.nn.sigmoid),
    "silu": (activation.silu, lambda tf: tf.nn.silu),
    "gelu": (activation.gelu, lambda tf: lambda x: tf.nn.gelu(x, approximate=False)),
    "erf": (error_function.erf, lambda tf: tf.math.erf),
    "tanh": (np.tanh, lambda tf: tf.tanh),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("size", [1000, 100_000])
def test_elementwise(side_by_side, tf, name, size):
    ours, theirs = ELEMENTWISE[name]
    x = normal(size)
    constant = tf and tf.constant(x)
    function = tf and theirs(tf)
    side_by_side(f"{name} of {size} numbers", minikeras=lambda: ours(x), tensorflow=tf and (lambda: function(constant)))
