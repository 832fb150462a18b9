"""`keras.legacy.saving`: configs of objects in the form of Keras 2."""

from minikeras.serialization.legacy_format import deserialize_keras_object, serialize_keras_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]
