"""From a name, a config or a tensor to an initializer, and back."""

import inspect

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.dtypes import standardize_dtype
from minikeras.initializers.constant import Constant, Ones, Zeros
from minikeras.initializers.distributions import RandomNormal, RandomUniform, TruncatedNormal
from minikeras.initializers.identity import Identity
from minikeras.initializers.initializer import Initializer
from minikeras.initializers.orthogonal import Orthogonal
from minikeras.initializers.stft import STFT
from minikeras.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)
from minikeras.naming import to_snake_case
from minikeras.serialization import (
    deserialize_keras_object,
    object_from,
    serialize_keras_object,
)

_CLASSES = (
    *(Initializer, Constant, Ones, Zeros, Identity, STFT, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal),
    *(VarianceScaling, GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform),
)
_BY_NAME = {name: cls for cls in _CLASSES for name in (cls.__name__, to_snake_case(cls.__name__))}
_BY_NAME |= {
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
    "STFTInitializer": STFT,
    "normal": RandomNormal,
    "one": Ones,
    "uniform": RandomUniform,
    "zero": Zeros,
}
_HINT = (
    "Use a name such as 'glorot_uniform', an initializer such as GlorotUniform(seed=1), a tensor, or a function "
    "(shape, dtype)."
)


def serialize(initializer):
    """{"module": "keras.initializers", "class_name": "GlorotUniform", "config": {…}, "registered_name": None}"""
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The initializer that a config describes."""
    found = deserialize_keras_object(
        config, module_objects=_BY_NAME, custom_objects=custom_objects, printable_module_name="initializer"
    )
    return found() if inspect.isclass(found) else found


def get(identifier):
    """An initializer from its name ("glorot_uniform"), class, config, a tensor, or itself; None from None.

    Each name gives a new object: two layers that name the same initializer get different values.

    Raises:
        ValueError: no initializer has that name, or it is something that cannot be called.
    """
    if isinstance(identifier, (Tensor, np.ndarray, np.generic)):
        return _initializer_of_values(identifier)
    return object_from(identifier, "initializer", _BY_NAME, deserialize, _HINT)


def _initializer_of_values(values):
    def initialize(shape, dtype=None):
        if tuple(shape) != tuple(values.shape):
            raise ValueError(
                f"Expected `shape` to be {tuple(values.shape)} for direct tensor as initializer. "
                f"Received shape={tuple(shape)}"
            )
        return Tensor(as_array(values, standardize_dtype(dtype)))

    return initialize
