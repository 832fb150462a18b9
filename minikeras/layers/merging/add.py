"""`Add`: the sum of several inputs."""

from functools import reduce

from minikeras.autodiff.arithmetic import Add as AddOp
from minikeras.layers.merging.base_merge import BaseMerge


class Add(BaseMerge):
    """y = x₁ + x₂ + …, elementwise, over a list of tensors of one shape (or shapes that broadcast)."""

    _accepted_kinds = "fiucO"  # texts are joined

    def _merge_function(self, inputs):
        return reduce(AddOp(), inputs)


def add(inputs, **kwargs):
    """`Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)
