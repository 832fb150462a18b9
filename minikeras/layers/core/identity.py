"""`Identity`: returns its input unchanged."""

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.layer import Layer
from minikeras.layers.layer_inputs import cast_symbolic


class Identity(Layer):
    """y = x, for a tensor of any shape and dtype or a nested structure of them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return inputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, inputs):
        cast = tree.map_structure(lambda x: cast_symbolic(self, x), inputs)
        return tree.map_structure(lambda x: KerasTensor(x.shape, dtype=x.dtype, sparse=x.sparse, ragged=x.ragged), cast)
