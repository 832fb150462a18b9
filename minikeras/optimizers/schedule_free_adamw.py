"""Schedule-free AdamW (Defazio et al., 2024): averaging of the weights in place of a falling learning rate."""

import numpy as np

from minikeras.kernels.optimizers import schedule_free_adamw
from minikeras.optimizers.gradients import as_gradient, divide, each, subtract_in_place, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class ScheduleFreeAdamW(Optimizer):
    """The model's weights y lie between Adam's z (slot "momentum", at first the weights) and their average x:

        v ← v + (g² − v)·(1 − β₂),   z ← z − lr·g / (√(v / (1 − β₂ᵗ)) + ε)
        x = (y − (1 − β₁)·z) / β₁,   x ← (1 − 1/t)·x + z/t,   y ← (1 − β₁)·z + β₁·x

    The paper recovers x with the z of before the step. Keras on TensorFlow uses the new one, since its "old value" is
    a reference to the Variable that was just changed; minikeras agrees with it.

    Args:
        learning_rate: lr.
        beta_1: β₁, how near y is to the average.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        warmup_steps: the learning rate rises linearly over so many steps.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon", "warmup_steps")

    def __init__(
        self,
        learning_rate=0.0025,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warmup_steps=0,
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

    def _coefficients(self, learning_rate, step):
        """lr (warmed up), 1 − β₂ᵗ and 1/t."""
        real = type(step)
        if self.warmup_steps > 0:
            learning_rate = learning_rate * min(step / real(self.warmup_steps), real(1))
        return learning_rate, 1 - rounded(self.beta_2, real) ** step, 1 / step

    def _rule(self, learning_rate, step):
        lr, for_v, weight = self._coefficients(learning_rate, step)
        beta_1, beta_2, epsilon = (rounded(number, type(step)) for number in (self.beta_1, self.beta_2, self.epsilon))
        numbers = lr, beta_1, 1 - beta_1, 1 - beta_2, for_v, epsilon, weight, 1 - weight
        return schedule_free_adamw, (self._momentums, self._velocities), numbers

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        lr, for_v, weight = self.once_per_step(self._coefficients, learning_rate, variable)
        real = variable.array.dtype.type
        beta_1, beta_2, epsilon = (rounded(number, real) for number in (self.beta_1, self.beta_2, self.epsilon))
        z, v = self._momentums[i].writable_array(), self._velocities[i].writable_array()
        v += (total_of(np.square, gradient) - v) * (1 - beta_2)
        denominator = np.sqrt(v / for_v) + epsilon
        subtract_in_place(z, divide(each(lambda g: lr * g, gradient), denominator))
        y = variable.writable_array()
        x = (y - (1 - beta_1) * z) / beta_1
        x = (1 - weight) * x + weight * z
        np.add((1 - beta_1) * z, beta_1 * x, out=y)
