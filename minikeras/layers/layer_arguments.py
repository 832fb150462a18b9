"""Checks of the arguments of layers' constructors."""

import inspect


def checked_trainable(trainable):
    if not isinstance(trainable, bool):
        raise ValueError(f"`trainable` must be True or False. Received: trainable={trainable!r}")
    return trainable


def take_input_shape(kwargs):
    """Pop the old-style arguments for the input shape of a first layer."""
    input_dim, input_shape = kwargs.pop("input_dim", None), kwargs.pop("input_shape", None)
    batch_size, batch_shape = kwargs.pop("batch_size", None), kwargs.pop("batch_input_shape", None)
    if input_dim is not None:
        input_shape = (input_dim,)
    if input_shape is not None:
        input_shape = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        batch_shape = (batch_size, *input_shape)
    return None if batch_shape is None else tuple(batch_shape)


def accepted_arguments(cls):
    names = [name for base in cls.__mro__ for name in _signature_names(base.__init__)]
    return [name for name in dict.fromkeys(names) if name not in ("self", "args", "kwargs")]


def _signature_names(function):
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
