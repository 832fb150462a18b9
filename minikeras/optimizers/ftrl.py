"""Follow the regularized leader (McMahan et al., 2013): online learning of sparse, wide, linear models."""

import numpy as np

from minikeras import initializers
from minikeras.kernels.optimizers import ftrl
from minikeras.optimizers.gradients import as_gradient, total, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows


class Ftrl(Optimizer):
    """With p = −learning_rate_power, a the sum of squared gradients and z the weighted sum of gradients:

        a' = a + g²
        z ← z + g + 2·λ_shrink·w − w·(a'ᵖ − aᵖ) / lr
        w ← (clip(z, −λ₁, λ₁) − z) / (a'ᵖ / lr + 2·λ₂ + β / lr),   a ← a'

    A weight stays exactly 0 while |z| ≤ λ₁. Note that w is made of a and z alone: the first step forgets the initial
    weights, also in rows of an embedding that were not read.

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

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
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
        not_negative = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for argument, value in not_negative.items():
            if value < 0:
                raise ValueError(f"`{argument}` needs to be positive or zero. Received: {argument}={value}")
        if learning_rate_power > 0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. Received: "
                f"learning_rate_power={learning_rate_power}"
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

    def _rule(self, learning_rate, step):
        if self.learning_rate_power != -0.5:
            return None
        shrinkage, l2 = 2 * self.l2_shrinkage_regularization_strength, 2 * self._l2(learning_rate)
        slots = self._accumulators, self._linears
        return ftrl, slots, (learning_rate, self.l1_regularization_strength, shrinkage, l2)

    def _l2(self, learning_rate):
        return self.l2_regularization_strength + self.beta / (2 * learning_rate)

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        lr = variable.array.dtype.type(learning_rate)
        a, z, w = self._accumulators[i].writable_array(), self._linears[i].writable_array(), variable.writable_array()
        new_a = a + total_of(np.square, gradient)
        new_power = self._power(new_a)
        z += (total(gradient) + 2 * self.l2_shrinkage_regularization_strength * w) - (
            (new_power - self._power(a)) / lr * w
        )
        l1 = self.l1_regularization_strength
        np.divide(np.clip(z, -l1, l1) - z, new_power / lr + 2 * self._l2(lr), out=w)
        np.copyto(a, new_a)

    def _power(self, a):
        return np.sqrt(a) if self.learning_rate_power == -0.5 else np.power(a, -self.learning_rate_power)
