"""Metrics by name, by class, by config; and back."""

import inspect

from minikeras.metrics import probabilistic, regression
from minikeras.naming import to_snake_case
from minikeras.serialization import (
    deserialize_keras_object,
    function_config,
    object_from,
    serialize_keras_object,
)

__all__ = ["deserialize", "get", "serialize"]

SHORT_NAMES = {
    "bce": probabilistic.BinaryCrossentropy,
    "mae": regression.MeanAbsoluteError,
    "mape": regression.MeanAbsolutePercentageError,
    "mse": regression.MeanSquaredError,
    "msle": regression.MeanSquaredLogarithmicError,
}


_classes = {}


def register_exports(exports):
    """Let names mean the classes among `exports`, a dict: what `minikeras.metrics` exports."""
    _classes.update({name: value for name, value in exports.items() if inspect.isclass(value)})


def known_metrics():
    """{name: class}: the classes that `minikeras.metrics` exports, also in snake case, and the short names."""
    snake_case = {to_snake_case(name): cls for name, cls in _classes.items()}
    capitals = {name.upper(): cls for name, cls in SHORT_NAMES.items()}
    return {**_classes, **snake_case, **SHORT_NAMES, **capitals}


def serialize(metric):
    """The config of a metric or metric function (see `keras.saving.serialize_keras_object`)."""
    return function_config(metric) if inspect.isfunction(metric) else serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric that a config describes, or the metric class of that name.

    Raises:
        ValueError: nothing has that name.
    """
    return deserialize_keras_object(
        config, custom_objects=custom_objects, module_objects=known_metrics(), printable_module_name="metric"
    )


def get(identifier):
    """A metric from a name ("mse", "MeanSquaredError"), a config, a class, a function, or a metric; None for None.

    The name of a class gives an instance with default arguments. ("accuracy" here is the class `Accuracy`; what
    `compile` makes of it depends on the model's output: see `resolve_metric`.)

    Raises:
        ValueError: the identifier names no metric, with the nearest names that exist.
    """
    return object_from(identifier, "metric", known_metrics(), deserialize, "Expected a name, a Metric or a function.")
