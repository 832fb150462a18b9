"""Losses by name, by class, by config; and back."""

import inspect

from minikeras.losses import crossentropy, probabilistic, regression
from minikeras.losses.function_wrapper import LossFunctionWrapper
from minikeras.serialization import (
    deserialize_keras_object,
    function_config,
    object_from,
    serialize_keras_object,
)

__all__ = ["deserialize", "get", "serialize"]

SHORT_NAMES = {
    "bce": crossentropy.binary_crossentropy,
    "kld": probabilistic.kl_divergence,
    "mae": regression.mean_absolute_error,
    "mape": regression.mean_absolute_percentage_error,
    "mse": regression.mean_squared_error,
    "msle": regression.mean_squared_logarithmic_error,
}


_exported = {}


def register_exports(exports):
    """Let names mean the classes and functions of `exports`, a dict: what `minikeras.losses` exports."""
    _exported.update({name: value for name, value in exports.items() if name not in __all__})


def known_losses():
    """{name: class or function}: what `minikeras.losses` exports, and the short names in small and capital letters."""
    capitals = {name.upper(): function for name, function in SHORT_NAMES.items()}
    return {**_exported, **SHORT_NAMES, **capitals, "LossFunctionWrapper": LossFunctionWrapper}


def serialize(loss):
    """The config of a loss or loss function (see `keras.saving.serialize_keras_object`)."""
    return function_config(loss) if inspect.isfunction(loss) else serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss that a config describes, or the loss or function of that name.

    Raises:
        ValueError: nothing has that name.
    """
    return deserialize_keras_object(
        name, custom_objects=custom_objects, module_objects=known_losses(), printable_module_name="loss"
    )


def get(identifier):
    """A loss from a name ("mse", "MeanSquaredError"), a config, a class, a function, or a loss; None for None.

    The name of a function gives the function, the name of a class an instance with default arguments.

    Raises:
        ValueError: the identifier names no loss, with the nearest names that exist.
    """
    return object_from(identifier, "loss", known_losses(), deserialize, "Expected a name, a Loss or a function.")
