"""Makes configs from objects."""

import inspect

import numpy as np

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.messages import warn
from minikeras.serialization.custom_objects import get_registered_name, is_registered
from minikeras.serialization.lambdas import serialize_lambda
from minikeras.serialization.op_names import op_class_name, op_module
from minikeras.serialization.registry import inner_name, public_name


def serialize_keras_object(obj):
    """A JSON-ready description of an object: layers, losses, …, functions, arrays, and nested structures of them.

    Raises:
        TypeError: an object has no `get_config`.
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
    if inspect.isroutine(obj) or inspect.isclass(obj):
        return function_config(obj)
    return _serialize_instance(obj)


def _tuple(named_tuple):
    return tuple(serialize_keras_object(item) for item in named_tuple)


def _serialize_value(obj):
    if isinstance(obj, (Tensor, Variable)):
        dtype = standardize_dtype(obj.dtype)  # a plain string, not a `tf.DType`
        return {"class_name": "__tensor__", "config": {"value": obj.array.tolist(), "dtype": dtype}}
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


def function_config(obj):
    """The config of a function or class: its name and kind, or a lambda's byte code."""
    if obj.__name__ == "<lambda>":
        warn(
            "There is a `lambda` in what is saved. To read it back, `safe_mode=False` must be passed to the "
            "loading function, since its code could do anything. A function with a name and `custom_objects` needs no "
            "such trust."
        )
        code = serialize_lambda(obj)
        return {"class_name": "__lambda__", "config": {"value": (code["code"], code["defaults"], code["closure"])}}
    kind = type(obj).__name__
    return {"module": "builtins", "class_name": kind, "config": get_registered_name(obj), "registered_name": kind}


def _argument_config(value):
    """The config of a constructor's argument. For a function of this library, such as an activation, it is its name."""
    if inspect.isfunction(value) and not is_registered(value) and str(value.__module__).startswith("minikeras."):
        return value.__name__
    return serialize_keras_object(value)


def _serialize_instance(obj):
    cls = type(obj)
    if not hasattr(obj, "get_config"):
        raise TypeError(
            f"Cannot serialize object {str(obj)[:80]} of type {cls.__name__}: its class must "
            "implement the `get_config()` method."
        )
    public = public_name(cls)
    if public is None and (op_name := op_class_name(obj)):
        return {
            "module": op_module(op_name),
            "class_name": op_name,
            "config": {key: serialize_keras_object(value) for key, value in obj.get_config().items()},
            "registered_name": op_name,
        }
    own_module = None if cls.__module__.startswith("minikeras.") or cls.__module__ == "__main__" else cls.__module__
    module, class_name = public or (own_module, cls.__name__)
    registered_name = None if public else get_registered_name(cls)
    if public == ("keras.models", "Functional"):  # public here, but in Keras's files under the module that defines it
        module, registered_name = "keras.src.models.functional", "Functional"
    if inner := inner_name(cls):
        module, registered_name = inner
    config = {
        "module": module,
        "class_name": class_name,
        "config": {key: serialize_keras_object(value) for key, value in obj.get_config().items()},
        "registered_name": registered_name,
    }
    build_config = obj.get_build_config() if hasattr(obj, "get_build_config") else None
    if build_config is not None:
        config["build_config"] = {key: serialize_keras_object(value) for key, value in build_config.items()}
    compile_config = obj.get_compile_config() if hasattr(obj, "get_compile_config") else None
    if compile_config is not None:
        config["compile_config"] = serialize_keras_object(compile_config)
    return config


def constructor_config(obj, leave_out=(), cls=None):
    """`get_config()` derived from `__init__`: each argument's name with the attribute of that name, serialized.

    Args:
        obj: the object.
        leave_out: arguments to leave out.
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
        config[parameter] = _argument_config(getattr(obj, parameter))
    return config


def _constructor_parameters(cls):
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    _, *parameters = inspect.signature(cls.__init__).parameters.values()  # the first is the object
    return [p.name for p in parameters if p.kind in named]


def dtype_config(dtype):
    """A dtype policy in the form of files."""
    if isinstance(dtype, str):
        dtype = standardize_dtype(dtype)
        return {"module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype}, "registered_name": None}
    return serialize_keras_object(dtype)
