"""Adam (Kingma and Ba, 2015): a step along the mean gradient, divided by the root of its mean square.

`TwoMoments` is also the base of its relatives Adamax, Nadam and Lamb.
"""

import numpy as np

from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer, rounded


@update_rule(slots=2)
def adam(w, g, square, m, v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon):
    """m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂),   w ← w − α·m / (√v + ε)."""
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    return w - m * alpha / (np.sqrt(v) + epsilon), m, v


@update_rule(slots=3)
def adam_amsgrad(w, g, square, m, v, largest_v, alpha, one_minus_beta_1, one_minus_beta_2, epsilon):
    """`adam` with the step divided by the root of the largest v so far."""
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    largest_v = np.maximum(largest_v, v)
    return w - m * alpha / (np.sqrt(largest_v) + epsilon), m, v, largest_v


def adam_step_size(learning_rate, step, beta_1, beta_2):
    """α_t = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ)."""
    real = type(step)
    beta_1, beta_2 = rounded(beta_1, real), rounded(beta_2, real)
    return learning_rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)


class TwoMoments(Optimizer):
    """Base class of optimizers with a mean gradient m and a mean square v of each variable.

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon")
    slot_names = ("momentum", "velocity")  # in files: of m and v

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        """Create the slots of m and v."""
        if not self.built:
            super().build(variables)
            self._momentums, self._velocities = self.add_optimizer_variables(variables, self.slot_names)

    def rule_slots(self):
        return self._momentums, self._velocities


class Adam(TwoMoments):
    """m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂),   w ← w − α_t·m / (√v + ε).

    α_t = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) corrects for m and v starting at zero (the paper's second form; ε is outside the
    root and is not corrected). With `amsgrad` (Reddi et al., 2018), the largest v so far replaces v in the step.

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        amsgrad: see above.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon", "amsgrad")

    @inherits_arguments(TwoMoments)
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, *args, **kwargs):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, *args, **kwargs)
        self.amsgrad = amsgrad

    def build(self, variables):
        """Create the slots of m, v and, for amsgrad, the largest v, "velocity_hat"."""
        if self.built:
            return
        super().build(variables)
        self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat") if self.amsgrad else []

    @property
    def rule(self):
        return adam_amsgrad if self.amsgrad else adam

    def rule_slots(self):
        return *super().rule_slots(), *([self._velocity_hats] if self.amsgrad else [])

    def rule_scalars(self, learning_rate, step):
        alpha = adam_step_size(learning_rate, step, self.beta_1, self.beta_2)
        return alpha, 1 - self.beta_1, 1 - self.beta_2, self.epsilon
