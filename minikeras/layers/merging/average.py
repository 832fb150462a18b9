"""`Average`: the mean of several inputs."""

from functools import reduce

from minikeras.autodiff.arithmetic import Add as AddOp
from minikeras.layers.merging.base_merge import BaseMerge


class Average(BaseMerge):
    """y = (x₁ + … + xₙ) / n, elementwise, over a list of tensors of one shape (or shapes that broadcast)."""

    def _merge_function(self, inputs):
        return reduce(AddOp(), inputs) / len(inputs)


def average(inputs, **kwargs):
    """`Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)
