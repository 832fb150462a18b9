"""One optimizer step on one variable: the kernel against Keras's optimizer inside a tf.function."""

import numpy as np
import pytest

from benchmarks.inputs import normal
from minikeras.kernels import optimizers

STEPS = {  # name → Keras's optimizer, number of slots, our step
    "SGD": (lambda k: k.SGD(0.01), 0, lambda w, g, s: optimizers.sgd(w, g, 0.01)),
    "SGD with momentum": (lambda k: k.SGD(0.01, 0.9), 1, lambda w, g, s: optimizers.sgd_momentum(w, g, *s, 0.01, 0.9)),
    "RMSprop": (lambda k: k.RMSprop(), 1, lambda w, g, s: optimizers.rmsprop(w, g, *s, 1e-3, 0.9, 1e-7)),
    "Adam": (lambda k: k.Adam(), 2, lambda w, g, s: optimizers.adam(w, g, *s, _first_alpha(), 0.9, 0.999, 1e-7)),
}


def _first_alpha():
    """lr·√(1 − β₂) / (1 − β₁), of the first step: the one that is compared."""
    one = np.float32(1)
    return np.float32(1e-3) * np.sqrt(one - np.float32(0.999)) / (one - np.float32(0.9))


@pytest.mark.parametrize("size", [1000, 100_000, 1_000_000])
@pytest.mark.parametrize("name", STEPS)
def test_optimizer_step(side_by_side, tf, name, size):
    make, slots, step = STEPS[name]
    weights, gradient = normal(size, size)
    states = [np.zeros_like(weights) for _ in range(slots)]
    theirs = tf and _tensorflow(tf, make, weights, gradient)  # before ours changes the weights

    def ours():
        step(weights, gradient, states)
        return weights

    side_by_side(f"{name}, {size} weights", minikeras=ours, tensorflow=theirs)


def _tensorflow(tf, make, weights, gradient):
    import keras  # here, because it imports TensorFlow

    variable = keras.Variable(weights.copy())
    optimizer = make(keras.optimizers)
    optimizer.build([variable])
    constant = tf.constant(gradient)
    apply = tf.function(lambda: optimizer.apply([constant], [variable]))

    def run():
        apply()
        return variable.value

    return run
