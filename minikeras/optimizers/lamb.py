"""LAMB (You et al., 2020): Adam with each variable's step scaled in proportion to the variable's norm."""

import numpy as np

from minikeras.kernels.scaled_rule import ScaledRule
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.adam import TwoMoments
from minikeras.optimizers.optimizer import rounded


@update_rule(slots=2)
def lamb_direction(u, g, square, m, v, one_minus_beta_1, one_minus_beta_2, for_m, for_v, epsilon):
    """m, v as in `adam`,   u ← (m / for_m) / (√(v / for_v) + ε)  with for_m = 1 − β₁ᵗ, for_v = 1 − β₂ᵗ.

    The previous u has no effect.
    """
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    return m / for_m / (np.sqrt(v / for_v) + epsilon), m, v


def lamb_scale(w_size, u_size, learning_rate):
    """lr·‖w‖ / ‖u‖, or lr where one of them is 0."""
    if w_size > 0 and u_size > 0:
        return w_size / u_size * learning_rate
    return learning_rate


lamb = ScaledRule("lamb", lamb_direction, lamb_scale)


class Lamb(TwoMoments):
    """m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂)

        u = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε),   w ← w − lr·u·‖w‖ / ‖u‖

    The ratio of norms is 1 if one of them is 0. With it, very large batches can train with large learning rates.

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        (others): see `Optimizer`.
    """

    rule = lamb

    def rule_scalars(self, learning_rate, step):
        for_m, for_v = (1 - rounded(beta, type(step)) ** step for beta in (self.beta_1, self.beta_2))
        return 1 - self.beta_1, 1 - self.beta_2, for_m, for_v, self.epsilon, learning_rate
