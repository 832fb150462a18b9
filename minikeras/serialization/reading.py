"""Configs to objects."""

import inspect
import sys
import types

import numpy as np

from minikeras.autodiff.composed import ComposedOp
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.serialization.custom_objects import CustomObjectScope, get_registered_object
from minikeras.serialization.identifiers import unknown_name
from minikeras.serialization.lambdas import SafeMode, deserialize_lambda, in_safe_mode
from minikeras.serialization.public_names import NAMESPACES, find_op

# Where a config may find functions, which a layer could call.
FUNCTIONS_OF_MODELS = (
    *("activations", "initializers", "regularizers", "constraints"),
    *("losses", "metrics", "ops", "random"),
)
FUNCTION_KINDS = ("function", "builtin_function_or_method", "method", "type", "class")


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs):
    """The object that a config describes (see `serialize_keras_object`).

    Args:
        config: dict, string, or nested structure.
        custom_objects: {name: class or function} of the user's own.
        safe_mode: True refuses lambdas, whose code would run.
        module_objects: {name: object}, where plain strings are looked up.

    Raises:
        TypeError: a class or function that cannot be found.
        ValueError: a name that is not among `module_objects`, or a lambda in safe mode.
    """
    module_objects = kwargs.pop("module_objects", None) or {}
    printable_name = kwargs.pop("printable_module_name", "object")
    if kwargs:
        raise TypeError(f"deserialize_keras_object received unknown arguments: {sorted(kwargs)}")
    again = {"custom_objects": custom_objects, "safe_mode": safe_mode}
    if config is None or isinstance(config, (int, float, bool)):
        return config
    if isinstance(config, str):
        found = get_registered_object(config, custom_objects, module_objects)
        if found is None and module_objects:
            raise unknown_name(printable_name, config, module_objects)
        return config if found is None else found
    if isinstance(config, (list, tuple)):
        return type(config)(deserialize_keras_object(item, **again) for item in config)
    if not isinstance(config, dict):
        raise TypeError(f"A config is a dict, a list or a string. Received: {str(config)[:80]}")
    if "class_name" not in config or "config" not in config:
        return {key: deserialize_keras_object(value, **again) for key, value in config.items()}
    if str(config["class_name"]).startswith("__"):
        return _deserialize_value(config["class_name"], config["config"], again)
    if config["class_name"] in FUNCTION_KINDS:
        return _find(
            config["config"], config.get("module"), config.get("registered_name"), custom_objects, module_objects
        )
    cls = _find(
        config["class_name"], config.get("module"), config.get("registered_name"), custom_objects, module_objects
    )
    return _instantiate(cls, config, custom_objects, safe_mode)


def _instantiate(cls, config, custom_objects, safe_mode):
    if isinstance(cls, types.FunctionType):
        return cls
    if cls is ComposedOp:
        return ComposedOp.from_config(config["config"], config["class_name"])
    if not hasattr(cls, "from_config"):
        raise ValueError(f"Cannot make a {config['class_name']} of a config: the class has no from_config() method.")
    with CustomObjectScope(custom_objects), SafeMode(safe_mode):
        instance = cls.from_config(config["config"])
        build_config = config.get("build_config")
        if build_config and hasattr(instance, "build_from_config") and not getattr(instance, "built", False):
            instance.build_from_config(build_config)
        if config.get("compile_config") and hasattr(instance, "compile_from_config"):
            instance.compile_from_config(config["compile_config"])
    return instance


def _deserialize_value(class_name, config, again):
    if class_name == "__tensor__":
        return Tensor(np.asarray(config["value"], config["dtype"]))
    if class_name == "__keras_tensor__":
        return KerasTensor(config["shape"], dtype=config["dtype"])
    if class_name == "__numpy__":
        return np.asarray(config["value"], config["dtype"])
    if class_name == "__bytes__":
        return config["value"].encode("latin-1")
    if class_name == "__ellipsis__":
        return Ellipsis
    if class_name == "__slice__":
        return slice(*[deserialize_keras_object(config[key], **again) for key in ("start", "stop", "step")])
    if class_name == "__lambda__":
        return deserialize_lambda(config.get("value", config), again["safe_mode"] and in_safe_mode())
    raise ValueError(f"Unknown kind of value in a config: {class_name!r}")


def _find(name, module, registered_name, custom_objects, module_objects):
    for key in (registered_name, name):
        found = get_registered_object(key, custom_objects)
        if found is not None:
            return found
    if name in module_objects:
        return module_objects[name]
    if str(module).startswith("keras.src.ops") and (op := find_op(name)) is not None:
        return op  # not the layer of the same name, such as Reshape
    if module == "keras" or str(module).startswith("keras."):
        found = _exported(module.partition(".")[2], name)
        if found is not None:
            return found
    for namespace in NAMESPACES:  # older files, and modules of Keras's inside such as keras.src.models.sequential
        found = _exported(namespace, str(name))
        if found is not None:
            return found
    if (op := find_op(name)) is not None:
        return op
    raise TypeError(
        f"Could not locate '{name}'. If it is your own class or function, decorate it with "
        "`@keras.saving.register_keras_serializable()` or pass it in `custom_objects`."
    )


def _exported(namespace, name):
    """The class or function of that name in a namespace such as "layers" ("": the top), or None.

    Only what is our own and has its place in a model: a file must not reach what other modules import, nor functions
    such as `utils.get_file`, which a Lambda layer would run.
    """
    target = sys.modules.get("minikeras")
    for part in namespace.split(".") if namespace else ():
        target = getattr(target, part, None)
    found = getattr(target, name, None)
    if not str(getattr(found, "__module__", None)).startswith("minikeras."):
        return None
    if inspect.isclass(found):
        return found
    return found if callable(found) and namespace.split(".")[0] in FUNCTIONS_OF_MODELS else None
