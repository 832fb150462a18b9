"""Polynomial decay: the learning rate falls to an end value along a power of the remaining time."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_real, check_positive


class PolynomialDecay(LearningRateSchedule):
    """lr(t) = (initial_learning_rate − end_learning_rate) · (1 − t / decay_steps)^power + end_learning_rate.

    Args:
        initial_learning_rate: lr(0).
        decay_steps: length of the decay, above 0. Afterwards the rate stays constant.
        end_learning_rate: lr(decay_steps).
        power: 1 is a straight line.
        cycle: whether, instead, decay_steps is multiplied by the smallest integer for which the decay ends at t or
            later: the rate rises again at each multiple of decay_steps, to a lower peak every time.
        name: kept in the config.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        check_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step):
        step, initial = as_real(step, self.initial_learning_rate)
        real = initial.dtype.type
        end, decay_steps = real(self.end_learning_rate), real(self.decay_steps)
        if self.cycle:
            decay_steps = decay_steps * np.where(step == 0, real(1), np.ceil(step / decay_steps))
        else:
            step = np.minimum(step, decay_steps)
        remaining = 1 - step / decay_steps
        return Tensor((initial - end) * remaining ** real(self.power) + end)
