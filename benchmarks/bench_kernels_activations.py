"""Activation functions and their gradients, next to TensorFlow's and PyTorch's.

python -m pytest benchmarks/bench_kernels_activations.py --compilers    # next to NumPy and Numba too
"""

import pytest

from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import bytes_of, normal
from benchmarks.planned import eager_gradient, forward, gradient, together
from minikeras.ops.activation import LeakyRelu, Relu
from minikeras.ops.smooth_activation import Elu, Gelu, Sigmoid, Silu, TanhGelu
from minikeras.ops.special import Erf
from minikeras.ops.trigonometric import Tanh

ACTIVATIONS = {  # name → our op, TensorFlow's function, PyTorch's
    "relu": (Relu(), lambda tf: tf.nn.relu, lambda t: t.relu),
    "leaky relu": (
        LeakyRelu(0.2), lambda tf: tf.nn.leaky_relu, lambda t: lambda x: t.nn.functional.leaky_relu(x, 0.2)
    ),
    "elu": (Elu(1.0), lambda tf: tf.nn.elu, lambda t: t.nn.functional.elu),
    "sigmoid": (Sigmoid(), lambda tf: tf.nn.sigmoid, lambda t: t.sigmoid),
    "silu": (Silu(), lambda tf: tf.nn.silu, lambda t: t.nn.functional.silu),
    "tanh": (Tanh(), lambda tf: tf.tanh, lambda t: t.tanh),
    "gelu": (Gelu(), lambda tf: lambda x: tf.nn.gelu(x, approximate=False), lambda t: t.nn.functional.gelu),
    "gelu by tanh": (
        TanhGelu(),
        lambda tf: lambda x: tf.nn.gelu(x, approximate=True),
        lambda t: lambda x: t.nn.functional.gelu(x, approximate="tanh"),
    ),
    "erf": (Erf(), lambda tf: tf.math.erf, lambda t: t.erf),
}  # fmt: skip
SIZES = [1000, 1_000_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(side_by_side, tf, torch, name, size):
    op, theirs, torchs = ACTIVATIONS[name]
    x = normal(size)
    planned, eager = forward(op, x), lambda: op.forward(x)
    side_by_side(
        f"{name} of {size:,} numbers",
        goals=OTHER_KERNELS,
        work=(0, 2 * bytes_of(x)),
        minikeras=planned or eager,
        eager=planned and eager,
        tensorflow=tf and _of(theirs(tf), tf.constant(x)),
        pytorch=torch and _of(torchs(torch), torch.from_numpy(x)),
    )


def _of(function, x):
    return lambda: function(x)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradient_of_activation(side_by_side, tf, torch, name):
    """Forward and backward: what is kept for the gradient differs from library to library."""
    op, theirs, torchs = ACTIVATIONS[name]
    size = SIZES[-1]
    x, dy = normal(size, size)
    planned, backward = together(forward(op, x), gradient(op, (x,), dy)), eager_gradient(op, (x,), dy)

    def eager():
        return op.forward(x), backward()

    side_by_side(
        f"{name} of {size:,} numbers: forward and backward",
        goals=OTHER_KERNELS,
        work=(0, 5 * bytes_of(x)),
        minikeras=planned or eager,
        eager=planned and eager,
        tensorflow=tf and _tensorflow_both(tf, theirs(tf), x, dy),
        pytorch=torch and _torch_both(torch, torchs(torch), x, dy),
    )


def _tensorflow_both(tf, function, x, dy):
    x, dy = tf.constant(x), tf.constant(dy)

    @tf.function
    def both(x, dy):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x, output_gradients=dy)

    return lambda: both(x, dy)


def _torch_both(torch, function, x, dy):
    x, dy = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dy)

    def run():
        y = function(x)
        return y.detach(), torch.autograd.grad(y, x, dy)[0]

    return run
