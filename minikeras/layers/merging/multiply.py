"""`Multiply`: the product of several inputs."""

from functools import reduce

from minikeras.autodiff.arithmetic import Multiply as MultiplyOp
from minikeras.autodiff.arithmetic import Where
from minikeras.layers.merging.base_merge import BaseMerge, mask_like
from minikeras.ops.comparison import logical_or


class Multiply(BaseMerge):
    """y = x₁ · x₂ · …, elementwise, over a list of tensors of one shape (or shapes that broadcast).

    A masked element of an input counts as a factor of 1; elements masked in all inputs become 0.
    """

    def _merge_function(self, inputs):
        masks = [mask_like(x) for x in inputs]
        factors = [x if mask is None else Where()(mask, x, 1.0) for x, mask in zip(inputs, masks, strict=True)]
        product = reduce(MultiplyOp(), factors)
        if any(mask is None for mask in masks):
            return product
        return Where()(reduce(logical_or, masks), product, 0.0)


def multiply(inputs, **kwargs):
    """`Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)
