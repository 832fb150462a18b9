"""Losses by name, by class, by config; and back."""

import inspect

from minikeras.losses import crossentropy, regression
from minikeras.losses.function_wrapper import LossFunctionWrapper
from minikeras.losses.loss import Loss
from minikeras.serialization import deserialize_keras_object, serialize_keras_object, unknown_name

_CLASSES = (
    Loss,
    LossFunctionWrapper,
    crossentropy.BinaryCrossentropy,
    crossentropy.CategoricalCrossentropy,
    crossentropy.SparseCategoricalCrossentropy,
    regression.CosineSimilarity,
    regression.Huber,
    regression.LogCosh,
    regression.MeanAbsoluteError,
    regression.MeanAbsolutePercentageError,
    regression.MeanSquaredError,
    regression.MeanSquaredLogarithmicError,
)
_FUNCTIONS = (
    crossentropy.binary_crossentropy,
    crossentropy.categorical_crossentropy,
    crossentropy.sparse_categorical_crossentropy,
    regression.cosine_similarity,
    regression.huber,
    regression.log_cosh,
    regression.mean_absolute_error,
    regression.mean_absolute_percentage_error,
    regression.mean_squared_error,
    regression.mean_squared_logarithmic_error,
)
_SHORT_NAMES = {
    "bce": crossentropy.binary_crossentropy,
    "mae": regression.mean_absolute_error,
    "mape": regression.mean_absolute_percentage_error,
    "mse": regression.mean_squared_error,
    "msle": regression.mean_squared_logarithmic_error,
}
KNOWN_LOSSES = {
    **{item.__name__: item for item in (*_CLASSES, *_FUNCTIONS)},
    **_SHORT_NAMES,
    **{name.upper(): function for name, function in _SHORT_NAMES.items()},
}


def serialize(loss):
    """The config of a loss or loss function (see `keras.saving.serialize_keras_object`)."""
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss that a config describes, or the loss or function of that name.

    Raises:
        ValueError: nothing has that name.
    """
    return deserialize_keras_object(
        name, custom_objects=custom_objects, module_objects=KNOWN_LOSSES, printable_module_name="loss"
    )


def get(identifier):
    """A loss from a name ("mse", "MeanSquaredError"), a config, a class, a function, or a loss; None for None.

    The name of a function gives the function, the name of a class an instance with default arguments.

    Raises:
        ValueError: the identifier names no loss, with the nearest names that exist.
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
        raise ValueError(f"Could not interpret loss identifier: {identifier!r}. Expected a name, a Loss or a function.")
    return found


def _by_name(name):
    try:
        return deserialize(name)
    except ValueError:
        raise ValueError(f"Could not interpret loss identifier. {unknown_name('loss', name, KNOWN_LOSSES)}") from None
