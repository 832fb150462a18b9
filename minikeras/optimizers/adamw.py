"""AdamW (Loshchilov and Hutter, 2019): Adam with weight decay that does not pass through the moments."""

from minikeras.base.signatures import inherits_arguments
from minikeras.optimizers.adam import Adam


class AdamW(Adam):
    """w ← w − w·weight_decay·lr, then the step of Adam. See `Adam` for the formula, `Optimizer` for the arguments.

    Raises:
        ValueError: `weight_decay` is None.
    """

    @inherits_arguments(Adam)
    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        *args,
        **kwargs,
    ):
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received None; for no decay use Adam.")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, *args, **kwargs)
