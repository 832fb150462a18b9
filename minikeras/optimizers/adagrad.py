"""Adagrad (Duchi et al., 2011): weights whose gradients were large so far take smaller steps."""

import numpy as np

from minikeras import initializers
from minikeras.kernels.optimizers import adagrad
from minikeras.optimizers.gradients import add_in_place, as_gradient, divide, each, subtract_in_place
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows


class Adagrad(Optimizer):
    """a ← a + g²,   w ← w − lr·g / √(a + ε).

    Args:
        learning_rate: lr.
        initial_accumulator_value: a at the start.
        epsilon: ε, inside the root.
        (others): see `Optimizer`.
    """

    hyperparameters = ("initial_accumulator_value", "epsilon")

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
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

    def _rule(self, learning_rate, step):
        return adagrad, (self._accumulators,), (learning_rate, self.epsilon)

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        lr = variable.array.dtype.type(learning_rate)
        a = self._accumulators[self._get_variable_index(variable)].writable_array()
        add_in_place(a, each(np.square, gradient))
        step = divide(each(lambda g: lr * g, gradient), np.sqrt(a + self.epsilon))
        subtract_in_place(variable.writable_array(), step)
