"""`keras.utils.legacy`: objects in the form of Keras 2's configs."""

from minikeras.serialization.legacy_format import deserialize_keras_object, serialize_keras_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]
