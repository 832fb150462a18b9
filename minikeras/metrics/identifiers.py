"""Conversion between metrics and their names, classes or configs."""

from minikeras.metrics import probabilistic, regression
from minikeras.serialization.kinds import Kind, classes_of, serialize_object_or_function

__all__ = ["deserialize", "get", "serialize"]

SHORT_NAMES = {
    "bce": probabilistic.BinaryCrossentropy,
    "mae": regression.MeanAbsoluteError,
    "mape": regression.MeanAbsolutePercentageError,
    "mse": regression.MeanSquaredError,
    "msle": regression.MeanSquaredLogarithmicError,
}


_CAPITALS = {name.upper(): cls for name, cls in SHORT_NAMES.items()}
_HINT = "Expected a name, a Metric or a function."
_METRICS = Kind("metric", _HINT, {**SHORT_NAMES, **_CAPITALS})


def register_exports(exports):
    """Register the names that `get` accepts: `exports` is the dict of what `minikeras.metrics` exports."""
    _METRICS.register(classes_of(exports))


def serialize(metric):
    """The config of a metric or metric function (see `keras.saving.serialize_keras_object`)."""
    return serialize_object_or_function(metric)


def deserialize(config, custom_objects=None):
    """The metric that a config describes, or the metric class of that name.

    Raises:
        ValueError: nothing has that name.
    """
    return _METRICS.deserialize(config, custom_objects)


def get(identifier):
    """A metric from a name ("mse", "MeanSquaredError"), a config, a class, a function, or a metric; None for None.

    The name of a class gives an instance with default arguments. ("accuracy" is the class `Accuracy` here; in `compile`
    its meaning depends on the model's output: see `resolve_metric`.)

    Raises:
        ValueError: there is no such metric; the message suggests similar names.
    """
    return _METRICS.get(identifier)
