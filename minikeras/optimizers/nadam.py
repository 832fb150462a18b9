"""Nadam (Dozat, 2016): Adam with Nesterov momentum, which looks one step ahead."""

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.config import floatx
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.adam import TwoMoments
from minikeras.optimizers.optimizer import rounded


@update_rule(slots=2)
def nadam(
    w,
    g,
    square,
    m,
    v,
    learning_rate,
    one_minus_beta_1,
    one_minus_beta_2,
    next_mu,
    one_minus_mu,
    for_m,
    for_g,
    for_v,
    epsilon,
):
    """m, v as in `adam`,   m̂ = μ_{t+1}·m / for_m + (1 − μ_t)·g / for_g,   w ← w − lr·m̂ / (√(v / for_v) + ε)."""
    m = m + (g - m) * one_minus_beta_1
    v = v + (square - v) * one_minus_beta_2
    m_hat = next_mu * m / for_m + one_minus_mu * g / for_g
    return w - m_hat * learning_rate / (np.sqrt(v / for_v) + epsilon), m, v


class Nadam(TwoMoments):
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

    def build(self, variables):
        """Create the slots of m and v, and one scalar for Π_t."""
        if self.built:
            return
        super().build(variables)
        dtype = variables[0].array.dtype.name if variables else floatx()
        self._u_product = Variable(1.0, dtype=dtype)

    def _begin_step(self):
        product = self._u_product.array
        step = product.dtype.type(int(self.iterations) + 1)
        self._u_product.assign(product * self.beta_1 * (1 - 0.5 * type(step)(0.96) ** step))

    rule = nadam

    def rule_scalars(self, learning_rate, step):
        real = type(step)
        beta_1, beta_2, decay = (rounded(number, real) for number in (self.beta_1, self.beta_2, 0.96))
        mu, next_mu = (beta_1 * (1 - 0.5 * decay**t) for t in (step, step + 1))
        product = real(self._u_product.array)
        for_m, for_g, for_v = 1 - product * next_mu, 1 - product, 1 - beta_2**step
        return learning_rate, 1 - beta_1, 1 - beta_2, next_mu, 1 - mu, for_m, for_g, for_v, self.epsilon
