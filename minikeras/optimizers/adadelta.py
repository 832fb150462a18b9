"""Adadelta (Zeiler, 2012): steps scaled by the size of recent steps, so that they have the unit of the weights."""

import numpy as np

from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer


@update_rule(slots=2)
def adadelta(w, g, share, a, b, learning_rate, rho, one_minus_rho, epsilon):
    """a ← ρ·a + (1 − ρ)·g²,   factor = √(b + ε) / √(a + ε),   b ← ρ·b + (1 − ρ)·g²·factor²,   w ← w − lr·g·factor.

    (That (1 − ρ)·d² is written as (1 − ρ)·g²·factor² makes it right for rows of a table, where it is a sum of squares.)
    """
    a = a * rho + share
    factor = np.sqrt(b + epsilon) / np.sqrt(a + epsilon)
    b = b * rho + share * factor * factor
    return w - g * factor * learning_rate, a, b


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

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
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

    rule = adadelta

    def rule_slots(self):
        return self._accumulated_grads, self._accumulated_delta_vars

    def rule_scalars(self, learning_rate, step):
        return learning_rate, self.rho, 1 - self.rho, self.epsilon
