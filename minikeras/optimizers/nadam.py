"""Nadam (Dozat, 2016): Adam whose mean gradient looks one step ahead, as Nesterov's momentum does."""

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.config import floatx
from minikeras.kernels.optimizers import nadam
from minikeras.optimizers.gradients import as_gradient, total, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class Nadam(Optimizer):
    """With μ_t = β₁·(1 − ½·0.96ᵗ) and Π_t = μ₁·…·μ_t:

        m ← m + (g − m)·(1 − β₁),   v ← v + (g² − v)·(1 − β₂)
        m̂ = μ_{t+1}·m / (1 − Π_{t+1}) + (1 − μ_t)·g / (1 − Π_t),   v̂ = v / (1 − β₂ᵗ)
        w ← w − lr·m̂ / (√v̂ + ε)

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        """Create the slots "momentum" (m) and "velocity" (v), and one scalar for Π_t."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        dtype = variables[0].array.dtype.name if variables else floatx()
        self._u_product = Variable(1.0, dtype=dtype)

    def _begin_step(self):
        product = self._u_product.array
        step = product.dtype.type(int(self.iterations) + 1)
        self._u_product.assign(product * self.beta_1 * (1 - 0.5 * type(step)(0.96) ** step))

    def _coefficients(self, learning_rate, step):
        """lr, 1 − β₁, 1 − β₂, μ_t, μ_{t+1}, 1 − Π_t, 1 − Π_{t+1}, 1 − β₂ᵗ."""
        real = type(step)
        beta_1, beta_2, decay = (rounded(number, real) for number in (self.beta_1, self.beta_2, 0.96))
        mu = beta_1 * (1 - 0.5 * decay**step)
        next_mu = beta_1 * (1 - 0.5 * decay ** (step + 1))
        product = real(self._u_product.array)
        corrections = (1 - product, 1 - product * next_mu, 1 - beta_2**step)
        return learning_rate, 1 - beta_1, 1 - beta_2, mu, next_mu, *corrections

    def _rule(self, learning_rate, step):
        lr, rate_1, rate_2, mu, next_mu, for_g, for_m, for_v = self._coefficients(learning_rate, step)
        numbers = lr, rate_1, rate_2, next_mu, 1 - mu, for_m, for_g, for_v, self.epsilon
        return nadam, (self._momentums, self._velocities), numbers

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        lr, rate_1, rate_2, mu, next_mu, for_g, for_m, for_v = self.once_per_step(
            self._coefficients, learning_rate, variable
        )
        m, v = self._momentums[i].writable_array(), self._velocities[i].writable_array()
        m += (total(gradient) - m) * rate_1
        v += (total_of(np.square, gradient) - v) * rate_2
        m_hat = next_mu * m / for_m + total_of(lambda g: (1 - mu) * g / for_g, gradient)
        w = variable.writable_array()
        w -= m_hat * lr / (np.sqrt(v / for_v) + self.epsilon)
