"""Softmax and sparse crossentropy kernels against TensorFlow's ops."""

import numpy as np
import pytest

from benchmarks.inputs import normal
from minikeras.kernels import crossentropy, softmax

SHAPES = [(32, 10), (128, 10), (128, 100), (1024, 1000)]


def _name(shape):
    return "×".join(map(str, shape))


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_sparse_softmax_crossentropy_forward_and_backward(side_by_side, tf, shape):
    logits = normal(shape)
    labels = np.random.default_rng(0).integers(0, shape[1], size=shape[0])
    dloss = np.full(shape[0], 1 / shape[0], "float32")

    def ours():
        loss, p = crossentropy.sparse_softmax_crossentropy(logits, labels)
        return loss, crossentropy.sparse_softmax_crossentropy_gradient(dloss, p, labels)

    theirs = tf and _tensorflow(tf, logits, labels, dloss)
    side_by_side(f"softmax-crossentropy {_name(shape)}: forward and backward", minikeras=ours, tensorflow=theirs)


def _tensorflow(tf, logits, labels, dloss):
    logits, labels, dloss = map(tf.constant, (logits, labels, dloss))

    def run():  # the op gives the loss and the gradient for dloss = 1, as TensorFlow's tape uses it
        loss, dlogits = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(features=logits, labels=labels)
        return loss, dlogits * dloss[:, None]

    return run


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_softmax(side_by_side, tf, shape):
    x = normal(shape)
    constant = tf and tf.constant(x)
    theirs = tf and (lambda: tf.nn.softmax(constant))
    side_by_side(f"softmax {_name(shape)}", minikeras=lambda: softmax.softmax(x), tensorflow=theirs)
