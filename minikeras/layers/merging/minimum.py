"""`Minimum`: the smallest of several inputs."""

from minikeras.layers.merging.base_merge import BaseMerge
from minikeras.layers.merging.extreme import extreme_of
from minikeras.ops.extrema import Minimum as MinimumOp


class Minimum(BaseMerge):
    """y = min(x₁, x₂, …), elementwise, over a list of tensors of one shape (or shapes that broadcast).

    Masked elements of an input do not count. Where inputs are equal, the gradient goes to the first.
    """

    _accepted_kinds = "fiu"

    def _merge_function(self, inputs):
        return extreme_of(MinimumOp(), inputs)


def minimum(inputs, **kwargs):
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)
