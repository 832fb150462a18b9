"""`TwoMoments`: the base of Adam and its relatives: two moments of each variable's gradient, with their decay rates."""

from minikeras.base.signatures import inherits_arguments
from minikeras.optimizers.optimizer import Optimizer


class TwoMoments(Optimizer):
    """Base class of optimizers with a mean gradient m and a mean square v of each variable.

    Args:
        learning_rate: lr.
        beta_1: β₁, how slowly the mean gradient m forgets.
        beta_2: β₂, how slowly the mean square v forgets.
        epsilon: ε.
        (others): see `Optimizer`.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon")
    slot_names = ("momentum", "velocity")  # in files: of m and v

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        """Create the slots of m and v."""
        if not self.built:
            super().build(variables)
            self._momentums, self._velocities = self.add_optimizer_variables(variables, self.slot_names)

    def rule_slots(self):
        return self._momentums, self._velocities
