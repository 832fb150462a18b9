"""Adamax (Kingma and Ba, 2015, section 7.1): Adam with the largest recent gradient in place of the mean square."""

import numpy as np

from minikeras.kernels.optimizers import adamax
from minikeras.optimizers.gradients import as_gradient, total, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class Adamax(Optimizer):
    """m ← m + (g − m)·(1 − β₁),   u ← max(β₂·u, |g|),   w ← w − lr·m / ((1 − β₁ᵗ)·(u + ε)).

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the largest gradient u forgets.
        epsilon: ε.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        super().__init__(
            *(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum),
            *(ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name),
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        """Create the slots "momentum" (m) and "norm" (u)."""
        if self.built:
            return
        super().build(variables)
        self._m, self._u = self.add_optimizer_variables(variables, ["momentum", "norm"])

    def _lr_and_correction(self, learning_rate, step):
        """lr and 1 − β₁ᵗ."""
        return learning_rate, 1 - rounded(self.beta_1, type(step)) ** step

    def _rule(self, learning_rate, step):
        lr, correction = self._lr_and_correction(learning_rate, step)
        return adamax, (self._m, self._u), (lr, 1 - self.beta_1, self.beta_2, correction, self.epsilon)

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        lr, correction = self.once_per_step(self._lr_and_correction, learning_rate, variable)
        m, u = self._m[i].writable_array(), self._u[i].writable_array()
        m += (total(gradient) - m) * (1 - self.beta_1)
        np.maximum(self.beta_2 * u, total_of(np.abs, gradient), out=u)
        w = variable.writable_array()
        w -= lr * m / (correction * (u + self.epsilon))
