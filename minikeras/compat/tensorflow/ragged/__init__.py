"""`tf.ragged`: tensors whose rows have different lengths, what string functions give. See `ragged_tensor.py`.

Other `tf` functions take ordinary tensors: use `.to_tensor()`, `.values` or `tf.ragged.map_flat_values`.
"""

from minikeras.compat.tensorflow.ragged.construction import (
    boolean_mask,
    constant,
    map_flat_values,
    range,
    row_splits_to_segment_ids,
    segment_ids_to_row_splits,
    stack,
)
from minikeras.compat.tensorflow.ragged.ragged_tensor import RaggedTensor
from minikeras.compat.tensorflow.ragged.ragged_tensor_spec import RaggedTensorSpec

__all__ = [
    "RaggedTensor",
    "RaggedTensorSpec",
    "boolean_mask",
    "constant",
    "map_flat_values",
    "range",
    "row_splits_to_segment_ids",
    "segment_ids_to_row_splits",
    "stack",
]
