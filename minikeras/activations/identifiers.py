"""From a name or a config to an activation function, and back."""

import inspect
import reprlib

from minikeras.activations.functions import linear
from minikeras.ops.nn import hard_silu, silu
from minikeras.serialization import get_registered_name, get_registered_object, serialize_keras_object, unknown_name
from minikeras.serialization.kinds import Kind, parts_of

_HINT = "Use a name such as 'relu', or a function from a tensor to a tensor."
_SECOND_NAMES = {"swish": silu, "hard_swish": hard_silu}
_ACTIVATIONS = Kind("activation function", _HINT, _SECOND_NAMES, makes_instances=False, of_this_kind_only=False)


def register_exports(exports):
    """Register the functions that `minikeras.activations` exports, the dict `exports`, by their names."""
    _ACTIVATIONS.register(parts_of(exports))


def serialize(activation):
    """The name of a built-in function; a dict for other functions and for objects with `get_config`.

    Raises:
        ValueError: `activation` is neither.
    """
    name = getattr(activation, "__name__", None)
    if (
        inspect.isfunction(activation)
        and name in _ACTIVATIONS.known
        and str(activation.__module__).startswith("minikeras.")
    ):
        return name
    config = serialize_keras_object(activation)
    if not isinstance(config, dict) or not config:
        raise ValueError(
            "Unknown activation function: a function or an object with `get_config` is needed. Received: "
            f"{activation!r}"
        )
    if config.get("class_name") == "function":
        config["config"] = get_registered_name(activation)
    return config


def deserialize(config, custom_objects=None):
    """The activation function that a name or config describes.

    Raises:
        ValueError: no function has that name.
    """
    return _ACTIVATIONS.deserialize(config, custom_objects)


def get(identifier):
    """An activation function from its name ("relu"), its config, or itself; `linear` from None.

    Raises:
        ValueError: no function has that name, or it is something that cannot be called.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        found = get_registered_object(identifier, module_objects=_ACTIVATIONS.known)
        if found is None:
            raise ValueError(
                "Could not interpret activation function identifier. "
                f"{unknown_name('activation function', identifier, _ACTIVATIONS.known)}"
            )
        return found
    if isinstance(identifier, dict):
        identifier = deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret activation function identifier: {reprlib.repr(identifier)}. {_HINT}")
