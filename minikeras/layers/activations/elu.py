"""`ELU`: negative values saturate smoothly."""

from minikeras import activations
from minikeras.layers.layer import Layer


class ELU(Layer):
    """y = x for x > 0, else alpha · (exp(x) − 1).  Any shape, which the output keeps.

    Args:
        alpha: −alpha is the bound below zero.

    Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential linear units"
    (2016).
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return activations.elu(inputs, alpha=self.alpha)

    def compute_output_shape(self, input_shape):
        return input_shape
