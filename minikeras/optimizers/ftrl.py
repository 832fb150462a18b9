"""Follow the regularized leader (McMahan et al., 2013): online learning of sparse, wide, linear models."""

import numpy as np

from minikeras import initializers
from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.registry import subroutine
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer


@subroutine
def ftrl_step(w, g, z, power, new_power, learning_rate, l1, shrinkage, l2):
    """(w, z) after the step, given aᵖ and a'ᵖ."""
    z = z + ((g + shrinkage * w) - (new_power - power) / learning_rate * w)
    clipped = np.minimum(np.maximum(z, -l1), l1)
    return (clipped - z) / (new_power / learning_rate + l2), z


@update_rule(slots=2)
def ftrl(w, g, square, a, z, learning_rate, l1, shrinkage, l2):
    """The formula of `Ftrl` for p = ½; shrinkage = 2·λ_shrink, l2 = 2·λ₂ + β / lr."""
    new_a = a + square
    w, z = ftrl_step(w, g, z, np.sqrt(a), np.sqrt(new_a), learning_rate, l1, shrinkage, l2)
    return w, new_a, z


@update_rule(slots=2, compiled=False)
def ftrl_of_power(w, g, square, a, z, learning_rate, l1, shrinkage, l2, power):
    """`ftrl` for p = power."""
    new_a = a + square
    w, z = ftrl_step(w, g, z, np.power(a, power), np.power(new_a, power), learning_rate, l1, shrinkage, l2)
    return w, new_a, z


class Ftrl(Optimizer):
    """With p = −learning_rate_power, a the sum of squared gradients and z the weighted sum of gradients:

        a' = a + g²
        z ← z + g + 2·λ_shrink·w − w·(a'ᵖ − aᵖ) / lr
        w ← (clip(z, −λ₁, λ₁) − z) / (a'ᵖ / lr + 2·λ₂ + β / lr),   a ← a'

    A weight stays exactly 0 while |z| ≤ λ₁. Note that w depends on a and z alone: the first step forgets the initial
    weights, even in rows of an embedding that were not read.

    Args:
        learning_rate: lr.
        learning_rate_power: −p, at most 0; 0 makes the learning rate constant.
        initial_accumulator_value: a at the start, at least 0.
        l1_regularization_strength: λ₁, at least 0.
        l2_regularization_strength: λ₂, at least 0.
        l2_shrinkage_regularization_strength: λ_shrink, at least 0; a penalty on the size of the weights that enters
            z as if it were part of the gradient, but not a.
        beta: β of the paper.
        (others): see `Optimizer`.

    Raises:
        ValueError: an argument is out of its range.
    """

    hyperparameters = (
        *("learning_rate_power", "initial_accumulator_value", "l1_regularization_strength"),
        *("l2_regularization_strength", "l2_shrinkage_regularization_strength", "beta"),
    )

    @inherits_arguments(Optimizer)
    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
        *args,
        **kwargs,
    ):
        super().__init__(learning_rate, *args, **kwargs)
        not_negative = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for argument, value in not_negative.items():
            if value < 0:
                raise ValueError(f"`{argument}` needs to be positive or zero. Received: {argument}={value}.")
        if learning_rate_power > 0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero, in Ftrl. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, variables):
        """Create the slots "accumulator" (a) and "linear" (z)."""
        if self.built:
            return
        super().build(variables)
        self._accumulators, self._linears = self.add_optimizer_variables(
            variables,
            ["accumulator", "linear"],
            initializer=[initializers.Constant(self.initial_accumulator_value), "zeros"],
        )

    @property
    def rule(self):
        return ftrl if self.learning_rate_power == -0.5 else ftrl_of_power

    def rule_slots(self):
        return self._accumulators, self._linears

    def rule_scalars(self, learning_rate, step):
        shrinkage = 2 * self.l2_shrinkage_regularization_strength
        l2 = 2 * (self.l2_regularization_strength + self.beta / (2 * learning_rate))
        power = () if self.learning_rate_power == -0.5 else (-self.learning_rate_power,)
        return learning_rate, self.l1_regularization_strength, shrinkage, l2, *power
