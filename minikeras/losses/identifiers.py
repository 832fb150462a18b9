"""Conversion between losses and their names, classes or configs."""

from minikeras.losses import crossentropy, probabilistic, regression
from minikeras.losses.loss import LossFunctionWrapper
from minikeras.serialization.kinds import Kind, parts_of, serialize_object_or_function

__all__ = ["deserialize", "get", "serialize"]

SHORT_NAMES = {
    "bce": crossentropy.binary_crossentropy,
    "kld": probabilistic.kl_divergence,
    "mae": regression.mean_absolute_error,
    "mape": regression.mean_absolute_percentage_error,
    "mse": regression.mean_squared_error,
    "msle": regression.mean_squared_logarithmic_error,
}


_CAPITALS = {name.upper(): function for name, function in SHORT_NAMES.items()}
_FURTHER_NAMES = {**SHORT_NAMES, **_CAPITALS, "LossFunctionWrapper": LossFunctionWrapper}
_LOSSES = Kind("loss", "Expected a name, a Loss or a function.", _FURTHER_NAMES)


def register_exports(exports):
    """Register the names that `get` accepts: `exports` is the dict of what `minikeras.losses` exports."""
    _LOSSES.register(parts_of(exports))


def serialize(loss):
    """The config of a loss or loss function (see `keras.saving.serialize_keras_object`)."""
    return serialize_object_or_function(loss)


def deserialize(name, custom_objects=None):
    """The loss that a config describes, or the loss or function of that name.

    Raises:
        ValueError: nothing has that name.
    """
    return _LOSSES.deserialize(name, custom_objects)


def get(identifier):
    """A loss from a name ("mse", "MeanSquaredError"), a config, a class, a function, or a loss; None for None.

    The name of a function gives the function, the name of a class an instance with default arguments.

    Raises:
        ValueError: there is no such loss; the message suggests similar names.
    """
    return _LOSSES.get(identifier)
