"""`Reshape`: changes the shape of each sample."""

import math

from minikeras.autodiff.shapes import Reshape as ReshapeOp
from minikeras.layers.layer import Layer


class Reshape(Layer):
    """(batch, …) → (batch, *target_shape), elements in row-major order.

    Args:
        target_shape: the new axes without the batch axis; one may be −1, the remaining length.

    Raises:
        ValueError: a length is below −1, or several are −1; when called, the numbers of elements differ.
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if any(n < -1 for n in self.target_shape):
            wrong = "Each dimension must be a non-negative integer, or -1 if it is unknown"
        elif self.target_shape.count(-1) > 1:
            wrong = "A shape has at most one unknown dimension"
        else:
            wrong = None
        if wrong:
            raise ValueError(f"{wrong}, in {self.name}. Received: target_shape={self.target_shape}")
        self._build_at_init()

    def compute_output_spec(self, inputs):
        return self._spec_like(inputs)

    def call(self, inputs):
        batch = inputs.shape[0]
        return ReshapeOp((-1 if batch is None else batch, *self._resolve(inputs.shape[1:])))(inputs)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self._resolve(input_shape[1:]))

    def get_build_config(self):
        """None: there is nothing to build, as Keras's files say too."""

    def _resolve(self, sizes):
        """The target shape with −1 computed, None if it depends on an unknown length."""
        if None in sizes:
            return tuple(None if n == -1 else n for n in self.target_shape)
        total, rest = math.prod(sizes), math.prod(n for n in self.target_shape if n != -1)
        fits = (total % rest == 0 if rest else False) if -1 in self.target_shape else total == rest
        if not fits:
            raise ValueError(
                f"The total size of samples must be unchanged. Layer '{self.name}' cannot reshape {tuple(sizes)} "
                f"({total} elements) into target_shape={self.target_shape} ({rest} elements)."
            )
        return tuple(total // rest if n == -1 else n for n in self.target_shape)
