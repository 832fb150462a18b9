"""`Wrapper`: the base of layers that wrap another layer."""

from minikeras.base.limits import reads_config
from minikeras.layers.layer import Layer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Wrapper(Layer):
    """A layer around another one. Subclasses define `call`.

        class Twice(keras.layers.Wrapper):
            def call(self, inputs):
                return self.layer(self.layer(inputs))

    Args:
        layer: the wrapped layer. It is built for the wrapper's input shape unless a subclass builds it otherwise.

    Raises:
        ValueError: `layer` is not a layer.
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer!r} supplied to {type(self).__name__} isn't a supported layer type: please initialize it "
                f"with a `keras.layers.Layer` instance. Received: a {type(layer).__name__}."
                + (" Call the class." if isinstance(layer, type) else "")
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape=None):
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True

    def get_config(self):
        config = self._own_config()
        return {**config, "layer": serialize_keras_object(self.layer)}

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        inner = deserialize_keras_object(config["layer"], custom_objects=custom_objects)
        return cls(inner, **{key: value for key, value in config.items() if key != "layer"})
