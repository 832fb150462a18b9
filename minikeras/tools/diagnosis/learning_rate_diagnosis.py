"""A short learning-rate range test: a few steps on one batch with this rate and others, from the same weights."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.state import unobserved
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor

STEPS = 8
ROWS = 32
LARGEST = 2_000_000  # weights; larger models would take seconds
WORSE = 2.0  # the loss doubles within the steps
BETTER = 0.98
UNMOVED = 1e-4  # relative change of the loss
MUCH = 0.02
LOWER, HIGHER = (0.1, 0.01, 1e-3), (1e3, 1e6)


def learning_rate_far_off(e):
    """The loss explodes with the learning rate and falls with a lower one, or moves only with a much higher one."""
    rate = e.learning_rate
    if rate is None or e.trained or not e.takes_usual_steps or e.model.count_params() > LARGEST or e.gradients is None:
        return None
    start, end = losses_with(e, rate)
    if not np.isfinite(end) or end > WORSE * start + 1:
        for factor in LOWER:
            if losses_with(e, rate * factor)[1] < BETTER * start:
                return (
                    f"With the learning rate {rate:g} the loss goes from {start:.3g} to {end:.3g} in {STEPS} steps on "
                    f"one batch; with {rate * factor:g} it falls. Lower the learning rate."
                )
    if np.isfinite(end) and abs(start - end) < UNMOVED * abs(start):
        for factor in HIGHER:
            end = losses_with(e, rate * factor)[1]
            if end < (1 - MUCH) * start:
                return (
                    f"With the learning rate {rate:g} the loss does not move in {STEPS} steps ({start:.3g}); with "
                    f"{rate * factor:g} it falls to {end:.3g}. Raise the learning rate."
                )
    return None


def losses_with(e, rate):
    """The loss of the first rows before and after a few steps with a new optimizer of the same kind."""
    model = e.model
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    optimizer = type(inner).from_config({**inner.get_config(), "learning_rate": float(rate)})
    x, y = (tree.map_structure(lambda a: None if a is None else Tensor(_rows(a)), part) for part in (e.x, e.y))
    values = []
    with unobserved(), e.kept():
        for _ in range(STEPS + 1):
            with GradientTape() as tape:
                loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=False))
            values.append(float(loss))
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
    return values[0], values[-1]


def _rows(array):
    array = array[:ROWS]
    return array.astype(np.float32) if array.dtype == np.float64 else array


ALL = [learning_rate_far_off]
