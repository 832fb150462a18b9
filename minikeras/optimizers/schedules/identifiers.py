"""Conversion between schedules and their configs."""

from minikeras.optimizers.schedules.cosine_decay import CosineDecay
from minikeras.optimizers.schedules.cosine_decay_restarts import CosineDecayRestarts
from minikeras.optimizers.schedules.exponential_decay import ExponentialDecay
from minikeras.optimizers.schedules.inverse_time_decay import InverseTimeDecay
from minikeras.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay
from minikeras.optimizers.schedules.polynomial_decay import PolynomialDecay
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

_CLASSES = (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
_BY_NAME = {cls.__name__: cls for cls in _CLASSES}


def serialize(learning_rate_schedule):
    """{"module": "keras.optimizers.schedules", "class_name": "CosineDecay", "config": {…}, "registered_name": None}"""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule that a config describes."""
    return deserialize_keras_object(
        config, module_objects=_BY_NAME, custom_objects=custom_objects, printable_module_name="schedule"
    )
