"""One step of each optimizer on one variable, beside Keras's optimizer in a `tf.function`, and PyTorch's.

Ours as compiled steps run it, where plans have a job for the rule, and by `optimizer.apply`.
"""

import numpy as np
import pytest

import minikeras
from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import normal
from benchmarks.planned import by_jobs
from minikeras.kernels.optimizer_jobs import (
    adam_pieces,
    pieces,
    rmsprop_pieces,
    sgd_momentum_pieces,
    sgd_nesterov_pieces,
    sgd_pieces,
)
from minikeras.kernels.tasks import address_of


def _first_alpha():
    """lr · √(1 − β₂) / (1 − β₁), of Adam's first step: the one that is compared."""
    one = np.float32(1)
    return np.float32(1e-3) * np.sqrt(one - np.float32(0.999)) / (one - np.float32(0.9))


RULES = {  # name → Keras's optimizer; (job, number of slots, its numbers) or None; PyTorch's optimizer or None
    "SGD": (lambda k: k.SGD(0.01), (sgd_pieces, 0, (0.01,)), lambda t, w: t.optim.SGD(w, 0.01)),
    "SGD with momentum": (
        lambda k: k.SGD(0.01, 0.9), (sgd_momentum_pieces, 1, (0.01, 0.9)), lambda t, w: t.optim.SGD(w, 0.01, 0.9)
    ),
    "SGD, Nesterov": (lambda k: k.SGD(0.01, 0.9, nesterov=True), (sgd_nesterov_pieces, 1, (0.01, 0.9)), None),
    "RMSprop": (lambda k: k.RMSprop(), (rmsprop_pieces, 1, (1e-3, 0.9, np.float32(1) - np.float32(0.9), 1e-7)), None),
    "Adam": (
        lambda k: k.Adam(),
        (adam_pieces, 2, (_first_alpha(), np.float32(1) - np.float32(0.9), np.float32(1) - np.float32(0.999), 1e-7)),
        lambda t, w: t.optim.Adam(w, eps=1e-7, fused=True),
    ),
    "AdamW": (lambda k: k.AdamW(), None, lambda t, w: t.optim.AdamW(w, weight_decay=0.004, eps=1e-7, fused=True)),
    "Adam, amsgrad": (lambda k: k.Adam(amsgrad=True), None, None),
    "RMSprop, centered": (lambda k: k.RMSprop(centered=True, momentum=0.9), None, None),
    "Adamax": (lambda k: k.Adamax(), None, None),
    "Nadam": (lambda k: k.Nadam(), None, None),
    "Adagrad": (lambda k: k.Adagrad(), None, None),
    "Adadelta": (lambda k: k.Adadelta(), None, None),
    "Ftrl": (lambda k: k.Ftrl(), None, None),
    "Lion": (lambda k: k.Lion(), None, None),
    "Lamb": (lambda k: k.Lamb(), None, None),
    "Adafactor": (lambda k: k.Adafactor(), None, None),
}  # fmt: skip
SIZES = [(name, 1_000_000) for name in RULES] + [("Adam", 1000), ("Adam", 100_000), ("SGD", 100_000)]


@pytest.mark.parametrize("name, size", SIZES)
def test_optimizer_step(side_by_side, tf, torch, name, size):
    make, rule, torchs = RULES[name]
    shape = (size,) if size < 1_000_000 else (1000, 1000)
    weights, gradient = normal(shape, shape)
    gradient += np.sign(gradient)  # near 0, where Keras and PyTorch add ε in different places, their steps differ
    slots = rule[1] if rule else 2
    side_by_side(
        f"{name}, {size:,} weights",
        goals=OTHER_KERNELS,
        work=(0, weights.nbytes * (3 + 2 * slots)),  # reads weights, gradient and slots; writes weights and slots
        minikeras=_by_job(rule, weights, gradient) if rule else _apply(minikeras, make, weights, gradient),
        eager=_apply(minikeras, make, weights, gradient) if rule else None,
        tensorflow=tf and _tensorflow(tf, make, weights, gradient),
        pytorch=torch and torchs and _torch(torch, torchs, weights, gradient),
    )


def _by_job(rule, weights, gradient):
    kernel, slots, numbers = rule
    weights = weights.copy()
    states = [np.zeros_like(weights) for _ in range(slots)]
    arrays = weights, gradient, *states
    table = pieces([[address_of(array) for array in arrays]], [weights.size])
    job = kernel.job(len(table), table, *map(float, numbers))
    job.holds = arrays  # the table knows them by address only
    return by_jobs([job], weights)


def _apply(keras, make, weights, gradient):
    variable = keras.Variable(weights.copy())
    optimizer = make(keras.optimizers)
    optimizer.build([variable])
    gradient = keras.ops.convert_to_tensor(gradient)

    def run():
        optimizer.apply([gradient], [variable])
        return variable.value

    return run


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


def _torch(torch, make, weights, gradient):
    variable = torch.tensor(weights, requires_grad=True)
    variable.grad = torch.from_numpy(gradient)
    optimizer = make(torch, [variable])

    def run():
        optimizer.step()
        return variable.detach()

    return run
