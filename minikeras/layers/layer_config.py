"""A layer as a config: `get_config`, derived from the constructor, and `from_config`."""

import inspect
from functools import cache

from minikeras import dtype_policies, tree
from minikeras.base.limits import LimitExceededError
from minikeras.serialization import RefusedLambdaError, constructor_config, serialize_keras_object


def config_of(layer):
    """The constructor's arguments as a JSON-ready dict, derived from `__init__` (see `Layer.get_config`)."""
    config = layer._own_config()
    cls = _class_with_config(type(layer))
    if cls is None:
        return config  # the user's class adds its own arguments
    if cls.__module__.startswith("minikeras."):
        return {**config, **constructor_config(layer, leave_out=_OF_ALL_LAYERS, cls=cls)}
    name = {"name": config["name"]} if _takes_name(cls) else {}
    del config["name"]
    return {**name, **layer._captured_config(), **config}


def layer_from_config(cls, config):
    """A layer of a class from the result of `get_config`. The constructor gets the dtype policy, or its name."""
    try:
        return cls(**_with_policy(config))
    except (LimitExceededError, RefusedLambdaError):
        raise
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Error when deserializing class '{cls.__name__}' from its config: {error}. If the class has "
            "constructor arguments of "
            "its own, `get_config` must contain them and `__init__` must take **kwargs."
        ) from error


def _with_policy(config):
    """The config with its dtype policy as a user's constructor expects it: as a name if the name determines it."""
    if not isinstance(config.get("dtype"), dict):
        return config
    policy = dtype_policies.get(config["dtype"])
    named = not isinstance(policy, dtype_policies.DTypePolicyMap) and policy.quantization_mode is None
    return {**config, "dtype": policy.name if named else policy}


@cache
def _class_with_config(cls):
    """The class whose constructor arguments the base `get_config` lists.

    For a user's class derived from, say, Dense, that is Dense. For one derived from Layer or Model, which have no
    arguments of their own, it is the user's class, or None if that overrides `get_config` to add its arguments.
    """
    ours = next(base for base in cls.__mro__ if base.__module__.startswith("minikeras."))
    if cls is ours or ours.__name__ not in _WITHOUT_ARGUMENTS:
        return ours
    users = cls.__mro__[: cls.__mro__.index(ours)]
    return None if any("get_config" in base.__dict__ for base in users) else cls


_OF_ALL_LAYERS = ("name", "trainable", "dtype", "activity_regularizer", "autocast")
_WITHOUT_ARGUMENTS = ("Layer", "Model", "Functional", "Sequential")


def _takes_name(cls):
    """Whether the constructor accepts `name`: as a parameter, or through a parameter called **kwargs, as in Keras."""
    parameters = inspect.signature(cls.__init__).parameters
    return "name" in parameters or getattr(parameters.get("kwargs"), "kind", None) is inspect.Parameter.VAR_KEYWORD


def captured_config(layer):
    """The arguments that the constructor of a user's class was called with, and its defaults.

    Raises:
        NotImplementedError: an argument is not a string, number, Boolean or None, nor made of these.
    """
    args, kwargs = layer._constructor_arguments
    signature = inspect.signature(type(layer).__init__)
    try:
        bound = signature.bind(layer, *args, **kwargs)
    except TypeError:  # its `__new__` changed them
        raise not_serializable(layer, "its constructor arguments are not known") from None
    bound.apply_defaults()
    config = dict(list(bound.arguments.items())[1:])  # without the layer
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            config.update(config.pop(parameter.name, {}))
        elif parameter.kind is parameter.VAR_POSITIONAL and config.pop(parameter.name, ()):
            raise not_serializable(layer, f"`*{parameter.name}` have no names")
        elif parameter.kind is parameter.POSITIONAL_ONLY and parameter.name in config:
            raise not_serializable(layer, f"`{parameter.name}` can be given by position alone")
    config.pop("name", None)
    for name, value in config.items():
        if not all(isinstance(part, (str, int, float, type(None))) for part in tree.flatten(value)):
            raise not_serializable(layer, f"`{name}` is of type {type(value).__name__}")
    return {name: serialize_keras_object(value) for name, value in config.items()}


def not_serializable(layer, reason):
    return NotImplementedError(
        f"{type(layer).__name__} must define `get_config()`, and `from_config(config)` if that needs it. Without it, "
        f"only arguments made of strings, numbers, Booleans and None can be saved, but {reason}. Convert objects by "
        "`keras.saving.serialize_keras_object` and `keras.saving.deserialize_keras_object`."
    )
