"""Softmax and crossentropies, forward and backward, next to TensorFlow's and PyTorch's ops."""

import numpy as np
import pytest

from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import bytes_of, normal, times
from benchmarks.planned import eager_gradient, forward, gradient, together
from minikeras.ops.crossentropy import SigmoidCrossentropy, SparseSoftmaxCrossentropy
from minikeras.ops.softmax import Softmax

SHAPES = [(32, 10), (128, 10), (128, 100), (1024, 1000)]


def _name(shape):
    return times(*shape)


def _both(op, inputs, dy, wanted):
    """(as compiled steps run it, as the tape does): functions that run forward and backward."""
    planned = together(forward(op, *inputs), gradient(op, inputs, dy, wanted))
    backward = eager_gradient(op, inputs, dy, wanted)

    def eager():
        outputs = op.forward(*inputs)
        return outputs[0] if type(outputs) is tuple else outputs, backward()

    return planned, eager


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_sparse_softmax_crossentropy(side_by_side, tf, torch, shape):
    logits = normal(shape)
    labels = np.random.default_rng(0).integers(0, shape[1], size=shape[0])
    dloss = np.full(shape[0], 1 / shape[0], "float32")
    planned, eager = _both(SparseSoftmaxCrossentropy(), (labels, logits), dloss, (1,))
    side_by_side(
        f"softmax and crossentropy {_name(shape)}: forward and backward",
        goals=OTHER_KERNELS,
        work=(0, 4 * bytes_of(logits)),
        minikeras=planned or eager,
        eager=planned and eager,
        tensorflow=tf and _tensorflow(tf, logits, labels, dloss),
        pytorch=torch and _torch(torch, logits, labels, dloss),
    )


def _tensorflow(tf, logits, labels, dloss):
    logits, labels, dloss = map(tf.constant, (logits, labels, dloss))

    def run():  # the op gives the loss and the gradient for dloss = 1, as TensorFlow's tape uses it
        loss, dlogits = tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits(features=logits, labels=labels)
        return loss, dlogits * dloss[:, None]

    return run


def _torch(torch, logits, labels, dloss):
    logits, labels, dloss = map(torch.from_numpy, (logits, labels, dloss))
    aten = torch.ops.aten

    def run():
        logarithms = aten._log_softmax(logits, 1, False)
        loss, weight = aten.nll_loss_forward(logarithms, labels, None, 0, -100)
        dlogarithms = aten.nll_loss_backward(dloss, logarithms, labels, None, 0, -100, weight)
        return loss, aten._log_softmax_backward_data(dlogarithms, logarithms, 1, torch.float32)

    return run


@pytest.mark.parametrize("size", [128, 100_000])
def test_binary_crossentropy(side_by_side, tf, torch, size):
    logits, dloss = normal(size, size)
    target = np.random.default_rng(0).integers(0, 2, size).astype("float32")
    planned, eager = _both(SigmoidCrossentropy(), (target, logits), dloss, (1,))
    theirs = torchs = None
    if tf is not None:
        arguments = [tf.constant(array) for array in (target, logits, dloss)]
        compiled = tf.function(lambda *arguments: _tensorflow_binary(tf, *arguments))
        theirs = lambda: compiled(*arguments)  # noqa: E731
    if torch is not None:
        torchs = _torch_binary(torch, target, logits, dloss)
    side_by_side(
        f"binary crossentropy of {size:,} logits: forward and backward",
        goals=OTHER_KERNELS,
        work=(0, 6 * bytes_of(logits)),
        minikeras=planned or eager,
        eager=planned and eager,
        tensorflow=theirs,
        pytorch=torchs,
    )


def _tensorflow_binary(tf, target, logits, dloss):
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
    return loss, tape.gradient(loss, logits, output_gradients=dloss)


def _torch_binary(torch, target, logits, dloss):
    target, logits, dloss = map(torch.from_numpy, (target, logits, dloss))

    def run():
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return loss, dloss * (torch.sigmoid(logits) - target)

    return run


@pytest.mark.parametrize("shape", SHAPES, ids=_name)
def test_softmax(side_by_side, tf, torch, shape):
    x = normal(shape)
    planned, eager = forward(Softmax(-1), x), lambda: Softmax(-1).forward(x)
    side_by_side(
        f"softmax {_name(shape)}",
        goals=OTHER_KERNELS,
        work=(0, 2 * bytes_of(x)),
        minikeras=planned or eager,
        eager=planned and eager,
        tensorflow=tf and _of(tf.nn.softmax, tf.constant(x)),
        pytorch=torch and _of(lambda x: torch.softmax(x, 1), torch.from_numpy(x)),
    )


def _of(function, x):
    return lambda: function(x)
