"""`Subtract`: the difference of two inputs."""

from minikeras.autodiff.arithmetic import Subtract as SubtractOp
from minikeras.layers.merging.base_merge import BaseMerge


class Subtract(BaseMerge):
    """y = x₁ − x₂, elementwise, of a list of two tensors of one shape (or shapes that broadcast).

    Raises:
        ValueError: the list has not exactly two inputs.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self._check_two(input_shape)

    def _merge_function(self, inputs):
        self._check_two(inputs)
        return SubtractOp()(*inputs)

    def _check_two(self, inputs):
        if len(inputs) != 2:
            raise ValueError(
                f"{type(self).__name__} layer should be called on exactly 2 inputs, in a list. Layer '{self.name}' "
                f"received {len(inputs)}."
            )


def subtract(inputs, **kwargs):
    """`Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)
