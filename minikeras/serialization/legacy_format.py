"""Converts objects to dicts and back in the form of Keras 2: {"class_name": "Dense", "config": {…}}, without modules.

A name is looked up only among the objects that the caller passes or has registered.
"""

import inspect
import reprlib

from minikeras.base.limits import reading
from minikeras.serialization.custom_objects import CustomObjectScope, get_registered_name, get_registered_object
from minikeras.serialization.identifiers import unknown_name

MARK = "__passive_serialization__"  # of dicts that were objects within a config


def serialize_keras_object(instance):
    """The dict of an object that has `get_config`, the name of a function or class, None of None.

    Raises:
        ValueError: it has neither a config nor a name.
    """
    instance = inspect.unwrap(instance) if callable(instance) else instance
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        config = {key: _serialized_item(item) for key, item in instance.get_config().items()}
        return {"class_name": get_registered_name(type(instance)), "config": config}
    if hasattr(instance, "__name__"):
        return get_registered_name(instance)
    raise ValueError(f"An object without `get_config` and name cannot be serialized. Received: {instance!r}")


def _serialized_item(item):
    if isinstance(item, (str, dict)) or not (hasattr(item, "get_config") or hasattr(item, "__name__")):
        return item
    serialized = serialize_keras_object(item)
    return {**serialized, MARK: True} if isinstance(serialized, dict) else serialized


def deserialize_keras_object(identifier, module_objects=None, custom_objects=None, printable_module_name="object"):
    """The object for a result of `serialize_keras_object`.

    Args:
        identifier: dict, name, function or None. A class given by name only is called without arguments.
        module_objects: {name: class or function} that may be named, such as `vars(keras.layers)`.
        custom_objects: the user's objects, found before these.
        printable_module_name: the object's name in errors.

    Raises:
        ValueError: the name is unknown, or the config is malformed.
    """
    if identifier is None or inspect.isfunction(identifier):
        return identifier
    if isinstance(identifier, str):
        found = _named(identifier, module_objects, custom_objects, printable_module_name)
        return found() if inspect.isclass(found) else found
    config = identifier.get("config") if isinstance(identifier, dict) else None
    if not isinstance(config, dict) or not isinstance(identifier.get("class_name"), str):
        raise ValueError(
            f"The config of this {printable_module_name} must be a dict with 'class_name' and 'config', or a name. "
            f"Received: {reprlib.repr(identifier)}"
        )
    cls = _named(identifier["class_name"], module_objects, custom_objects, printable_module_name)
    with reading(identifier), CustomObjectScope(custom_objects):
        config = {key: _read_item(item, module_objects, custom_objects) for key, item in config.items()}
        return cls.from_config(config) if hasattr(cls, "from_config") else cls(**config)


def _named(name, module_objects, custom_objects, kind):
    found = get_registered_object(name, custom_objects, module_objects)
    if found is None:
        raise unknown_name(kind, name, {**(module_objects or {}), **(custom_objects or {})})
    return found


def _read_item(item, module_objects, custom_objects):
    if isinstance(item, dict) and MARK in item:
        item = {key: value for key, value in item.items() if key != MARK}
        return deserialize_keras_object(item, module_objects, custom_objects, "part of a config")
    found = get_registered_object(item, custom_objects) if isinstance(item, str) else None
    return item if found is None else found
