"""Objects to JSON-ready dicts and back, in the form of Keras's files.

    {"module": "keras.layers", "class_name": "Dense", "config": {…}, "registered_name": None}

The registry is the list of public names: `minikeras.layers.Dense` is found as "keras.layers" / "Dense". A class of the
user's own is found if it is in `custom_objects`, in an open `CustomObjectScope`, or registered by the decorator
`register_keras_serializable`. Nothing in a config is ever executed: a lambda is refused unless `safe_mode=False`.
"""

import base64
import inspect
import marshal
import sys
import types

import numpy as np

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import COMPOSED, ComposedOp, Op
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.config import unsafe_deserialization_enabled
from minikeras.dtypes import standardize_dtype
from minikeras.suggestions import did_you_mean

# Namespaces whose classes files name: the first that exports a class is the module written. "" is `keras` itself.
NAMESPACES = (
    *("", "layers", "initializers", "regularizers", "constraints", "activations", "losses", "metrics"),
    *("optimizers.schedules", "optimizers", "callbacks", "models", "random", "dtype_policies", "saving"),
)
_custom_objects = {}  # registered name -> class or function
_custom_names = {}  # class or function -> registered name
_scopes = []  # dicts of the open CustomObjectScopes


class CustomObjectScope:
    """Within it, configs may name the classes and functions of `custom_objects` ({name: object})."""

    def __init__(self, custom_objects):
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self):
        _scopes.append(self.custom_objects)
        return self

    def __exit__(self, *error):
        _scopes.remove(self.custom_objects)


custom_object_scope = CustomObjectScope


def get_custom_objects():
    """The dict of registered custom objects, which may be changed in place."""
    return _custom_objects


def register_keras_serializable(package="Custom", name=None):
    """Decorator that registers a class or function as `package>name`, so that files can name it.

    Raises:
        ValueError: a class without `get_config`.
    """

    def register(arg):
        if inspect.isclass(arg) and not hasattr(arg, "get_config"):
            raise ValueError(f"Cannot register {arg.__name__}: it has no get_config() method.")
        registered_name = f"{package}>{name or arg.__name__}"
        _custom_objects[registered_name] = arg
        _custom_names[arg] = registered_name
        return arg

    return register


def get_registered_name(obj):
    """The name under which an object is registered, or its own name."""
    return _custom_names.get(obj, getattr(obj, "__name__", None))


def get_registered_object(name, custom_objects=None, module_objects=None):
    """The object registered under `name`, looked up in open scopes, the arguments and the registry; else None."""
    for table in (*reversed(_scopes), custom_objects or {}, _custom_objects, module_objects or {}):
        if name in table:
            return table[name]
    return None


def constructor_config(obj, leave_out=(), cls=None):
    """`get_config()` derived from `__init__`: each argument's name with the attribute of that name, serialized.

    Args:
        obj: the object.
        leave_out: arguments that are not wanted.
        cls: the class whose constructor is read; the object's own if None.

    Raises:
        NotImplementedError: the constructor has an argument that the object does not keep as an attribute.
    """
    config = {}
    for parameter in _constructor_parameters(cls or type(obj)):
        if parameter in leave_out:
            continue
        if not hasattr(obj, parameter):
            raise NotImplementedError(
                f"{type(obj).__name__} does not keep its constructor argument `{parameter}` as an attribute, so its "
                "config cannot be derived. Store it as `self."
                f"{parameter}` or write a get_config() method."
            )
        config[parameter] = serialize_keras_object(getattr(obj, parameter))
    return config


def _constructor_parameters(cls):
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(cls.__init__).parameters.values()
    return [p.name for p in parameters if p.kind in named and p.name != "self"]


def public_name(cls):
    """("keras.layers", "Dense") for a class that minikeras exports, else None."""
    package = sys.modules.get("minikeras")
    for namespace in NAMESPACES:
        module = package
        for part in namespace.split(".") if namespace else ():
            module = getattr(module, part, None)
        if getattr(module, cls.__name__, None) is cls:
            return ("keras." + namespace).rstrip("."), cls.__name__
    return None


def serialize_keras_object(obj):
    """A JSON-ready description of an object: layers, losses, …, functions, arrays, and nested structures of them.

    Raises:
        ValueError: an object without `get_config`.
    """
    if obj is None or (isinstance(obj, (str, int, float, bool)) and not isinstance(obj, np.generic)):
        return obj
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, (list, tuple)):
        return type(obj)(serialize_keras_object(item) for item in obj) if type(obj) in (list, tuple) else _tuple(obj)
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if (value := _serialize_value(obj)) is not None:
        return value
    if inspect.isfunction(obj) or inspect.isbuiltin(obj) or inspect.isclass(obj):
        return _serialize_function(obj)
    return _serialize_instance(obj)


def _tuple(named_tuple):
    return tuple(serialize_keras_object(item) for item in named_tuple)


def _serialize_value(obj):
    if isinstance(obj, (Tensor, Variable)):
        return {"class_name": "__tensor__", "config": {"value": obj.array.tolist(), "dtype": obj.dtype}}
    if isinstance(obj, KerasTensor):
        history = list(obj._keras_history) if obj._keras_history else None
        if history:
            history[0] = history[0].name
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": obj.shape, "dtype": obj.dtype, "keras_history": history},
        }
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("latin-1")}}
    if isinstance(obj, slice):
        bounds = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": {key: serialize_keras_object(n) for key, n in bounds.items()}}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, np.dtype):
        return obj.name
    return None


def _serialize_function(obj):
    if obj not in _custom_names and obj.__name__ != "<lambda>" and str(obj.__module__).startswith("minikeras."):
        return obj.__name__  # a function of the library's own, such as an activation: its name says all
    return function_config(obj)


def function_config(obj):
    """The long form for a function or class, in which Keras writes losses and metrics; a lambda's byte code."""
    if obj.__name__ == "<lambda>":
        return {"class_name": "__lambda__", "config": {"value": serialize_lambda(obj)}}
    kind = "class" if inspect.isclass(obj) else "function"
    return {
        "module": "builtins",
        "class_name": kind,
        "config": obj.__name__,
        "registered_name": _custom_names.get(obj, kind),
    }


def _serialize_instance(obj):
    cls = type(obj)
    if not hasattr(obj, "get_config"):
        raise ValueError(f"Cannot serialize {str(obj)[:80]} of type {cls.__name__}: it has no get_config() method.")
    public = public_name(cls)
    if public is None and (op_name := op_class_name(obj)):
        return {
            "module": op_module(op_name),
            "class_name": op_name,
            "config": {key: serialize_keras_object(value) for key, value in obj.get_config().items()},
            "registered_name": op_name,
        }
    module, class_name = public or (None, cls.__name__)
    registered_name = None if module else get_registered_name(cls)
    if public == ("keras.models", "Functional"):  # public here, but in Keras's files under the module that defines it
        module, registered_name = "keras.src.models.functional", "Functional"
    config = {
        "module": module,
        "class_name": class_name,
        "config": obj.get_config(),
        "registered_name": registered_name,
    }
    build_config = obj.get_build_config() if hasattr(obj, "get_build_config") else None
    if build_config is not None:
        config["build_config"] = {key: serialize_keras_object(value) for key, value in build_config.items()}
    compile_config = obj.get_compile_config() if hasattr(obj, "get_compile_config") else None
    if compile_config is not None:
        config["compile_config"] = compile_config
    return config


def op_class_name(operation):
    """The name that files have for an op of ours (Keras's name of the class), or None for other objects."""
    if isinstance(operation, ComposedOp):
        return operation.class_name
    return type(operation).__name__ if isinstance(operation, Op) else None


# The operations of keras.src.ops.core; those that are in no namespace of `keras.ops` and not here are in …ops.math.
CORE_OPS = (
    *("Map", "Scan", "AssociativeScan", "Scatter", "ScatterUpdate", "Slice", "SliceUpdate", "Switch", "WhileLoop"),
    *("StopGradient", "ForiLoop", "Unstack", "Cast", "SaturateCast", "ConvertToTensor", "Cond", "VectorizedMap"),
)


def op_module(class_name):
    """The module of Keras that files name for an op, so that Keras finds its class."""
    if class_name in CORE_OPS:
        return "keras.src.ops.core"
    for module in ("nn", "linalg", "image", "numpy"):
        functions = getattr(sys.modules.get(f"minikeras.ops.{module}"), "__all__", ())
        if class_name.lower() in {name.replace("_", "") for name in functions}:  # IsIn: isin, TopK: top_k
            return f"keras.src.ops.{module}"
    return "keras.src.ops.math"


def find_op(class_name):
    """The Op class of that name, or `ComposedOp` if it is the name of a composed function; else None."""
    if class_name in COMPOSED:
        return ComposedOp
    waiting = [Op]
    while waiting:
        cls = waiting.pop()
        if cls.__name__ == class_name and cls is not Op:
            return cls
        waiting += cls.__subclasses__()
    return None


def serialize_lambda(function):
    """A lambda's byte code, as text. Only to be read back with `safe_mode=False`."""
    closure = function.__closure__
    return {
        "code": base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii"),
        "defaults": function.__defaults__,
        "closure": None if closure is None else tuple(cell.cell_contents for cell in closure),
    }


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs):
    """The object that a config describes (see `serialize_keras_object`).

    Args:
        config: dict, string, or nested structure.
        custom_objects: {name: class or function} of the user's own.
        safe_mode: True refuses lambdas, whose code would run.
        module_objects: {name: object}, where plain strings are looked up.

    Raises:
        ValueError: unknown class, or a lambda in safe mode.
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
    if config["class_name"] == "function" or config["class_name"] == "class":
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
    with CustomObjectScope(custom_objects), _SafeMode(safe_mode):
        instance = cls.from_config(config["config"])
        build_config = config.get("build_config")
        if build_config and hasattr(instance, "build_from_config") and not getattr(instance, "built", False):
            instance.build_from_config(build_config)
        if config.get("compile_config") and hasattr(instance, "compile_from_config"):
            instance.compile_from_config(config["compile_config"])
    return instance


_safe_modes = [True]


class _SafeMode:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        _safe_modes.append(self.value)

    def __exit__(self, *error):
        _safe_modes.pop()


def in_safe_mode():
    """Whether the deserialization that is under way refuses lambdas."""
    return _safe_modes[-1] and not unsafe_deserialization_enabled()


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
        return deserialize_lambda(config["value"], again["safe_mode"] and in_safe_mode())
    raise ValueError(f"Unknown kind of value in a config: {class_name!r}")


def deserialize_lambda(value, safe_mode=True):
    """The lambda whose byte code `serialize_lambda` wrote.

    Raises:
        ValueError: in safe mode, since the code could do anything.
    """
    if safe_mode and not unsafe_deserialization_enabled():
        raise ValueError(
            "The config contains a lambda, whose code would run. If you trust its origin, load it with "
            "`safe_mode=False` (or call `keras.config.enable_unsafe_deserialization()`)."
        )
    code = marshal.loads(base64.decodebytes(value["code"].encode("ascii")))
    closure = tuple(types.CellType(content) for content in value["closure"] or ())
    defaults = None if value["defaults"] is None else tuple(value["defaults"])
    return types.FunctionType(code, {**sys.modules["builtins"].__dict__, "np": np}, code.co_name, defaults, closure)


def _find(name, module, registered_name, custom_objects, module_objects):
    for key in (registered_name, name):
        found = get_registered_object(key, custom_objects)
        if found is not None:
            return found
    if name in module_objects:
        return module_objects[name]
    if str(module).startswith("keras.src.ops") and (op := find_op(name)) is not None:
        return op  # not the layer of the same name, such as Reshape
    package = sys.modules.get("minikeras")
    if module == "keras" or str(module).startswith("keras."):
        target = package
        for part in module.split(".")[1:]:
            target = getattr(target, part, None)
        if hasattr(target, name):
            return getattr(target, name)
    for namespace in NAMESPACES:  # older files, and modules of Keras's inside such as keras.src.models.sequential
        target = package
        for part in namespace.split(".") if namespace else ():
            target = getattr(target, part, None)
        found = getattr(target, str(name), None)
        if inspect.isclass(found) or inspect.isfunction(found):
            return found
    if (op := find_op(name)) is not None:
        return op
    raise ValueError(
        f"Could not locate '{name}'. If it is your own class or function, decorate it with "
        "`@keras.saving.register_keras_serializable()` or pass it in `custom_objects`."
    )


def unknown_name(kind, name, known):
    """A ValueError for a string that names nothing, with the nearest names that exist."""
    return ValueError(f"Unknown {kind}: {name!r}.{did_you_mean(str(name), list(known))}")


def dtype_config(dtype):
    """A dtype policy as files have it."""
    if isinstance(dtype, str):
        dtype = standardize_dtype(dtype)
        return {"module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype}, "registered_name": None}
    return serialize_keras_object(dtype)
