"""`DataLayer`: what the layers that prepare data share."""

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.layers.layer import Layer
from minikeras.ops.core import convert_to_tensor
from minikeras.random.operation_seeds import inside_function


class DataLayer(Layer):
    """Base of layers that may also stand in a pipeline of data."""

    def __call__(self, inputs, **kwargs):
        """As any layer's; in a pipeline (`Dataset.map`) all inputs, integers too, become of the compute dtype first."""
        if inside_function() and not isinstance(tree.flatten(inputs)[0], KerasTensor):
            inputs = tree.map_structure(lambda x: convert_to_tensor(x, dtype=self.compute_dtype), inputs)
        return super().__call__(inputs, **kwargs)

    def convert_weight(self, weight):
        """The weight for the backend in which the layer runs. Here is one, so the weight itself."""
        return weight
