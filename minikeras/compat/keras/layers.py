"""`keras.layers` as `tf.keras` has it: minikeras's, with an activation layer that only `tf.keras` has kept."""

from minikeras import layers
from minikeras.compat.keras.additions import falls_back_to
from minikeras.layers import Layer
from minikeras.ops.thresholded import passed_above

__all__ = ["ThresholdedReLU"]


class ThresholdedReLU(Layer):
    """x where x > theta, else 0.

    Args:
        theta: the threshold, not negative.
        **kwargs: `name`, `dtype`, … as for every layer.

    Raises:
        ValueError: `theta` is None or negative.
    """

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ValueError(f"`theta` of a ThresholdedReLU must be a number >= 0. Received: theta={theta}")
        self.supports_masking = True
        self.theta = float(theta)

    def call(self, inputs):
        return passed_above(inputs, self.theta)

    def compute_output_shape(self, input_shape):
        return input_shape


__getattr__, __dir__ = falls_back_to(layers, __all__)
