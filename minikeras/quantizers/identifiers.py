"""Resolves identifiers of quantizers: `get`, `serialize`, `deserialize`."""

import inspect

from minikeras.quantizers.quantizer import AbsMaxQuantizer, Quantizer
from minikeras.serialization import serialize_keras_object
from minikeras.serialization.kinds import Kind, classes_of

_HINT = "Use a name such as 'abs_max_quantizer', or a Quantizer such as AbsMaxQuantizer()."
_QUANTIZERS = Kind("quantizer", _HINT, of_this_kind_only=False)  # configs of quantizations too
_QUANTIZERS.register(classes_of({"AbsMaxQuantizer": AbsMaxQuantizer, "Quantizer": Quantizer}))


def serialize(initializer):
    """The config of a quantizer, or of a QuantizationConfig. (Keras's name for the argument.)"""
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The quantizer, or the QuantizationConfig, that a config describes."""
    return _QUANTIZERS.deserialize(config, custom_objects)


def get(identifier, **kwargs):
    """A quantizer from its name, class or config, or itself; None for None.

    Args:
        kwargs: arguments of the constructor, if `identifier` is a class or its name.

    Raises:
        ValueError: there is no such quantizer.
    """
    if isinstance(identifier, str) and kwargs:
        identifier = _QUANTIZERS.known.get(identifier, identifier)
    if inspect.isclass(identifier) and kwargs:
        return identifier(**kwargs)
    found = _QUANTIZERS.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"A quantizer is expected. Received: {type(found).__name__}")
    return found
