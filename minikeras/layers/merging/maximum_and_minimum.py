"""`Maximum` and `Minimum`: the greatest or least of several inputs."""

from minikeras.autodiff.arithmetic import Where
from minikeras.layers.merging.base_merge import BaseMerge, mask_like
from minikeras.ops.comparison import logical_or
from minikeras.ops.extrema import Maximum as MaximumOp
from minikeras.ops.extrema import Minimum as MinimumOp


def extreme_of(op, inputs):
    """op(… op(op(x₁, x₂), x₃) …); where a value is masked, the other value replaces it.

    Where all values are masked, the first input's value remains.
    """
    result, result_mask = inputs[0], mask_like(inputs[0])
    for x in inputs[1:]:
        mask = mask_like(x)
        if mask is not None:
            x = Where()(mask, x, result)
        if result_mask is not None:
            result = Where()(result_mask, result, x)
        result_mask = None if mask is None or result_mask is None else logical_or(result_mask, mask)
        result = op(result, x)
    return result


class Maximum(BaseMerge):
    """y = max(x₁, x₂, …), elementwise, over a list of tensors of one shape (or shapes that broadcast).

    Masked elements of an input do not count. Where inputs are equal, the gradient goes to the first.
    """

    _takes = "fiu"

    def _merge_function(self, inputs):
        return extreme_of(MaximumOp(), inputs)


def maximum(inputs, **kwargs):
    """`Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


class Minimum(BaseMerge):
    """y = min(x₁, x₂, …), elementwise, over a list of tensors of one shape (or shapes that broadcast).

    Masked elements of an input do not count. Where inputs are equal, the gradient goes to the first.
    """

    _takes = "fiu"

    def _merge_function(self, inputs):
        return extreme_of(MinimumOp(), inputs)


def minimum(inputs, **kwargs):
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)
