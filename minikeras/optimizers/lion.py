"""Lion (Chen et al., 2023): every weight moves by the same amount, only the sign is learned."""

import numpy as np

from minikeras.kernels.optimizers import lion
from minikeras.optimizers.gradients import as_gradient, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class Lion(Optimizer):
    """w ← w − lr·sign(β₁·m + (1 − β₁)·g),   m ← β₂·m + (1 − β₂)·g.

    Steps are larger than Adam's: the paper advises a learning rate 3 to 10 times smaller, and a weight decay as many
    times larger.

    Args:
        learning_rate: lr.
        beta_1: β₁, weight of the mean gradient in the direction, above 0 and at most 1.
        beta_2: β₂, how slowly the mean gradient m forgets.
        (others): see `Optimizer`.

    Raises:
        ValueError: `beta_1` is out of range.
    """

    hyperparameters = ("beta_1", "beta_2")

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.99,
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
        if not 0 < beta_1 <= 1:
            raise ValueError(
                "Argument `beta_1` must be above 0 and at most 1. Otherwise, the optimizer degenerates to SignSGD. "
                f"Received: beta_1={beta_1}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def build(self, variables):
        """Create the slot "momentum" (m)."""
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum")

    def _rule(self, learning_rate, step):
        beta_1, beta_2 = (rounded(number, type(step)) for number in (self.beta_1, self.beta_2))
        return lion, (self._momentums,), (learning_rate, beta_1, 1 - beta_1, beta_2, 1 - beta_2)

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        real = variable.array.dtype.type
        lr, beta_1, beta_2 = real(learning_rate), rounded(self.beta_1, real), rounded(self.beta_2, real)
        m = self._momentums[self._get_variable_index(variable)].writable_array()
        w = variable.writable_array()
        w -= lr * np.sign(m * beta_1 + total_of(lambda g: g * (1 - beta_1), gradient))
        m *= beta_2
        m += total_of(lambda g: g * (1 - beta_2), gradient)
