"""Ragged tensors: rows of different lengths, such as the words of each sentence. Start reading at `ragged_tensor.py`.

`op_rules.py` has the ops that take them. For other ops use `.to_tensor()`, `.values` or `map_flat_values`.
"""

from minikeras.tensors.ragged import op_rules  # noqa: F401  registers the rules
from minikeras.tensors.ragged.arrangement import boolean_mask, stack, stack_dynamic_partitions
from minikeras.tensors.ragged.construction import (
    constant,
    map_flat_values,
    range,
    row_splits_to_segment_ids,
    segment_ids_to_row_splits,
)
from minikeras.tensors.ragged.ragged_tensor import RaggedTensor

__all__ = [
    "RaggedTensor",
    "boolean_mask",
    "constant",
    "map_flat_values",
    "range",
    "row_splits_to_segment_ids",
    "segment_ids_to_row_splits",
    "stack",
    "stack_dynamic_partitions",
]
