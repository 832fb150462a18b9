"""What the tape costs: a training loop of one's own with `GradientTape`, and a chain of small ops beside bare NumPy."""

import numpy as np
import pytest

from benchmarks.goals import Goal
from benchmarks.inputs import normal
from benchmarks.networks import data, pair, same_losses, training_operations
from minikeras import GradientTape, Tensor, losses, ops

LENGTH = 12
BATCH = 32


@pytest.mark.parametrize("name, steps, ratio", [("MLP", 100, 4), ("CNN", 20, 2)])
def test_loop_with_a_gradient_tape(side_by_side, tf, name, steps, ratio):
    """The loop that Keras's guides show. TensorFlow's step is a `tf.function`, as they advise, and once without."""
    ours, theirs, shape = pair(name, tf)
    x, y = data(shape, BATCH)

    def loop(step, x, y):
        def run():
            for _ in range(steps):
                loss = step(x, y)
            return float(loss)

        return run

    step = tf and step_of(theirs, tf.keras.losses, tf.GradientTape)
    side_by_side(
        f"{name}: loop with a GradientTape, batch {BATCH}",
        goals=(Goal(f"{name}, loop with a GradientTape, batch {BATCH}", ratio),),
        check=lambda *results: same_losses(*results[:2]),  # the third goes on with the second's model
        calls=steps,
        unit="step",
        work=(training_operations(ours) * BATCH, 0),
        seconds=1.0,
        rounds=5,
        minikeras=loop(step_of(ours, losses, GradientTape), Tensor(x), Tensor(y)),
        tensorflow=tf and loop(tf.function(step), tf.constant(x), tf.constant(y)),
        tensorflow_eager=tf and loop(step, tf.constant(x), tf.constant(y)),
    )


def step_of(model, losses, tape_class):
    """One training step written by hand; returns its loss."""
    loss_of = losses.SparseCategoricalCrossentropy()

    def step(x, y):
        with tape_class() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


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
