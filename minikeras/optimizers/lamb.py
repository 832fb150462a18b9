"""LAMB (You et al., 2020): Adam whose step on each variable is in proportion to the variable's own size."""

import numpy as np

from minikeras.kernels.optimizers import lamb
from minikeras.optimizers.gradients import as_gradient, total, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class Lamb(Optimizer):
    """m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂)

        u = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε),   w ← w − lr·u·‖w‖ / ‖u‖

    The ratio of norms is 1 where one of them is 0. It lets very large batches train with large learning rates.

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the mean square v forgets.
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
        """Create the slots "momentum" (m) and "velocity" (v)."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def _lr_and_corrections(self, learning_rate, step):
        """lr, 1 − β₁ᵗ and 1 − β₂ᵗ."""
        real = type(step)
        return learning_rate, 1 - rounded(self.beta_1, real) ** step, 1 - rounded(self.beta_2, real) ** step

    def _rule(self, learning_rate, step):
        lr, for_m, for_v = self._lr_and_corrections(learning_rate, step)
        numbers = 1 - self.beta_1, 1 - self.beta_2, for_m, for_v, self.epsilon, lr
        return lamb, (self._momentums, self._velocities), numbers

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        lr, for_m, for_v = self.once_per_step(self._lr_and_corrections, learning_rate, variable)
        m, v = self._momentums[i].writable_array(), self._velocities[i].writable_array()
        m += (total(gradient) - m) * (1 - self.beta_1)
        v += (total_of(np.square, gradient) - v) * (1 - self.beta_2)
        update = m / for_m / (np.sqrt(v / for_v) + self.epsilon)
        w = variable.writable_array()
        w_norm, update_norm = np.sqrt(np.sum(np.square(w))), np.sqrt(np.sum(np.square(update)))
        ratio = w_norm / update_norm if w_norm > 0 and update_norm > 0 else w.dtype.type(1)
        w -= ratio * lr * update
