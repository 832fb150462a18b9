"""Adagrad (Duchi et al., 2011): the larger a weight's gradients so far, the smaller its steps."""

import numpy as np

from minikeras import initializers
from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer


@update_rule(slots=1, unread="nothing")
def adagrad(w, g, square, a, learning_rate, epsilon):
    """a ← a + g²,   w ← w − lr·g / √(a + ε)."""
    a = a + square
    return w - g * learning_rate / np.sqrt(a + epsilon), a


class Adagrad(Optimizer):
    """a ← a + g²,   w ← w − lr·g / √(a + ε).

    Args:
        learning_rate: lr.
        initial_accumulator_value: a at the start.
        epsilon: ε, inside the root.
        (others): see `Optimizer`.
    """

    hyperparameters = ("initial_accumulator_value", "epsilon")

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def build(self, variables):
        """Create the slot "accumulator" (a)."""
        if self.built:
            return
        super().build(variables)
        self._accumulators = self.add_optimizer_variables(
            variables, "accumulator", initializer=initializers.Constant(self.initial_accumulator_value)
        )

    rule = adagrad

    def rule_slots(self):
        return (self._accumulators,)

    def rule_scalars(self, learning_rate, step):
        return learning_rate, self.epsilon
