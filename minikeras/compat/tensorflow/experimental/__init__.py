"""`tf.experimental`: `numpy`, TensorFlow's functions by NumPy's names; extension types; `Optional`; dtypes."""

__replay__ = "computes"

from minikeras.compat.tensorflow.data.optional import Optional
from minikeras.compat.tensorflow.experimental import extension_type, numpy
from minikeras.compat.tensorflow.experimental_dtypes import float8_e4m3fn, float8_e5m2, int4, uint4
from minikeras.compat.tensorflow.extension_types import (
    BatchableExtensionType,
    ExtensionType,
    ExtensionTypeBatchEncoder,
    ExtensionTypeSpec,
    dispatch_for_api,
    dispatch_for_binary_elementwise_apis,
    dispatch_for_binary_elementwise_assert_apis,
    dispatch_for_unary_elementwise_apis,
    unregister_dispatch_for,
)

__all__ = [
    "BatchableExtensionType",
    "ExtensionType",
    "ExtensionTypeBatchEncoder",
    "ExtensionTypeSpec",
    "Optional",
    "dispatch_for_api",
    "dispatch_for_binary_elementwise_apis",
    "dispatch_for_binary_elementwise_assert_apis",
    "dispatch_for_unary_elementwise_apis",
    "extension_type",
    "float8_e4m3fn",
    "float8_e5m2",
    "int4",
    "numpy",
    "uint4",
    "unregister_dispatch_for",
]
