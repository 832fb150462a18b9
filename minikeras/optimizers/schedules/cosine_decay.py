"""Cosine decay: half a cosine wave (Loshchilov and Hutter, 2017), optionally after a warm-up."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_real, check_positive


class CosineDecay(LearningRateSchedule):
    """lr(t) = start · ((1 − alpha) · ½(1 + cos(π · t / decay_steps)) + alpha), then start · alpha forever.

    With `warmup_target`, the rate first rises linearly from `initial_learning_rate` to it, over `warmup_steps`, and the
    decay begins there (Goyal et al., 2017).

    Args:
        initial_learning_rate: lr(0); `start` if there is no warm-up.
        decay_steps: length of the decay, above 0.
        alpha: the final rate, as a fraction of `start`.
        name: kept in the config.
        warmup_target: end of the warm-up, and `start`. None: no warm-up.
        warmup_steps: length of the warm-up.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        check_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step, initial = as_real(step, self.initial_learning_rate)
        if self.warmup_target is None:
            return Tensor(self._decayed(step, initial))
        real = initial.dtype.type
        warmup_steps, target = real(self.warmup_steps), real(self.warmup_target)
        rising = step < warmup_steps
        warmed_up = (target - initial) * (step / np.where(rising, warmup_steps, 1)) + initial
        return Tensor(np.where(rising, warmed_up, self._decayed(step - warmup_steps, target)))

    def _decayed(self, step, start):
        real = start.dtype.type
        done = np.minimum(step, real(self.decay_steps)) / real(self.decay_steps)
        cosine = 0.5 * (1 + np.cos(real(np.pi) * done))
        return start * ((1 - self.alpha) * cosine + self.alpha)
