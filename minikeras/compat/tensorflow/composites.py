"""Composite tensors (sparse and ragged ones, slices, extension types) as lists of their component tensors, and back."""

__replay__ = "computes"

from minikeras import tree
from minikeras.compat.tensorflow.extension_types.specs import is_extension, parts_of
from minikeras.compat.tensorflow.indexed_slices import IndexedSlices
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor


def expanded(structure):
    """The structure with a list of the parts in place of each such tensor."""
    return tree.map_structure(lambda x: x if _parts(x) is None else expanded(_parts(x)), structure)


def packed(structure, flat_sequence):
    """A structure like `structure`, with its leaves created from their parts in order.

    Raises:
        ValueError: there are more or fewer parts.
    """
    tree.pack_sequence_as(expanded(structure), flat_sequence)  # checks the number
    left = iter(flat_sequence)
    return tree.map_structure(lambda x: _of_parts(x, left), structure)


def _parts(x):
    if isinstance(x, RaggedTensor):
        return [x.flat_values, *x.nested_row_splits]
    if isinstance(x, SparseTensor):
        return [x.indices, x.values, x.dense_shape]
    if isinstance(x, IndexedSlices):
        return [x.values, x.indices, *([] if x.dense_shape is None else [x.dense_shape])]
    return parts_of(x) if is_extension(x) else None


def _of_parts(x, left):
    if _parts(x) is None:
        return next(left)
    if is_extension(x):
        return x._type_spec.value_of([_of_parts(part, left) for part in _parts(x)])
    first, *rest = [next(left) for _ in _parts(x)]
    return RaggedTensor.from_nested_row_splits(first, rest) if isinstance(x, RaggedTensor) else type(x)(first, *rest)
