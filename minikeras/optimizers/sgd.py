"""Stochastic gradient descent, with momentum (Polyak, 1964) and Nesterov's look-ahead (Sutskever et al., 2013)."""

from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer, rounded


@update_rule(slots=0, unread="nothing")
def sgd(w, g, learning_rate):
    """w ← w − lr·g."""
    return (w - g * learning_rate,)


@update_rule(slots=1)
def sgd_momentum(w, step, m, learning_rate, momentum):
    """m ← momentum·m − lr·g,   w ← w + m."""
    m = m * momentum - step
    return w + m, m


@update_rule(slots=1)
def sgd_nesterov(w, step, m, learning_rate, momentum):
    """m ← momentum·m − lr·g,   w ← w + momentum·m − lr·g."""
    m = m * momentum - step
    return w + (m * momentum - step), m


class SGD(Optimizer):
    """w ← w − lr·g, or with momentum:  m ← momentum·m − lr·g,   w ← w + m.

    With `nesterov`, the step looks one momentum ahead:  w ← w + momentum·m − lr·g.

    Args:
        learning_rate: lr.
        momentum: a float between 0 and 1; with 0 there is no slot.
        nesterov: see above; has no effect without momentum.
        (others): see `Optimizer`.
    """

    hyperparameters = ("momentum", "nesterov")

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        if not isinstance(momentum, float) or not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a float between [0, 1], in SGD. Received: momentum={momentum!r}")
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables):
        """Create the slot "momentum" per variable, if there is momentum."""
        if self.built:
            return
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    @property
    def rule(self):
        if not self.momentum:
            return sgd
        return sgd_nesterov if self.nesterov else sgd_momentum

    def rule_slots(self):
        return (self.momentums,) if self.momentum else ()

    def rule_scalars(self, learning_rate, step):
        if not self.momentum:
            return (learning_rate,)
        return learning_rate, rounded(self.momentum, type(learning_rate))
