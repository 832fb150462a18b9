"""Stochastic gradient descent, with momentum (Polyak, 1964) and Nesterov's look-ahead (Sutskever et al., 2013)."""

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.kernels.optimizer_jobs import sgd_momentum_pieces, sgd_nesterov_pieces, sgd_pieces
from minikeras.kernels.optimizers import sgd, sgd_momentum, sgd_nesterov
from minikeras.optimizers.gradients import as_gradient, subtract_in_place, total_of
from minikeras.optimizers.one_pass import in_one_pass
from minikeras.optimizers.optimizer import Optimizer, takes_rows
from minikeras.optimizers.rounding import rounded


class SGD(Optimizer):
    """w ← w − lr·g, or with momentum:  m ← momentum·m − lr·g,   w ← w + m.

    With `nesterov`, the step looks one momentum ahead:  w ← w + momentum·m − lr·g.

    Args:
        learning_rate: lr.
        momentum: 0…1, a float; 0 keeps no slot.
        nesterov: see above; has no effect without momentum.
        (others): see `Optimizer`.
    """

    hyperparameters = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.0,
        nesterov=False,
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
        if not isinstance(momentum, float) or not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a float between [0, 1]. Received: momentum={momentum!r}")
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables):
        """Create the slot "momentum" per variable, if there is momentum."""
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    def _one_pass(self, learning_rate):
        if not self.momentum:
            return sgd_pieces, (), (learning_rate,)
        kernel = sgd_nesterov_pieces if self.nesterov else sgd_momentum_pieces
        return kernel, (self.momentums,), (learning_rate, rounded(self.momentum, np.float32))

    @takes_rows
    @in_one_pass(_one_pass)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        w = variable.writable_array()
        lr = w.dtype.type(learning_rate)
        if self.momentum:
            m = self.momentums[self._get_variable_index(variable)].writable_array()
            momentum = rounded(self.momentum, w.dtype.type)
            rule = sgd_nesterov if self.nesterov else sgd_momentum
            if isinstance(gradient, IndexedSlices):
                rule(w, total_of(lambda g: g * lr, gradient), m, 1.0, momentum)
            else:
                rule(w, gradient, m, lr, momentum)
        elif isinstance(gradient, IndexedSlices):
            subtract_in_place(w, gradient.map_values(lambda g: g * lr))
        else:
            sgd(w, gradient, lr)
