"""`Activation`: any activation function as a layer."""

from minikeras import activations
from minikeras.layers.layer import Layer


class Activation(Layer):
    """y = activation(x), elementwise or along the last axis.

    Args:
        activation: name or function.
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self._build_at_init()

    def call(self, inputs):
        return self.activation(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape
