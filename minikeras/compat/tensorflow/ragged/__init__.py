"""`tf.ragged`: tensors whose rows have different lengths, as string functions return. See `minikeras/tensors/ragged/`.

`name` labels nodes of TensorFlow's graphs and has no effect; row splits are int64 for any `row_splits_dtype`.
"""

from minikeras.compat.tensorflow.named import named
from minikeras.compat.tensorflow.ragged.ragged_tensor_spec import RaggedTensorSpec
from minikeras.tensors import ragged
from minikeras.tensors.ragged import RaggedTensor, map_flat_values  # noqa: F401  (exported as they are)

__all__ = [
    *ragged.__all__,
    "RaggedTensorSpec",
]


def constant(pylist, dtype=None, ragged_rank=None, inner_shape=None, name=None, row_splits_dtype="int64"):
    """A ragged tensor of nested Python lists."""
    return ragged.constant(pylist, dtype, ragged_rank, inner_shape)


def range(starts, limits=None, deltas=1, dtype=None, name=None, row_splits_dtype="int64"):
    """Row i counts from starts[i] (0 if only one argument is given) to limits[i] in steps of deltas[i]."""
    return ragged.range(starts, limits, deltas, dtype)


stack = named(ragged.stack)
boolean_mask = named(ragged.boolean_mask)


def row_splits_to_segment_ids(splits, name=None, out_type=None):
    """The row index of each value."""
    return ragged.row_splits_to_segment_ids(splits, out_type)


segment_ids_to_row_splits = named(ragged.segment_ids_to_row_splits)
stack_dynamic_partitions = named(ragged.stack_dynamic_partitions)
