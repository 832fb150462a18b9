"""Makes objects from configs."""

import inspect
import numbers
import reprlib

import numpy as np

from minikeras.autodiff.composed import ComposedOp
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import reading
from minikeras.serialization.custom_objects import (
    CustomObjectScope,
    get_registered_by_last_name,
    get_registered_object,
)
from minikeras.serialization.identifiers import unknown_name
from minikeras.serialization.lambdas import deserialize_lambda
from minikeras.serialization.registry import Part, find_part
from minikeras.serialization.trust import SafeMode


class UnusableConfigError(TypeError, ValueError):
    """A config of something unknown or impossible to make: Keras's `deserialize` and `get` differ in the type."""


FUNCTION_KINDS = ("function", "builtin_function_or_method", "method", "type", "class")


def deserialize_keras_object(config, custom_objects=None, safe_mode=None, **kwargs):
    """The object that a config describes (see `serialize_keras_object`).

    Nothing in the config is executed: it names parts of models (see `registry.py`) and what the user has registered or
    passed, and these are made. `keras.config.set_loading_limits` limits its size.

    Args:
        config: dict, string, or nested structure.
        custom_objects: the user's {name: class or function}.
        safe_mode: True refuses lambdas, whose code would run; False reads them. None: as the enclosing `safe_mode`
            says, such as `load_model`'s, and True elsewhere.
        module_objects: {name: object}, where plain strings are looked up.

    Raises:
        TypeError: a class or function cannot be found.
        ValueError: a name is not among `module_objects`, a lambda is read in safe mode, or the config is malformed.
    """
    module_objects = kwargs.pop("module_objects", None) or {}
    printable_name = kwargs.pop("printable_module_name", "object")
    if kwargs:
        raise TypeError(f"deserialize_keras_object received unknown arguments: {sorted(kwargs)}")
    with reading(config), CustomObjectScope(custom_objects), SafeMode(safe_mode):
        if isinstance(config, str):
            found = get_registered_object(config, module_objects=module_objects)
            if found is None and module_objects:
                raise unknown_name(printable_name, config, module_objects)
            return config if found is None else found
        if module_objects and isinstance(config, dict):
            config = _with_config(config)
        return _read(config, module_objects)


def _with_config(config):
    """The config of an object of a known kind, such as a loss: `config` may be absent, as in Keras."""
    if "class_name" not in config:
        raise ValueError(f"The dict has no `class_name`, so it describes nothing. Received: {reprlib.repr(config)}")
    return config if "config" in config else {**config, "config": None}


def _read(config, module_objects=None):
    """The object that a config describes, within the open scopes."""
    if config is None or isinstance(config, (int, float, bool)):
        return config
    if isinstance(config, str):
        found = get_registered_object(config)
        return config if found is None else found
    if isinstance(config, (list, tuple)):
        return list(map(_read, config))  # of a tuple too, as in Keras: tuples of files are dicts
    if not isinstance(config, dict):
        raise TypeError(f"A config is a dict, a list or a string. Received: {reprlib.repr(config)}")
    if "class_name" not in config or "config" not in config:
        return {key: _read(value) for key, value in config.items()}
    return _read_object(config, module_objects or {})


def _read_object(config, module_objects):
    kind = config["class_name"]
    if not isinstance(kind, str):
        raise _malformed(config, f"`class_name` must be a string, not {type(kind).__name__}")
    if kind == "__typespec__":
        raise TypeError("TypeSpecs of TensorFlow have no counterpart in minikeras, so no config can name one.")
    if kind.startswith("__"):
        return _read_value(kind, config["config"])
    if kind in FUNCTION_KINDS:
        if not isinstance(config["config"], str):
            raise TypeError(
                f"Expected 'config' to be a string, the name of a function. Received: {reprlib.repr(config)}"
            )
        return _find(config["config"], config, module_objects).value
    part = _find(kind, config, module_objects)
    return _instantiate(part, config) if inspect.isclass(part.value) or part.kind == "op" else part.value


def _find(name, config, module_objects):
    """The part with that name: the user's, or else the registry's."""
    is_function = name is config["config"]
    module, registered_name = config.get("module"), config.get("registered_name")
    for text in (name, module or "", registered_name or ""):
        if not isinstance(text, str):
            raise _malformed(config, f"names must be strings, not {type(text).__name__}")
    for key in (name, registered_name) if is_function else (registered_name, name):
        if key not in FUNCTION_KINDS and (found := get_registered_object(key)) is not None:
            return Part("custom", found)
    if name in module_objects:
        return Part("known", module_objects[name])
    part = find_part(module, name) if module or ">" not in (registered_name or "") else None
    if part is None and is_function:
        registered = get_registered_by_last_name(name)
        part = None if registered is None else Part("custom", registered)
    if part is not None and part.kind != "custom" and registered_name not in (None, "", name, *FUNCTION_KINDS):
        raise ValueError(
            f"'{name}' is resolved to a Keras built-in, but the config registers it as '{registered_name}'. Pass your "
            "own class in `custom_objects`, or remove `registered_name` from the config."
        )
    if part is None or (is_function and part.kind == "op"):
        raise UnusableConfigError(
            f"Could not locate '{name}'. If it is your own class or function, decorate it with "
            "`@keras.saving.register_keras_serializable()` or pass it in `custom_objects`. Otherwise it is not part of "
            "a model that a config may name."
        )
    return part


def _instantiate(part, config):
    own = {} if config["config"] is None else config["config"]
    if not isinstance(own, dict):
        raise UnusableConfigError(
            f"Expected 'config' to be a dict, not {type(own).__name__}. Received: {reprlib.repr(config)}"
        )
    if not inspect.isclass(part.value):
        settings = {word: deserialize_keras_object(x) if isinstance(x, dict) else x for word, x in own.items()}
        return ComposedOp.from_config(settings, config["class_name"])
    if not hasattr(part.value, "from_config"):
        raise TypeError(f"Unable to reconstruct an instance of {config['class_name']}: it has no from_config() method.")
    instance = part.value.from_config(dict(own))
    build_config = config.get("build_config")
    if build_config is not None and not isinstance(build_config, dict):
        raise _malformed(config, f"`build_config` must be a dict, not {type(build_config).__name__}")
    if build_config and hasattr(instance, "build_from_config") and not getattr(instance, "built", False):
        instance.build_from_config(build_config)
    if config.get("compile_config") and hasattr(instance, "compile_from_config"):
        instance.compile_from_config(config["compile_config"])
    return instance


def _malformed(config, reason):
    return ValueError(f"The config is malformed: {reason}. Received: {reprlib.repr(config)}")


# --- values --------------------------------------------------------------------------------------------------------


def _read_value(kind, config):
    if kind == "__ellipsis__":
        return Ellipsis
    if not isinstance(config, dict):
        raise ValueError(f"The config is malformed: a {kind} needs a dict. Received: {reprlib.repr(config)}")
    if kind == "__tensor__":
        return Tensor(_array(config["value"], config["dtype"]))
    if kind == "__keras_tensor__":
        return KerasTensor(config["shape"], dtype=config["dtype"])
    if kind == "__numpy__":
        return _array(config["value"], config["dtype"])
    if kind == "__bytes__":
        return config["value"].encode("latin-1")
    if kind == "__slice__":
        return slice(*[_bound(config[key]) for key in ("start", "stop", "step")])
    if kind == "__lambda__":
        return deserialize_lambda(config.get("value", config))
    raise ValueError(f"Unknown kind of value in a config: {kind!r}")


def _array(value, dtype):
    """An array of numbers. No dtype makes it larger than its nested lists."""
    dtype = standardize_dtype(dtype)
    if dtype == "string":
        raise ValueError("Arrays in configs hold numbers. Received: dtype='string'")
    try:
        return np.asarray(value, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"The config is malformed: {reprlib.repr(value)} is not an array of {dtype}") from error


def _bound(value):
    """A bound of a slice: an integer, a tensor or array that holds one, or None."""
    value = _read(value)
    if value is None or isinstance(value, (numbers.Integral, np.ndarray, Tensor, KerasTensor)):
        return value
    raise ValueError(f"The config is malformed: a slice has integer bounds. Received: {reprlib.repr(value)}")
