"""Adam (Kingma and Ba, 2015): a step along the mean gradient, divided by the root of its mean square."""

import numpy as np

from minikeras.kernels.optimizers import adam, adam_amsgrad
from minikeras.optimizers.gradients import as_gradient, total, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class Adam(Optimizer):
    """m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂),   w ← w − α_t·m / (√v + ε).

    α_t = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) makes up for m and v starting at zero (the paper's second form; ε stands outside
    the root and is not corrected). With `amsgrad` (Reddi et al., 2018), the largest v so far takes its place.

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        amsgrad: see above.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
        self.amsgrad = amsgrad

    def build(self, variables):
        """Create the slots "momentum" (m), "velocity" (v) and, for amsgrad, "velocity_hat"."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat") if self.amsgrad else []

    def _step_size(self, learning_rate, step):
        """α_t = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ)."""
        real = type(step)
        beta_1, beta_2 = rounded(self.beta_1, real), rounded(self.beta_2, real)
        return learning_rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)

    def _rule(self, learning_rate, step):
        numbers = self._step_size(learning_rate, step), 1 - self.beta_1, 1 - self.beta_2, self.epsilon
        if self.amsgrad:
            return adam_amsgrad, (self._momentums, self._velocities, self._velocity_hats), numbers
        return adam, (self._momentums, self._velocities), numbers

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        alpha = self.once_per_step(self._step_size, learning_rate, variable)
        w = variable.writable_array()
        m, v = self._momentums[i].writable_array(), self._velocities[i].writable_array()
        m += (total(gradient) - m) * (1 - self.beta_1)
        v += (total_of(np.square, gradient) - v) * (1 - self.beta_2)
        if self.amsgrad:
            v_hat = self._velocity_hats[i].writable_array()
            v = np.maximum(v_hat, v, out=v_hat)
        w -= m * alpha / (np.sqrt(v) + self.epsilon)
