"""`Permute`: reorders the axes of each sample."""

from minikeras.autodiff.shapes import Transpose
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class Permute(Layer):
    """y[n, i₁, …, iₖ]: axis j of y is axis `dims[j − 1]` of x.  (batch, *sizes) → (batch, *sizes in the order of dims).

    Args:
        dims: a permutation of 1 to k; axis 0 is the batch. `(2, 1)` swaps the two axes of a sample.

    Raises:
        ValueError: an integer is missing or occurs twice.
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Invalid permutation argument `dims` of {self.name}: it must be consecutive from 1, each of the axes "
                f"1 to {len(self.dims)} once; axis 0 is the batch and stays. Received: dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_spec(self, inputs):
        return self._spec_like(inputs)

    def call(self, inputs):
        return Transpose((0, *self.dims))(inputs)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *[input_shape[axis] for axis in self.dims])
