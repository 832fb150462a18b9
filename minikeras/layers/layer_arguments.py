"""Checks of the arguments of layers' constructors."""

import inspect

from minikeras.base.messages import warn


def checked_trainable(trainable):
    if not isinstance(trainable, bool):
        raise ValueError(f"`trainable` has to be a boolean. Received: trainable={trainable!r}")
    return trainable


def take_input_shape(kwargs):
    """Pop the old-style arguments for the input shape of a first layer, with a warning; None without one."""
    input_dim, input_shape = kwargs.pop("input_dim", None), kwargs.pop("input_shape", None)
    if input_dim is not None:
        input_shape = (input_dim,)
    if input_shape is None:
        return None
    warn(
        f"A layer needs no `input_shape` or `input_dim`. Received: {input_shape}. Begin the model with "
        f"`keras.Input({input_shape})` in their place."
    )
    return input_shape


def accepted_arguments(cls):
    names = [name for base in cls.__mro__ for name in _signature_names(base.__init__)]
    return [name for name in dict.fromkeys(names) if name not in ("self", "args", "kwargs")]


def _signature_names(function):
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
