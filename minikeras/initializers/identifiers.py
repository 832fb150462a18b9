"""Conversion of names, configs and tensors to initializers, and back."""

import numpy as np

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.tensor import Tensor, cast_array
from minikeras.initializers.constant_initializers import STFT, Identity, Ones, Zeros
from minikeras.initializers.distributions import RandomNormal, RandomUniform
from minikeras.initializers.orthogonal import Orthogonal
from minikeras.serialization import serialize_keras_object
from minikeras.serialization.kinds import Kind, classes_of

_HINT = (
    "Use a name such as 'glorot_uniform', an initializer such as GlorotUniform(seed=1), a tensor, or a function "
    "(shape, dtype)."
)
_SECOND_NAMES = {"normal": RandomNormal, "one": Ones, "uniform": RandomUniform, "zero": Zeros}
_SECOND_NAMES |= {"IdentityInitializer": Identity, "OrthogonalInitializer": Orthogonal, "STFTInitializer": STFT}
_INITIALIZERS = Kind("initializer", _HINT, _SECOND_NAMES)


def register_exports(exports):
    """Register the names that `get` accepts: `exports` is the dict of what `minikeras.initializers` exports."""
    _INITIALIZERS.register(classes_of(exports))


def serialize(initializer):
    """{"module": "keras.initializers", "class_name": "GlorotUniform", "config": {…}, "registered_name": None}"""
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The initializer that a config describes."""
    return _INITIALIZERS.deserialize(config, custom_objects)


def get(identifier):
    """An initializer from its name ("glorot_uniform"), class, config, a tensor, or itself; None from None.

    Each name gives a new object: two layers that name the same initializer get different values.

    Raises:
        ValueError: no initializer has that name, or it is something that cannot be called.
    """
    if isinstance(identifier, (Tensor, np.ndarray, np.generic)):
        return _initializer_of_values(identifier)
    return _INITIALIZERS.get(identifier)


def _initializer_of_values(values):
    def initialize(shape, dtype=None):
        if tuple(shape) != tuple(values.shape):
            raise ValueError(
                f"Expected `shape` to be {tuple(values.shape)} for direct tensor as initializer. "
                f"Received shape={tuple(shape)}"
            )
        return Tensor(cast_array(values, standardize_dtype(dtype), "`initializer`"))

    return initialize
