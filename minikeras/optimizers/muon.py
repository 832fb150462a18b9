"""Muon (Jordan et al., 2024): momentum with orthogonalized steps for matrices; AdamW for everything else."""

import math
import re

import numpy as np

from minikeras.optimizers.adam import adam, adam_step_size
from minikeras.optimizers.gradients import as_gradient, total
from minikeras.optimizers.optimizer import Optimizer, decay_weights
from minikeras.optimizers.rule_updates import apply_rule, takes_rows


class Muon(Optimizer):
    """For matrices:  m ← momentum·m + g,   w ← w − lr·√max(rows, columns)·rms_rate·NS(g + momentum·m).

    NS(G) is nearly U·Vᵀ of the singular value decomposition G = U·S·Vᵀ: every direction of the step gets about the same
    length. It is computed by `ns_steps` iterations of a polynomial (Newton–Schulz), which needs only matrix products:

        X = G / ‖G‖,   A = X·Xᵀ,   X ← a·X + (b·A + c·A·A)·X

    Variables that are not matrices, embeddings and those that `exclude_layers` matches are updated by AdamW (see
    `Adam`) with the learning rate lr·adam_lr_ratio.

    Args:
        learning_rate: lr.
        adam_beta_1, adam_beta_2, epsilon: β₁, β₂ and ε of the Adam part.
        adam_weight_decay: weight decay of the Adam part.
        weight_decay: weight decay of the Muon part.
        exclude_layers: regular expressions; variables whose path contains one of them go to Adam.
        exclude_embeddings: whether variables with "embedding" in their path go to Adam.
        muon_a, muon_b, muon_c: a, b and c of the polynomial.
        adam_lr_ratio: see above.
        momentum: how slowly m forgets.
        ns_steps: number of iterations.
        nesterov: whether to use NS(g + momentum·m) rather than NS(m).
        rms_rate: see above; None omits the factor √max(rows, columns)·rms_rate. 0.2 makes steps about as large as
            Adam's, so that the same learning rates work (Liu et al., 2025).
        (others): see `Optimizer`.
    """

    hyperparameters = (
        *("adam_beta_1", "adam_beta_2", "epsilon", "exclude_layers", "muon_a", "muon_b", "muon_c", "adam_lr_ratio"),
        *("momentum", "ns_steps", "nesterov", "exclude_embeddings", "adam_weight_decay", "rms_rate"),
    )

    def __init__(
        self,
        learning_rate=0.001,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        adam_weight_decay=0.004,
        epsilon=1e-7,
        weight_decay=0.004,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        exclude_layers=None,
        exclude_embeddings=True,
        muon_a=3.4445,
        muon_b=-4.7750,
        muon_c=2.0315,
        adam_lr_ratio=1,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
        **kwargs,
    ):
        super().__init__(
            *(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum),
            *(ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name),
            **kwargs,
        )
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def build(self, variables):
        """Create the slots "momentum" (m) and, for the Adam part, "velocity" (v)."""
        if self.built:
            return
        super().build(variables)
        slots = [self._slots_for(variable) for variable in variables]
        self.momentums = [momentum for momentum, _ in slots]
        self.adam_velocities = [velocity for _, velocity in slots]

    def _slots_for(self, variable):
        if self._overwrite_variable_with_gradient(variable):
            return None, None
        momentum = self.add_variable_from_reference(variable, name="momentum")
        by_adam = self._should_use_adamw(variable)
        return momentum, self.add_variable_from_reference(variable, name="velocity") if by_adam else None

    def _should_use_adamw(self, variable):
        if len(variable.shape) != 2 or (self.exclude_embeddings and "embedding" in variable.path.lower()):
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def _apply_weight_decay(self, variables):
        learning_rate = float(self.learning_rate)
        for variable in variables:
            weight_decay = self.adam_weight_decay if self._should_use_adamw(variable) else self.weight_decay
            if weight_decay is not None and self._use_weight_decay(variable):
                decay_weights(variable, weight_decay, learning_rate)

    @takes_rows
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        learning_rate = variable.array.dtype.type(float(learning_rate))
        i = self._get_variable_index(variable)
        m, v = self.momentums[i], self.adam_velocities[i]
        if v is None:
            self._muon_step(total(gradient), variable, learning_rate, m.writable_array())
        else:
            arrays = [own.writable_array() for own in (variable, m, v)]
            apply_rule(adam, gradient, arrays, self.rule_scalars_now(learning_rate))

    def _muon_step(self, gradient, variable, learning_rate, m):
        m += gradient + m * (self.momentum - 1)
        direction = gradient + self.momentum * m if self.nesterov else m
        step = learning_rate * self.zeropower_via_newtonschulz5(direction, self.ns_steps)
        w = variable.writable_array()
        w -= self.lr_adjust(step)

    def rule_scalars(self, learning_rate, step):
        """α_t, 1 − β₁, 1 − β₂, ε of the formula `adam`."""
        alpha = adam_step_size(learning_rate * self.adam_lr_ratio, step, self.adam_beta_1, self.adam_beta_2)
        return alpha, 1 - self.adam_beta_1, 1 - self.adam_beta_2, self.epsilon

    def lr_adjust(self, x):
        """x · √max(rows, columns) · rms_rate, or x if `rms_rate` is None."""
        if self.rms_rate is None:
            return x
        return x * math.sqrt(max(x.shape)) * self.rms_rate

    def zeropower_via_newtonschulz5(self, x, steps):
        """A matrix with x's directions and singular values between about 0.7 and 1.2 (see the class).

        Raises:
            ValueError: x has fewer than two axes.
        """
        if x.ndim < 2:
            raise ValueError(f"Expected a gradient with at least 2 axes. Received: shape={x.shape}")
        tall = x.shape[-2] > x.shape[-1]
        x = self.transpose_last_axis(x) if tall else x
        x = x / (np.sqrt(np.sum(np.square(x), axis=(-2, -1), keepdims=True)) + 1e-7)
        for _ in range(steps):
            gram = x @ self.transpose_last_axis(x)
            x = self.muon_a * x + (self.muon_b * gram + (self.muon_c * gram) @ gram) @ x
        return self.transpose_last_axis(x) if tall else x

    def transpose_last_axis(self, X):
        """Xᵀ of a matrix, or of a stack of them."""
        return np.swapaxes(X, -2, -1)
