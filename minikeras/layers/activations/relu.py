"""`ReLU`: sets negative values to 0."""

from minikeras import activations
from minikeras.layers.layer import Layer


class ReLU(Layer):
    """y = min(x, max_value) for x ≥ threshold, else negative_slope · (x − threshold).

    Args:
        max_value: upper bound, none if None.
        negative_slope: slope below the threshold.
        threshold: where the function starts to rise.

    Raises:
        ValueError: a negative number.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("max_value", max_value), ("negative_slope", negative_slope), ("threshold", threshold)):
            if (value is None and name != "max_value") or (value is not None and value < 0):
                wrong = "a negative value" if name == "max_value" else "None or a negative value"
                raise ValueError(f"{name} of a ReLU layer cannot be {wrong}. Received: {name}={value}")
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return activations.relu(
            inputs, negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold
        )

    def compute_output_shape(self, input_shape):
        return input_shape
