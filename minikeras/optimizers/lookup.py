"""From a name or a config to an optimizer, and back."""

from minikeras.optimizers.adam import Adam
from minikeras.optimizers.adamw import AdamW
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.rmsprop import RMSprop
from minikeras.optimizers.sgd import SGD
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.suggestions import did_you_mean

_CLASSES = (Adam, AdamW, Optimizer, RMSprop, SGD)
_BY_LOWER_NAME = {cls.__name__.lower(): cls for cls in _CLASSES}


def serialize(optimizer):
    """{"module": "keras.optimizers", "class_name": "Adam", "config": {…}, "registered_name": None}"""
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer that a config describes. Capitals in the names of Keras's own optimizers do not matter."""
    if str(config["class_name"]).lower() in _BY_LOWER_NAME:
        config = {**config, "class_name": str(config["class_name"]).lower()}
    return deserialize_keras_object(config, module_objects=_BY_LOWER_NAME, custom_objects=custom_objects)


def get(identifier):
    """An optimizer from its name ("adam"), its config, or itself; None from None.

    Raises:
        ValueError: no optimizer has that name, or it is something else altogether.
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        optimizer = deserialize(identifier)
        if isinstance(optimizer, Optimizer):
            return optimizer
    if isinstance(identifier, str):
        try:
            optimizer = deserialize({"class_name": identifier, "config": {}})
        except ValueError:
            optimizer = None
        if isinstance(optimizer, Optimizer):
            return optimizer
        raise ValueError(f"Unknown optimizer: {identifier!r}.{did_you_mean(identifier, _BY_LOWER_NAME)}")
    raise ValueError(
        f"Could not interpret optimizer identifier: {identifier!r}. Use a name such as 'adam', an optimizer such as "
        "Adam(), or a config."
    )
