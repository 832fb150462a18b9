"""Inverse time decay: the learning rate falls as 1 / t."""

from minikeras.optimizers.schedules.periodic_decay import PeriodicDecay


class InverseTimeDecay(PeriodicDecay):
    """lr(t) = initial_learning_rate / (1 + decay_rate · t / decay_steps).

    Args:
        initial_learning_rate: lr(0).
        decay_steps: unit of time, in steps, above 0.
        decay_rate: how fast the rate falls.
        staircase: whether t / decay_steps is rounded down, so that the rate falls in steps.
        name: kept in the config.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"):
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def decayed(self, initial, decay_rate, periods):
        return initial / (1 + decay_rate * periods)
