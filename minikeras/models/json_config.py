"""Architectures as JSON text."""

from minikeras.limits import parse_json
from minikeras.serialization import deserialize_keras_object


def model_from_json(json_string, custom_objects=None):
    """The model whose architecture `model.to_json()` wrote, with newly initialized weights.

    Raises:
        ValueError: it is not JSON, or too large (see `keras.config.set_loading_limits`).
    """
    return deserialize_keras_object(parse_json(json_string), custom_objects=custom_objects)
