"""Schedule-free AdamW (Defazio et al., 2024): averaging of the weights instead of a falling learning rate."""

import numpy as np

from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer, rounded


@update_rule(slots=2)
def schedule_free_adamw(
    y, g, square, z, v, learning_rate, beta_1, one_minus_beta_1, one_minus_beta_2, for_v, epsilon, c, rest
):
    """v as in `adam`,   z ← z − lr·g / (√(v / for_v) + ε),   x = (y − (1 − β₁)·z) / β₁,   x ← rest·x + c·z,
    y ← (1 − β₁)·z + β₁·x  with for_v = 1 − β₂ᵗ, c = 1/t and rest = 1 − c.
    """
    v = v + (square - v) * one_minus_beta_2
    z = z - g * learning_rate / (np.sqrt(v / for_v) + epsilon)
    x = (y - one_minus_beta_1 * z) / beta_1
    x = rest * x + c * z
    return one_minus_beta_1 * z + beta_1 * x, z, v


class ScheduleFreeAdamW(Optimizer):
    """The model's weights y lie between Adam's z (slot "momentum", at first the weights) and their average x:

        v ← v + (g² − v)·(1 − β₂),   z ← z − lr·g / (√(v / (1 − β₂ᵗ)) + ε)
        x = (y − (1 − β₁)·z) / β₁,   x ← (1 − 1/t)·x + z/t,   y ← (1 − β₁)·z + β₁·x

    The paper recovers x from z before the step. Keras on TensorFlow uses the new z, since its "old value" is a
    reference to the Variable that was just changed; minikeras does the same.

    Args:
        learning_rate: lr.
        beta_1: β₁, how near y is to the average.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        warmup_steps: the learning rate rises linearly over this many steps.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon", "warmup_steps")

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.0025, beta_1=0.9, beta_2=0.999, epsilon=1e-8, warmup_steps=0, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    def build(self, variables):
        """Create the slots "momentum" (z) and "velocity" (v)."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        for z, variable in zip(self._momentums, variables, strict=True):
            if z is not None:
                z.assign(variable.array)

    rule = schedule_free_adamw

    def rule_slots(self):
        return self._momentums, self._velocities

    def rule_scalars(self, learning_rate, step):
        real = type(step)
        beta_1, beta_2, epsilon = (rounded(number, real) for number in (self.beta_1, self.beta_2, self.epsilon))
        if self.warmup_steps > 0:
            learning_rate = learning_rate * min(step / real(self.warmup_steps), real(1))
        c = 1 / step
        return learning_rate, beta_1, 1 - beta_1, 1 - beta_2, 1 - beta_2**step, epsilon, c, 1 - c
