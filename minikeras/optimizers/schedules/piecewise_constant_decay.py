"""Piecewise constant decay: the learning rate changes to given values at given steps."""

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule


class PiecewiseConstantDecay(LearningRateSchedule):
    """lr(t) = values[k] for boundaries[k − 1] < t ≤ boundaries[k].

        PiecewiseConstantDecay([1000, 2000], [1.0, 0.5, 0.1])    # 0.5 from step 1001 to step 2000

    Args:
        boundaries: increasing numbers, cast to the dtype of the step: 2.5 becomes 2.
        values: one more than `boundaries`. Integers stay integers.
        name: kept in the config.

    Raises:
        ValueError: `values` does not have one element more than `boundaries`.
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay needs one value more than boundaries. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step):
        step = as_array(step)
        boundaries = np.asarray(self.boundaries).astype(step.dtype)
        return Tensor(as_array(list(self.values))[np.searchsorted(boundaries, step)])
