"""What the tape costs: a custom training loop with `GradientTape`, and a chain of small ops next to bare NumPy."""

import numpy as np
import pytest

from benchmarks.goals import Goal
from benchmarks.inputs import normal
from benchmarks.networks import data, pair, same_losses, training_operations
from minikeras import GradientTape, Tensor, losses, ops
from minikeras.compat import tensorflow as shim

LENGTH = 12
BATCH = 32
BATCHES = 10


@pytest.mark.parametrize("name, steps, ratio", [("MLP", 100, 4), ("CNN", 20, 2)])
def test_loop_with_a_gradient_tape(side_by_side, tf, name, steps, ratio):
    """The loop that Keras's guides show, on both sides: its step as a `tf.function`, as they advise, and without."""
    ours, theirs, shape = pair(name, tf)
    x, y = data(shape, BATCH * BATCHES)

    def loop(step, constant):
        batches = [(constant(a), constant(b)) for a, b in zip(np.split(x, BATCHES), np.split(y, BATCHES), strict=True)]

        def run():
            for i in range(steps):
                loss = step(*batches[i % BATCHES])
            return float(loss)

        return run

    own = step_of(ours, losses, shim.GradientTape)
    other = tf and step_of(theirs, tf.keras.losses, tf.GradientTape)
    title = f"{name}: loop with a GradientTape, batch {BATCH}"
    eager = f"{name}, loop with a GradientTape, batch {BATCH}, without tf.function"
    side_by_side(
        title,
        goals=(Goal(title.replace(":", ","), ratio), Goal(eager, ratio, ours="eager", theirs="tensorflow_eager")),
        check=lambda first, second, *more: same_losses(first, second),  # the others continue with the same models
        calls=steps,
        unit="step",
        work=(training_operations(ours) * BATCH, 0),
        seconds=1.0,
        rounds=5,
        minikeras=loop(shim.function(own), Tensor),
        tensorflow=tf and loop(tf.function(other), tf.constant),
        eager=loop(own, Tensor),
        tensorflow_eager=tf and loop(other, tf.constant),
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
