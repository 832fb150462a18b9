"""RMSprop (Hinton, 2012): each weight's step is divided by the recent size of its gradient."""

import numpy as np

from minikeras.kernels.optimizers import rmsprop, rmsprop_centered, rmsprop_centered_momentum, rmsprop_momentum
from minikeras.optimizers.gradients import as_gradient, divide, each, subtract_in_place, total, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows


class RMSprop(Optimizer):
    """v ← ρ·v + (1 − ρ)·g²,   step = lr·g / √(v + ε),   w ← w − step.

    With `momentum`:  m ← momentum·m + step,   w ← w − m.
    With `centered`, v is replaced by an estimate of the gradient's variance:  a ← ρ·a + (1 − ρ)·g,   v − a².

    Args:
        learning_rate: lr.
        rho: ρ, how slowly v forgets.
        momentum: 0 keeps no slot for it.
        epsilon: ε, inside the root.
        centered: see above.
        (others): see `Optimizer`.
    """

    hyperparameters = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, variables):
        """Create the slots "velocity" and, as asked for, "momentum" and "average_gradient"."""
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        self._momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum > 0 else []
        self._average_gradients = self.add_optimizer_variables(variables, "average_gradient") if self.centered else []

    def _rule(self, learning_rate, step):
        slots, numbers = (self._velocities,), (learning_rate, self.rho, 1 - self.rho, self.epsilon)
        if self.centered:
            slots = *slots, self._average_gradients
        if self.momentum > 0:
            rule = rmsprop_centered_momentum if self.centered else rmsprop_momentum
            return rule, (*slots, self._momentums), (*numbers, self.momentum)
        return rmsprop_centered if self.centered else rmsprop, slots, numbers

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        i = self._get_variable_index(variable)
        w, v = variable.writable_array(), self._velocities[i].writable_array()
        lr = w.dtype.type(learning_rate)
        v *= self.rho
        v += total_of(lambda g: (1 - self.rho) * np.square(g), gradient)
        denominator = v
        if self.centered:
            a = self._average_gradients[i].writable_array()
            a *= self.rho
            a += total_of(lambda g: (1 - self.rho) * g, gradient)
            denominator = v - np.square(a)
        step = divide(each(lambda g: lr * g, gradient), np.sqrt(denominator + self.epsilon))
        if self.momentum > 0:
            m = self._momentums[i].writable_array()
            m *= self.momentum
            m += total(step)
            step = m
        subtract_in_place(w, step)
