"""`LayerScale`: a learned factor for each channel; used by the ConvNeXt networks and their files."""

from minikeras.initializers import Constant
from minikeras.layers.layer import Layer


class LayerScale(Layer):
    """y = gamma · x along the last axis.

    Args:
        init_values: initial value of gamma. With a small one, residual blocks start near the identity.
        projection_dim: number of channels.

    Source: Touvron et al., "Going deeper with Image Transformers" (2021), arXiv:2103.17239.
    """

    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape):
        self.gamma = self.add_weight((self.projection_dim,), Constant(self.init_values))  # without name, as in Keras

    def call(self, inputs):
        return inputs * self.gamma

    def compute_output_shape(self, input_shape):
        return input_shape
