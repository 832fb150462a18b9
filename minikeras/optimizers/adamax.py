"""Adamax (Kingma and Ba, 2015, section 7.1): Adam with the largest recent gradient in place of the mean square."""

import numpy as np

from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.rounding import rounded
from minikeras.signatures import inherits_arguments


@update_rule(slots=2)
def adamax(w, g, size, m, u, learning_rate, one_minus_beta_1, beta_2, correction, epsilon):
    """m ← m + (g − m)·(1 − β₁),   u ← max(β₂·u, |g|),   w ← w − lr·m / (correction·(u + ε))."""
    m = m + (g - m) * one_minus_beta_1
    u = np.maximum(u * beta_2, size)
    return w - m * learning_rate / (correction * (u + epsilon)), m, u


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

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        """Create the slots "momentum" (m) and "norm" (u)."""
        if self.built:
            return
        super().build(variables)
        self._m, self._u = self.add_optimizer_variables(variables, ["momentum", "norm"])

    rule = adamax

    def rule_slots(self):
        return self._m, self._u

    def rule_scalars(self, learning_rate, step):
        correction = 1 - rounded(self.beta_1, type(step)) ** step
        return learning_rate, 1 - self.beta_1, self.beta_2, correction, self.epsilon
