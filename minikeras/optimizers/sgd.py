"""Stochastic gradient descent, with momentum (Polyak, 1964) and Nesterov's look-ahead (Sutskever et al., 2013)."""

from minikeras.kernels.optimizers import sgd, sgd_momentum, sgd_nesterov
from minikeras.optimizers.gradients import as_gradient, each, subtract_in_place, total
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

    def _rule(self, learning_rate, step):
        if not self.momentum:
            return sgd, (), (learning_rate,)
        rule = sgd_nesterov if self.nesterov else sgd_momentum
        return rule, (self.momentums,), (learning_rate, rounded(self.momentum, type(learning_rate)))

    @takes_rows
    @in_one_pass(_rule)
    def update_step(self, gradient, variable, learning_rate):
        gradient = as_gradient(gradient, variable)
        w = variable.writable_array()
        lr = w.dtype.type(learning_rate)
        step = each(lambda g: g * lr, gradient)
        if not self.momentum:
            subtract_in_place(w, step)
            return
        m = self.momentums[self._get_variable_index(variable)].writable_array()
        rule = sgd_nesterov if self.nesterov else sgd_momentum
        rule(w, total(step), m, 1.0, rounded(self.momentum, w.dtype.type))
