"""Keras's `keras.backend` namespace: settings, names and dtypes that are defined elsewhere."""

from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.dtypes import result_type as promoted
from minikeras.base.missing_names import explain_missing_names
from minikeras.base.naming import get_uid
from minikeras.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from minikeras.utils.session import clear_session
from minikeras.utils.symbolic import is_keras_tensor

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]

__getattr__ = explain_missing_names(__name__, __all__)


_NARROWED = {"uint64": "uint32", "complex128": "complex64"}  # as in JAX, whose other 64-bit dtypes TensorFlow keeps


def result_type(*dtypes):
    """The dtype of an operation on inputs of these dtypes, by Keras's promotion rules (`autodiff/dtypes.py`).

    Raises:
        ValueError: an unknown dtype, float8, or text mixed with numbers.
    """
    result = str.__str__(promoted(*dtypes))  # a plain string, not a `tf.DType`
    return _NARROWED.get(result, result)


def is_float_dtype(dtype):
    """Whether a dtype is a floating-point one."""
    return is_float(dtype)


def is_int_dtype(dtype):
    """Whether a dtype is an integer one, with or without sign."""
    return standardize_dtype(dtype).startswith(("int", "uint"))
