"""Ragged tensors: rows of different lengths, such as the words of each sentence. Start reading at `ragged_tensor.py`.

`op_rules.py` has the ops that take them. For other ops use `.to_tensor()`, `.values` or `map_flat_values`.
"""

from minikeras.ragged import op_rules  # noqa: F401  registers the rules
from minikeras.ragged.arrangement import boolean_mask, stack, stack_dynamic_partitions
from minikeras.ragged.construction import (
    constant,
    map_flat_values,
    range,
    row_splits_to_segment_ids,
    segment_ids_to_row_splits,
)
from minikeras.ragged.ragged_tensor import RaggedTensor

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
