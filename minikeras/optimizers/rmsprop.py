"""RMSprop (Hinton, 2012): each weight's step is divided by the root mean square of its recent gradients."""

import numpy as np

from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.registry import subroutine
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer


@subroutine
def rmsprop_step(g, variance, learning_rate, epsilon):
    """lr·g / √(variance + ε)."""
    return g * learning_rate / np.sqrt(variance + epsilon)


@update_rule(slots=1, unread="slots")
def rmsprop(w, g, share, v, learning_rate, rho, one_minus_rho, epsilon):
    """v ← ρ·v + (1 − ρ)·g²,   w ← w − lr·g / √(v + ε)."""
    v = v * rho + share
    return w - rmsprop_step(g, v, learning_rate, epsilon), v


@update_rule(slots=2)
def rmsprop_momentum(w, g, share, v, m, learning_rate, rho, one_minus_rho, epsilon, momentum):
    """v as in `rmsprop`,   m ← momentum·m + lr·g / √(v + ε),   w ← w − m."""
    v = v * rho + share
    m = m * momentum + rmsprop_step(g, v, learning_rate, epsilon)
    return w - m, v, m


@update_rule(slots=2)
def rmsprop_centered(w, g, share, v, a, learning_rate, rho, one_minus_rho, epsilon):
    """v as in `rmsprop`,   a ← ρ·a + (1 − ρ)·g,   w ← w − lr·g / √(v − a² + ε)."""
    v = v * rho + share
    a = a * rho + g * one_minus_rho
    return w - rmsprop_step(g, v - a * a, learning_rate, epsilon), v, a


@update_rule(slots=3)
def rmsprop_centered_momentum(w, g, share, v, a, m, learning_rate, rho, one_minus_rho, epsilon, momentum):
    """v, a as in `rmsprop_centered`,   m ← momentum·m + lr·g / √(v − a² + ε),   w ← w − m."""
    v = v * rho + share
    a = a * rho + g * one_minus_rho
    m = m * momentum + rmsprop_step(g, v - a * a, learning_rate, epsilon)
    return w - m, v, a, m


class RMSprop(Optimizer):
    """v ← ρ·v + (1 − ρ)·g²,   step = lr·g / √(v + ε),   w ← w − step.

    With `momentum`:  m ← momentum·m + step,   w ← w − m.
    With `centered`, v is replaced by an estimate of the gradient's variance:  a ← ρ·a + (1 − ρ)·g,   v − a².

    Args:
        learning_rate: lr.
        rho: ρ, how slowly v forgets.
        momentum: between 0 and 1; with 0 there is no slot for it.
        epsilon: ε, inside the root.
        centered: see above.
        (others): see `Optimizer`.
    """

    hyperparameters = ("rho", "momentum", "epsilon", "centered")

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, variables):
        """Create the slots "velocity" and, if enabled, "momentum" and "average_gradient"."""
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        self._momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum > 0 else []
        self._average_gradients = self.add_optimizer_variables(variables, "average_gradient") if self.centered else []

    @property
    def rule(self):
        if self.momentum > 0:
            return rmsprop_centered_momentum if self.centered else rmsprop_momentum
        return rmsprop_centered if self.centered else rmsprop

    def rule_slots(self):
        averages = (self._average_gradients,) if self.centered else ()
        momentums = (self._momentums,) if self.momentum > 0 else ()
        return self._velocities, *averages, *momentums

    def rule_scalars(self, learning_rate, step):
        momentum = (self.momentum,) if self.momentum > 0 else ()
        return learning_rate, self.rho, 1 - self.rho, self.epsilon, *momentum
