"""`CustomScaleLayer`: a shortcut and a scaled residual. `InceptionResNetV2` and files with that network name it."""

from minikeras.layers.layer import Layer


class CustomScaleLayer(Layer):
    """y = x + scale · residual, for inputs [x, residual] of one shape.

    Args:
        scale: a number. Small ones keep the training of deep networks stable.
    """

    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        x, residual = inputs
        return x + residual * self.scale

    def compute_output_shape(self, input_shape):
        return input_shape[0]
