"""Exponential decay: the learning rate falls by the same factor in equal times."""

from minikeras.optimizers.schedules.periodic_decay import PeriodicDecay


class ExponentialDecay(PeriodicDecay):
    """lr(t) = initial_learning_rate · decay_rate^(t / decay_steps).

    Args:
        initial_learning_rate: lr(0).
        decay_steps: after this many steps the rate is multiplied by `decay_rate`, above 0.
        decay_rate: the factor.
        staircase: whether t / decay_steps is rounded down, so that the rate falls in steps.
        name: kept in the config.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"):
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def decayed(self, initial, decay_rate, periods):
        return initial * decay_rate**periods
