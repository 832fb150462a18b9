"""One step of each optimizer on one variable, next to Keras's optimizer in a `tf.function`, and PyTorch's.

Ours as compiled steps run it, where there is a rule, and by `optimizer.apply`.
"""

import numpy as np
import pytest

import minikeras
from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import normal
from benchmarks.planned import by_jobs
from minikeras.optimizers.fused_update import scalars_of_decay

OPTIMIZERS = {  # name → Keras's optimizer; PyTorch's or None
    "SGD": (lambda k: k.SGD(0.01), lambda t, w: t.optim.SGD(w, 0.01)),
    "SGD with momentum": (lambda k: k.SGD(0.01, 0.9), lambda t, w: t.optim.SGD(w, 0.01, 0.9)),
    "SGD, Nesterov": (lambda k: k.SGD(0.01, 0.9, nesterov=True), None),
    "RMSprop": (lambda k: k.RMSprop(), None),
    "Adam": (lambda k: k.Adam(), lambda t, w: t.optim.Adam(w, eps=1e-7, fused=True)),
    "AdamW": (lambda k: k.AdamW(), lambda t, w: t.optim.AdamW(w, weight_decay=0.004, eps=1e-7, fused=True)),
    "Adam, amsgrad": (lambda k: k.Adam(amsgrad=True), None),
    "RMSprop, centered": (lambda k: k.RMSprop(centered=True, momentum=0.9), None),
    "Adamax": (lambda k: k.Adamax(), None),
    "Nadam": (lambda k: k.Nadam(), None),
    "Adagrad": (lambda k: k.Adagrad(), None),
    "Adadelta": (lambda k: k.Adadelta(), None),
    "Ftrl": (lambda k: k.Ftrl(), None),
    "Lion": (lambda k: k.Lion(), None),
    "Schedule-free AdamW": (lambda k: k.ScheduleFreeAdamW(), None),
    "Lamb": (lambda k: k.Lamb(), None),
    "Adafactor": (lambda k: k.Adafactor(), None),
}
SIZES = [(name, 1_000_000) for name in OPTIMIZERS] + [("Adam", 1000), ("Adam", 100_000), ("SGD", 100_000)]


@pytest.mark.parametrize("name, size", SIZES)
def test_optimizer_step(side_by_side, tf, torch, name, size):
    make, torchs = OPTIMIZERS[name]
    shape = (size,) if size < 1_000_000 else (1000, 1000)
    weights, gradient = normal(shape, shape)
    gradient += np.sign(gradient)  # near 0, where Keras and PyTorch add ε in different positions, their steps differ
    by_job, slots = _by_job(make, weights, gradient)
    by_apply = _apply(minikeras, make, weights, gradient)
    side_by_side(
        f"{name}, {size:,} weights",
        goals=OTHER_KERNELS,
        work=(0, weights.nbytes * (3 + 2 * slots)),  # reads weights, gradient and slots; writes weights and slots
        minikeras=by_job or by_apply,
        eager=by_job and by_apply,
        tensorflow=tf and _tensorflow(tf, make, weights, gradient),
        pytorch=torch and torchs and _torch(torch, torchs, weights, gradient),
    )


def _by_job(make, weights, gradient):
    """(function that makes a step by a job and returns the weights, or None; number of slots)."""
    variable = minikeras.Variable(weights)
    optimizer = make(minikeras.optimizers)
    optimizer.build([variable])
    optimizer._begin_step()
    learning_rate = np.float32(optimizer.learning_rate)
    rule, slots = optimizer.rule, optimizer.rule_slots()
    if rule is None or not rule.can_compile:
        return None, 2
    arrays = [weights.copy(), gradient, *[kind[0].numpy() for kind in slots]]
    update = rule.jobs([weights.shape], [optimizer.weight_decay is not None])
    update.point_to(arrays)
    update.scalars[:] = *optimizer.rule_scalars_now(learning_rate), *scalars_of_decay(optimizer, learning_rate)
    return by_jobs(update.jobs, arrays[0], in_place=True), len(slots)


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
