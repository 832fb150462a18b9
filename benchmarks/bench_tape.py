"""What the tape costs: a chain of 12 small ops, forward and backward, beside the same ops in bare NumPy."""

import numpy as np

from benchmarks.inputs import normal
from minikeras import GradientTape, Tensor, ops

LENGTH = 12


def test_chain_of_small_ops(side_by_side, tf):
    x = normal((32, 64))

    def with_tape(tape_class, tensor, tanh):
        def run():
            with tape_class() as tape:
                tape.watch(tensor)
                y = tensor
                for _ in range(LENGTH):
                    y = tanh(y)
            return tape.gradient(y, tensor)

        return run

    ours = with_tape(GradientTape, Tensor(x), ops.tanh)
    np.testing.assert_allclose(ours(), bare(x), rtol=1e-5)
    theirs = tf and with_tape(tf.GradientTape, tf.constant(x), tf.tanh)
    side_by_side(f"{LENGTH} × tanh (32, 64), forward and backward", minikeras=ours, tensorflow=theirs)


def test_chain_without_a_tape(side_by_side):
    x = normal((32, 64))
    side_by_side(f"{LENGTH} × tanh (32, 64), bare NumPy", minikeras=lambda: bare(x))


def bare(x):
    """The chain and its gradient written out."""
    outputs = [np.tanh(x)]
    for _ in range(LENGTH - 1):
        outputs.append(np.tanh(outputs[-1]))
    dy = np.ones_like(x)
    for y in reversed(outputs):
        dy = dy * (1.0 - y * y)
    return dy
