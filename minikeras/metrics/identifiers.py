"""Metrics by name, by class, by config; and back."""

import inspect

from minikeras.metrics import accuracy, mean, regression
from minikeras.metrics.metric import Metric
from minikeras.naming import to_snake_case
from minikeras.serialization import deserialize_keras_object, serialize_keras_object, unknown_name

_CLASSES = (
    Metric,
    accuracy.Accuracy,
    accuracy.BinaryAccuracy,
    accuracy.CategoricalAccuracy,
    accuracy.SparseCategoricalAccuracy,
    accuracy.SparseTopKCategoricalAccuracy,
    accuracy.TopKCategoricalAccuracy,
    mean.Mean,
    mean.MeanMetricWrapper,
    mean.Sum,
    regression.MeanAbsoluteError,
    regression.MeanSquaredError,
)
_SHORT_NAMES = {
    "mae": regression.MeanAbsoluteError,
    "mse": regression.MeanSquaredError,
}
KNOWN_METRICS = {
    **{cls.__name__: cls for cls in _CLASSES},
    **{to_snake_case(cls.__name__): cls for cls in _CLASSES},
    **_SHORT_NAMES,
    **{name.upper(): cls for name, cls in _SHORT_NAMES.items()},
}


def serialize(metric):
    """The config of a metric (see `keras.saving.serialize_keras_object`)."""
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric that a config describes, or the metric class of that name.

    Raises:
        ValueError: nothing has that name.
    """
    return deserialize_keras_object(
        config, custom_objects=custom_objects, module_objects=KNOWN_METRICS, printable_module_name="metric"
    )


def get(identifier):
    """A metric from a name ("mse", "MeanSquaredError"), a config, a class, a function, or a metric; None for None.

    The name of a class gives an instance with default arguments. ("accuracy" here is the class `Accuracy`; what
    `compile` makes of it depends on the model's output: see `resolve_metric`.)

    Raises:
        ValueError: the identifier names no metric, with the nearest names that exist.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        found = _by_name(identifier)
    elif isinstance(identifier, dict):
        found = deserialize(identifier)
    else:
        found = identifier
    if inspect.isclass(found):
        found = found()
    if not callable(found):
        raise ValueError(
            f"Could not interpret metric identifier: {identifier!r}. Expected a name, a Metric or a function."
        )
    return found


def _by_name(name):
    try:
        return deserialize(name)
    except ValueError:
        raise ValueError(
            f"Could not interpret metric identifier. {unknown_name('metric', name, KNOWN_METRICS)}"
        ) from None
