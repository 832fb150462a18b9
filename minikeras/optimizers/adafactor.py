"""Adafactor (Shazeer and Stern, 2018): Adam's second moment of a matrix, kept as one number per row and column."""

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.factored_rule import FactoredRule
from minikeras.optimizers.optimizer import Optimizer, rounded


def adafactor_squares(square, epsilon_1):
    """g² + ε₁."""
    return square + epsilon_1


def adafactor_moved(mean, new, beta, one_minus_beta):
    """β·mean + (1 − β)·new."""
    return mean * beta + new * one_minus_beta


def adafactor_moment(r, mean_of_r, c):
    """v = r·c / mean(r)."""
    return r / mean_of_r * c


def adafactor_direction(g, v):
    """u = g / √v."""
    return g / np.sqrt(v)


def adafactor_scale(w_size, u_size, rho, epsilon_2, clip_threshold):
    """max(ε₂, RMS(w))·ρ / max(1, RMS(u) / clip_threshold)."""
    return np.maximum(epsilon_2, w_size) * rho / (np.maximum(clip_threshold, u_size) / clip_threshold)


adafactor = FactoredRule(
    "adafactor", adafactor_squares, adafactor_moved, adafactor_moment, adafactor_direction, adafactor_scale
)


class Adafactor(Optimizer):
    """With ρ = min(lr, 1/√t) and β = 1 − tᵈ, d = beta_2_decay:

        r ← β·r + (1 − β)·mean over columns of (g² + ε₁)             one number per row
        c ← β·c + (1 − β)·mean over rows of (g² + ε₁)                one number per column
        v = r·c / mean(r)                                             (vectors: v ← β·v + (1 − β)·(g² + ε₁))
        u = g / √v,   û = u / max(1, RMS(u) / clip_threshold)
        w ← w − max(ε₂, RMS(w))·ρ·û

    (`v` is still a slot of the variable's shape, in Keras too, so no memory is saved.)

    Args:
        learning_rate: lr.
        beta_2_decay: d, at most 0.
        epsilon_1: ε₁, keeps the squares from 0.
        epsilon_2: ε₂, the lower bound of the variable's size.
        clip_threshold: steps with a greater root mean square are scaled down to it.
        relative_step: whether the learning rate falls as 1/√t once that is smaller than lr. In Keras (and here) it also
            does with False, since ρ is defined as above.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")

    @inherits_arguments(Optimizer)
    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=1e-3,
        clip_threshold=1.0,
        relative_step=True,
        *args,
        **kwargs,
    ):
        super().__init__(learning_rate, *args, **kwargs)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, variables):
        """Create r, c and the slot "velocity" (v) per variable."""
        if self.built:
            return
        super().build(variables)
        slots = [self._slots_for(variable) for variable in variables]
        self._r, self._c, self._v = ([slot[k] for slot in slots] for k in range(3))

    def _slots_for(self, variable):
        shape, dtype, name = variable.shape, variable.array.dtype.name, variable.name
        overwritten = self._overwrite_variable_with_gradient(variable)
        if len(shape) < 2:  # vectors need none, but in Keras's files two integers are in their place
            r, c = (Variable(0, dtype="int32", trainable=False, name=name) for _ in range(2))
            self._track_variable(r)
            self._track_variable(c)
        elif overwritten:
            r = c = None
        else:
            r = self.add_variable(shape[:-1], dtype=dtype, name=name)
            c = self.add_variable(shape[:-2] + shape[-1:], dtype=dtype, name=name)
        return r, c, None if overwritten else self.add_variable_from_reference(variable, name="velocity")

    rule = adafactor

    def rule_slots(self):
        return self._r, self._c, self._v

    def rule_scalars(self, learning_rate, step):
        """β = 1 − tᵈ, 1 − β, ε₁, ρ = min(lr, 1/√t), ε₂, clip_threshold."""
        rho, beta = min(learning_rate, 1 / np.sqrt(step)), 1 - step ** type(step)(self.beta_2_decay)
        return beta, 1 - beta, self.epsilon_1, rho, rounded(self.epsilon_2, type(step)), self.clip_threshold
