"""Lion (Chen et al., 2023): every weight moves by the same amount, in the direction of a sign."""

import numpy as np

from minikeras.base.signatures import inherits_arguments
from minikeras.kernels.update_rule import update_rule
from minikeras.optimizers.optimizer import Optimizer, rounded


@update_rule(slots=1)
def lion(w, g, m, learning_rate, beta_1, one_minus_beta_1, beta_2, one_minus_beta_2):
    """w ← w − lr·sign(β₁·m + (1 − β₁)·g),   m ← β₂·m + (1 − β₂)·g."""
    step = np.sign(m * beta_1 + g * one_minus_beta_1) * learning_rate
    return w - step, m * beta_2 + g * one_minus_beta_2


class Lion(Optimizer):
    """w ← w − lr·sign(β₁·m + (1 − β₁)·g),   m ← β₂·m + (1 − β₂)·g.

    Steps are larger than Adam's: the paper advises a learning rate 3 to 10 times smaller, and a weight decay larger by
    the same factor.

    Args:
        learning_rate: lr.
        beta_1: β₁, weight of the mean gradient in the direction, above 0 and at most 1.
        beta_2: β₂, how slowly the mean gradient m forgets.
        (others): see `Optimizer`.

    Raises:
        ValueError: `beta_1` is out of range.
    """

    hyperparameters = ("beta_1", "beta_2")

    @inherits_arguments(Optimizer)
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        if not 0 < beta_1 <= 1:
            raise ValueError(
                "Argument `beta_1` must be in the range (0, 1], in Lion: with 0 it is SGD by the gradient's sign. "
                f"Received: beta_1={beta_1}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def build(self, variables):
        """Create the slot "momentum" (m)."""
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum")

    rule = lion

    def rule_slots(self):
        return (self._momentums,)

    def rule_scalars(self, learning_rate, step):
        beta_1, beta_2 = (rounded(number, type(step)) for number in (self.beta_1, self.beta_2))
        return learning_rate, beta_1, 1 - beta_1, beta_2, 1 - beta_2
