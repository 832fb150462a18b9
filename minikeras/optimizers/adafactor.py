"""Adafactor (Shazeer and Stern, 2018): Adam's second moment of a matrix, kept as one number per row and column."""

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.kernels.adafactor import adafactor
from minikeras.optimizers.gradients import as_gradient, divide, each, subtract_in_place, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class Adafactor(Optimizer):
    """With ρ = min(lr, 1/√t) and β = 1 − tᵈ, d = beta_2_decay:

        r ← β·r + (1 − β)·mean over columns of (g² + ε₁)             one number per row
        c ← β·c + (1 − β)·mean over rows of (g² + ε₁)                one number per column
        v = r·c / mean(r)                                             (vectors: v ← β·v + (1 − β)·(g² + ε₁))
        u = g / √v,   û = u / max(1, RMS(u) / clip_threshold)
        w ← w − max(ε₂, RMS(w))·ρ·û

    (`v` is a slot of the variable's shape all the same, in Keras too, so no memory is saved.)

    Args:
        learning_rate: lr.
        beta_2_decay: d, at most 0.
        epsilon_1: ε₁, keeps the squares from 0.
        epsilon_2: ε₂, the smallest size that a variable counts as.
        clip_threshold: steps whose root mean square is greater are scaled down to it.
        relative_step: whether the learning rate falls as 1/√t once that is smaller than lr. In Keras (and here) it does
            so with False as well, since ρ is defined as above.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=1e-3,
        clip_threshold=1.0,
        relative_step=True,
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
        if self._overwrite_variable_with_gradient(variable):
            return None, None, None
        shape, dtype, name = variable.shape, variable.array.dtype.name, variable.name
        if len(shape) >= 2:
            r = self.add_variable(shape[:-1], dtype=dtype, name=name)
            c = self.add_variable(shape[:-2] + shape[-1:], dtype=dtype, name=name)
        else:  # vectors need none, but Keras's files have two integers in their places
            r, c = (Variable(0, dtype="int32", trainable=False, name=name) for _ in range(2))
            self._track_variable(r)
            self._track_variable(c)
        return r, c, self.add_variable_from_reference(variable, name="velocity")

    def _coefficients(self, learning_rate, step):
        """ρ = min(lr, 1/√t) and β = 1 − tᵈ."""
        return min(learning_rate, 1 / np.sqrt(step)), 1 - step ** type(step)(self.beta_2_decay)

    def _rule(self, learning_rate, step):
        rho, beta = self._coefficients(learning_rate, step)
        numbers = beta, 1 - beta, self.epsilon_1, rho, rounded(self.epsilon_2, type(step)), self.clip_threshold
        return adafactor, (self._r, self._c, self._v), numbers

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        rho, beta = self.once_per_step(self._coefficients, learning_rate, variable)
        w = variable.writable_array()
        v = self._second_moment(
            total_of(np.square, gradient) + self.epsilon_1, beta, self._get_variable_index(variable)
        )
        u = divide(gradient, np.sqrt(v))
        u_size = np.sqrt(np.mean(total_of(np.square, u)))
        alpha = max(rounded(self.epsilon_2, w.dtype.type), np.sqrt(np.mean(np.square(w)))) * rho
        shrink = max(w.dtype.type(1), u_size / w.dtype.type(self.clip_threshold))
        subtract_in_place(w, each(lambda values: alpha * (values / shrink), u))

    def _second_moment(self, squares, beta, i):
        """v, after r and c (or, of a vector, v itself) were moved towards the squares."""
        v = self._v[i].writable_array()
        if squares.ndim < 2:
            v *= beta
            v += (1 - beta) * squares
            return v
        r, c = self._r[i].writable_array(), self._c[i].writable_array()
        for mean, axis in ((r, -1), (c, -2)):
            mean *= beta
            mean += (1 - beta) * np.mean(squares, axis=axis)
        share = r / np.mean(r, axis=-1, keepdims=True)
        return np.multiply(share[..., np.newaxis], c[..., np.newaxis, :], out=v)
