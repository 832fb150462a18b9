"""`LayerScale`: a learned factor for each channel. The networks of the ConvNeXt family, and their files, name it."""

from minikeras.initializers import Constant
from minikeras.layers.layer import Layer


class LayerScale(Layer):
    """y = gamma · x along the last axis.

    Touvron, Cord, Sablayrolles, Synnaeve and Jégou, "Going deeper with Image Transformers", 2021, arXiv:2103.17239.

    Args:
        init_values: first value of gamma. Small ones let residual blocks begin as the identity.
        projection_dim: number of channels.
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
