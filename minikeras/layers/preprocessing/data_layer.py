"""`DataLayer`: what the layers that prepare data share."""

from minikeras.layers.layer import Layer


class DataLayer(Layer):
    """Base of layers that may also stand in a pipeline of data."""

    def convert_weight(self, weight):
        """The weight for the backend in which the layer runs. Here is one, so the weight itself."""
        return weight
