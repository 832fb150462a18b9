"""`LeakyReLU`: negative values are scaled down."""

from minikeras.base.messages import warn
from minikeras.layers.layer import Layer
from minikeras.ops.activation import leaky_relu


class LeakyReLU(Layer):
    """y = x for x ≥ 0, else negative_slope · x.

    Args:
        negative_slope: slope below zero.
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        if "alpha" in kwargs:  # the argument's name before Keras 3
            negative_slope = kwargs.pop("alpha")
            warn("Argument `alpha` of LeakyReLU is deprecated. Use `negative_slope` instead.")
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                "The negative_slope value of a LeakyReLU layer cannot be None or negative value. "
                f"Received: negative_slope={negative_slope}"
            )
        self.negative_slope = negative_slope
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return leaky_relu(inputs, negative_slope=self.negative_slope)

    def compute_output_shape(self, input_shape):
        return input_shape
