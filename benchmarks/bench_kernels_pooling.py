"""The pooling kernels against TensorFlow's ops."""

import pytest

from benchmarks.inputs import normal
from minikeras.kernels import pooling

SHAPES = {"32×26×26×32": (32, 26, 26, 32), "64×32×32×64": (64, 32, 32, 64), "1×26×26×32": (1, 26, 26, 32)}
GEOMETRY = (2, 2), (2, 2), ((0, 0), (0, 0))


@pytest.mark.parametrize("name", SHAPES)
def test_max_pooling_forward(side_by_side, tf, name):
    x = normal(SHAPES[name])
    theirs = tf and _of_constant(tf, x, lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"))
    side_by_side(
        f"max pooling 2×2 {name}: forward", minikeras=lambda: pooling.max_pool(x, *GEOMETRY), tensorflow=theirs
    )


@pytest.mark.parametrize("name", SHAPES)
def test_max_pooling_forward_and_backward(side_by_side, tf, name):
    x = normal(SHAPES[name])

    def ours():
        y, argmax = pooling.max_pool_with_argmax(x, *GEOMETRY)
        return pooling.max_pool_gradient(y, argmax, x.shape[1:3])

    theirs = tf and _of_constant(tf, x, lambda x: _max_pool_and_back(tf, x))
    side_by_side(f"max pooling 2×2 {name}: forward and backward", minikeras=ours, tensorflow=theirs)


def _max_pool_and_back(tf, x):
    options = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "VALID"}
    y = tf.raw_ops.MaxPool(input=x, **options)
    return tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=y, grad=y, **options)


@pytest.mark.parametrize("name", SHAPES)
def test_average_pooling_forward_and_backward(side_by_side, tf, name):
    x = normal(SHAPES[name])

    def ours():
        return pooling.average_pool_gradient(pooling.average_pool(x, *GEOMETRY), x.shape[1:3], *GEOMETRY)

    theirs = tf and _of_constant(tf, x, lambda x: _average_pool_and_back(tf, x))
    side_by_side(f"average pooling 2×2 {name}: forward and backward", minikeras=ours, tensorflow=theirs)


def _average_pool_and_back(tf, x):
    options = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "VALID"}
    y = tf.raw_ops.AvgPool(value=x, **options)
    return tf.raw_ops.AvgPoolGrad(orig_input_shape=x.shape, grad=y, **options)


def _of_constant(tf, x, function):
    constant = tf.constant(x)
    return lambda: function(constant)
