"""Cosine decay with restarts (SGDR: Loshchilov and Hutter, 2017)."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_real, check_positive


class CosineDecayRestarts(LearningRateSchedule):
    """lr(t) = initial_learning_rate · ((1 − alpha) · ½ · m_mulⁱ · (1 + cos(π · f)) + alpha).

    i counts the restarts before t, and f is the fraction of period i that has passed: period 0 takes
    `first_decay_steps`, each following period `t_mul` times as long as the one before.

    Args:
        initial_learning_rate: lr(0).
        first_decay_steps: length of the first period, above 0.
        t_mul: factor of the length from period to period.
        m_mul: factor of the peak from period to period.
        alpha: the rate at the end of each period, as a fraction of the initial rate.
        name: kept in the config.
    """

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name="SGDRDecay"):
        check_positive(first_decay_steps=first_decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step):
        step, initial = as_real(step, self.initial_learning_rate)
        real = initial.dtype.type
        restarts, done = self._period(step / real(self.first_decay_steps), real(self.t_mul))
        peak = real(self.m_mul) ** restarts
        cosine = 0.5 * peak * (1 + np.cos(real(np.pi) * done))
        alpha = real(self.alpha)
        return Tensor(initial * ((1 - alpha) * cosine + alpha))

    def _period(self, elapsed, t_mul):
        """(number of completed periods, fraction of the current one); `elapsed` is in units of the first period.

        The first i periods last 1 + t_mul + … + t_mulⁱ⁻¹ = (1 − t_mulⁱ) / (1 − t_mul).
        """
        if t_mul == 1:
            restarts = np.floor(elapsed)
            return restarts, elapsed - restarts
        restarts = np.floor(np.log(1 - elapsed * (1 - t_mul)) / np.log(t_mul))
        over = (1 - t_mul**restarts) / (1 - t_mul)
        return restarts, (elapsed - over) / t_mul**restarts
