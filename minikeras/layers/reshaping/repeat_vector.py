"""`RepeatVector`: repeats each vector as the steps of a sequence."""

from minikeras import ops
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class RepeatVector(Layer):
    """y[b, t, c] = x[b, c] for t < n.  (batch, channels) → (batch, n, channels).

    Args:
        n: number of repetitions, a positive integer.

    Raises:
        TypeError: `n` is not an integer.
        ValueError: it is not positive.
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(
                f"Expected an integer value for `n` of {self.name}. Received: n={n!r} of type {type(n).__name__}"
            )
        if n <= 0:
            raise ValueError(f"`n` of {self.name} should be a positive integer. Received: n={n}")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs):
        return ops.tile(ops.expand_dims(inputs, 1), (1, self.n, 1))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.n, input_shape[1])
