"""Adadelta (Zeiler, 2012): steps as large as recent steps were, so that their unit is that of the weights."""

import numpy as np

from minikeras.kernels.optimizers import adadelta
from minikeras.optimizers.gradients import add_in_place, as_gradient, divide, each, multiply, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows


class Adadelta(Optimizer):
    """a ← ρ·a + (1 − ρ)·g²,   d = −g·√(b + ε) / √(a + ε),   b ← ρ·b + (1 − ρ)·d²,   w ← w + lr·d.

    The paper has lr = 1; Keras's default is 0.001, with which it learns very slowly.

    Args:
        learning_rate: lr.
        rho: ρ, how slowly a and b forget.
        epsilon: ε, inside the roots.
        (others): see `Optimizer`.
    """

    hyperparameters = ("rho", "epsilon")

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables):
        """Create the slots "accumulated_grad" (a) and "accumulated_delta_var" (b)."""
        if self.built:
            return
        super().build(variables)
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(
            variables, ["accumulated_grad", "accumulated_delta_var"]
        )

    def _rule(self, learning_rate, step):
        slots = self._accumulated_grads, self._accumulated_delta_vars
        return adadelta, slots, (learning_rate, self.rho, 1 - self.rho, self.epsilon)

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        lr = variable.array.dtype.type(learning_rate)
        a, b = self._accumulated_grads[i].writable_array(), self._accumulated_delta_vars[i].writable_array()
        self._add_mean_square(a, gradient)
        delta = divide(multiply(gradient, self._root(b)), self._root(a))
        delta = each(np.negative, delta)
        self._add_mean_square(b, delta)
        add_in_place(variable.writable_array(), each(lambda d: lr * d, delta))

    def _add_mean_square(self, mean, x):
        mean *= self.rho
        mean += total_of(lambda values: (1 - self.rho) * np.square(values), x)

    def _root(self, mean_square):
        return np.sqrt(mean_square + self.epsilon)
