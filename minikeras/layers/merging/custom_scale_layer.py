"""`CustomScaleLayer`: a shortcut plus a scaled residual; used by `InceptionResNetV2` and its files."""

from minikeras.layers.layer import Layer


class CustomScaleLayer(Layer):
    """y = x + scale · residual, for inputs [x, residual] of one shape.

    Args:
        scale: a number; small values keep the training of deep networks stable.
    """

    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        x, residual = inputs
        return x + residual * self.scale

    def compute_output_shape(self, input_shape):
        return input_shape[0]
