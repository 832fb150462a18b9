"""Extension types: classes of a program's own that hold tensors, and are passed wherever TensorFlow takes a tensor.

| what | module |
| --- | --- |
| annotations of fields, and how values are checked and converted by them | `fields.py` |
| `ExtensionTypeSpec`, `ExtensionTypeBatchEncoder`: descriptions of values before they exist | `specs.py` |
| `ExtensionType`, `BatchableExtensionType` | `types.py` |
| a value as a container of its tensors, for plans of functions | `parts.py` |
| functions of `tf` that a program overrides for its types | `dispatch.py` |
"""

__replay__ = "computes"

from minikeras.compat.tensorflow.extension_types.dispatch import (
    dispatch_for_api,
    dispatch_for_binary_elementwise_apis,
    dispatch_for_binary_elementwise_assert_apis,
    dispatch_for_unary_elementwise_apis,
    unregister_dispatch_for,
)
from minikeras.compat.tensorflow.extension_types.specs import ExtensionTypeBatchEncoder, ExtensionTypeSpec
from minikeras.compat.tensorflow.extension_types.types import BatchableExtensionType, ExtensionType

__all__ = [
    "BatchableExtensionType",
    "ExtensionType",
    "ExtensionTypeBatchEncoder",
    "ExtensionTypeSpec",
    "dispatch_for_api",
    "dispatch_for_binary_elementwise_apis",
    "dispatch_for_binary_elementwise_assert_apis",
    "dispatch_for_unary_elementwise_apis",
    "unregister_dispatch_for",
]
