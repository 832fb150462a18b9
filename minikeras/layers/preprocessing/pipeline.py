"""`Pipeline`: a sequence of layers for data."""

from minikeras.base.limits import reads_config
from minikeras.layers.call_signature import call_signature
from minikeras.layers.layer import Layer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Pipeline(Layer):
    """y = layer_n(… layer_1(x)), without the weights, input shapes and training methods of a model.

    For preprocessing in `Dataset.map`; layers may return any structure, such as a dict with images and labels.

    Args:
        layers: list of layers.
    """

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self._pipeline_layers = layers

    @property
    def layers(self):
        """The layers, in order."""
        return self._pipeline_layers

    def call(self, inputs, training=True, mask=None):
        for layer in self._pipeline_layers:
            signature = call_signature(type(layer).call)
            arguments = {"training": training} if signature.takes_training and training is not None else {}
            arguments |= {"mask": mask} if signature.takes_mask and mask is not None else {}
            inputs = layer(inputs, **arguments)
        return inputs

    def get_config(self):
        return {"layers": serialize_keras_object(list(self._pipeline_layers)), "name": self.name}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """Make a pipeline from the result of `get_config`.

        Raises:
            ValueError: `layers` is not a list.
        """
        layers = config.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ValueError(
                "The config of a Pipeline needs `layers`, a list of the configs of its layers. "
                f"Received: layers={layers!r}"
            )
        return cls(**{**config, "layers": [deserialize_keras_object(layer) for layer in layers]})
