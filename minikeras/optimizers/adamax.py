"""Adamax (Kingma and Ba, 2015, section 7.1): Adam with the largest recent gradient in place of the mean square."""

import numpy as np

from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.adam import TwoMoments
from minikeras.optimizers.optimizer import rounded


@update_rule(slots=2)
def adamax(w, g, size, m, u, learning_rate, one_minus_beta_1, beta_2, correction, epsilon):
    """m ← m + (g − m)·(1 − β₁),   u ← max(β₂·u, |g|),   w ← w − lr·m / (correction·(u + ε))."""
    m = m + (g - m) * one_minus_beta_1
    u = np.maximum(u * beta_2, size)
    return w - m * learning_rate / (correction * (u + epsilon)), m, u


class Adamax(TwoMoments):
    """m ← m + (g − m)·(1 − β₁),   u ← max(β₂·u, |g|),   w ← w − lr·m / ((1 − β₁ᵗ)·(u + ε)).

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the largest gradient u forgets.
        epsilon: ε.
        (others): see `Optimizer`.
    """

    slot_names = ("momentum", "norm")
    rule = adamax

    def rule_scalars(self, learning_rate, step):
        correction = 1 - rounded(self.beta_1, type(step)) ** step
        return learning_rate, 1 - self.beta_1, self.beta_2, correction, self.epsilon
