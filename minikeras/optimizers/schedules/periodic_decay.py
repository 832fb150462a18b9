"""`PeriodicDecay`: schedules of t / decay_steps, which may be rounded down."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_real, check_positive


class PeriodicDecay(LearningRateSchedule):
    """lr(t) = initial_learning_rate · f(decay_rate, t / decay_steps), where a subclass defines f in `decayed`.

    Args:
        initial_learning_rate: lr(0).
        decay_steps: unit of time, in steps, above 0.
        decay_rate: how fast the rate falls.
        staircase: whether t / decay_steps is rounded down, so that the rate falls in steps.
        name: kept in the config.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase, name):
        check_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step):
        step, initial = as_real(step, self.initial_learning_rate)
        periods = step / initial.dtype.type(self.decay_steps)
        if self.staircase:
            periods = np.floor(periods)
        return Tensor(self.decayed(initial, initial.dtype.type(self.decay_rate), periods))

    def decayed(self, initial, decay_rate, periods):
        """The learning rate after this many periods; all numbers have the same dtype."""
        raise NotImplementedError
