"""Architectures as JSON text."""

import json

from minikeras.serialization import deserialize_keras_object


def model_from_json(json_string, custom_objects=None):
    """The model whose architecture `model.to_json()` wrote, with fresh weights."""
    return deserialize_keras_object(json.loads(json_string), custom_objects=custom_objects)
