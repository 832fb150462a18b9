"""Conversion between configs and layers."""

from minikeras.layers.layer import Layer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


def serialize(layer):
    """{"module": "keras.layers", "class_name": "Dense", "config": {…}, "registered_name": None}"""
    return serialize_keras_object(layer)


def deserialize(config, custom_objects=None):
    """The layer (or model) that a config describes.

    Raises:
        ValueError: it is malformed or does not describe a layer.
    """
    layer = deserialize_keras_object(config, custom_objects=custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(f"The config is not a `keras.layers.Layer`, but describes a {type(layer).__name__}.")
    return layer
