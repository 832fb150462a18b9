"""Elements: nests of tensors.

An element of a data set is a tensor, or a tuple, named tuple or dict of elements. A list is no nest here but becomes a
tensor, as in TensorFlow.
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.data.pipeline.specs import ArraySpec, RaggedSpec, SparseSpec
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.ragged.broadcasting import is_ragged
from minikeras.tensors.sparse import SparseTensor
from minikeras.tensors.sparse.rows import rows, stacked
from minikeras.tree.nodes import node_kind


def as_element(value):
    """`value` with every leaf as a Tensor. None, ragged tensors and data sets are kept."""
    if type(value) is Tensor or is_flat(value):
        return value
    return _with_leaves(as_tensor, value)


def is_flat(element):
    """Whether it is a tuple of tensors: the usual element, worth a shorter way."""
    return type(element) is tuple and all(type(part) is Tensor for part in element)


def is_data_set(value):
    """Whether it is a data set. (Its class is asked: an `element_spec` may take long to find.)"""
    return hasattr(type(value), "element_spec")


def as_owned_element(value):
    """`as_element` with copies of the user's arrays, so that later changes to them do not affect the data set."""
    return _with_leaves(_as_owned_tensor, value)


def _with_leaves(convert, value):
    kind = None if isinstance(value, list) else node_kind(value)
    if kind is None:
        return convert(value)
    return kind.rebuild(value, [_with_leaves(convert, child) for child in kind.children(value)])


def _as_owned_tensor(value):
    converted = as_tensor(value)
    is_array = hasattr(value, "__array__") and not isinstance(value, Tensor)
    return Tensor(converted.array.copy()) if is_array and isinstance(converted, Tensor) else converted


def as_tensor(value):
    """One leaf as a Tensor: Python floats become float32, integers int32, text a string tensor; arrays keep their
    dtype.

    None, ragged tensors and data sets are kept.
    """
    if value is None or is_data_set(value) or is_ragged(value) or isinstance(value, SparseTensor):
        return value
    if is_of_own_type(value):
        return value
    if isinstance(value, (list, tuple)) and any(is_ragged(item) for item in value):
        raise ValueError("A list of ragged tensors is not an element of a data set. Use a tuple.")
    return data_tensor(value)


def is_of_own_type(x):
    """Whether it is a value of a user-defined type, which has its own spec, rows and stacking."""
    return getattr(type(x), "kind", None) == "extension"


def spec_of(value):
    """The spec of an element that exists (see `specs.py`)."""
    return tree.map_structure(_leaf_spec, value)


def _leaf_spec(leaf):
    if isinstance(leaf, Tensor):
        return ArraySpec(leaf.array.shape, standardize_dtype(leaf.dtype))
    if is_ragged(leaf):
        shape = (len(leaf), None, *leaf.values.shape[1:])
        return RaggedSpec(shape, standardize_dtype(leaf.dtype), leaf.ragged_rank)
    if isinstance(leaf, SparseTensor):
        return SparseSpec(leaf.shape, standardize_dtype(leaf.dtype))
    return leaf._type_spec if is_of_own_type(leaf) else leaf


def to_numpy(element):
    """An element with every tensor as the array (or scalar) that `.numpy()` gives."""
    return tree.map_structure(lambda leaf: leaf.numpy() if hasattr(leaf, "numpy") else leaf, element)


def stack(elements):
    """Stack elements of one structure and shape along a new first axis.

    Raises:
        InvalidArgumentError: the shapes differ.
    """
    first = elements[0]
    if type(first) is Tensor:
        return _stack_leaves(elements, 0)
    if is_flat(first):
        columns = zip(*elements, strict=True)
        return tuple(_stack_leaves(column, i) for i, column in enumerate(columns))
    columns = zip(*[tree.flatten(element) for element in elements], strict=True)
    return tree.pack_sequence_as(first, [_stack_leaves(column, i) for i, column in enumerate(columns)])


def _stack_leaves(leaves, component):
    first = leaves[0]
    if first is None:
        return None
    if is_ragged(first):
        return RaggedTensor.of_rows(leaves)
    if isinstance(first, SparseTensor):
        return stacked(leaves)
    if is_of_own_type(first):
        return first._stacked(leaves)
    shape = first.array.shape
    for i, leaf in enumerate(leaves):
        if leaf.array.shape != shape:
            raise InvalidArgumentError(
                None,
                None,
                f"The elements of a batch must have one shape. In component {component} the first has shape "
                f"{list(shape)}, element {i} {list(leaf.array.shape)}. Use `padded_batch` to pad them, or "
                "`map` them to one shape.",
            )
    if shape == ():  # np.stack takes three times as long for single numbers
        return Tensor(np.array([leaf.array[()] for leaf in leaves], first.array.dtype))
    return Tensor(np.stack([leaf.array for leaf in leaves]))


def rows_of(element):
    """The rows of an element's tensors, one element each: what `stack` joins."""
    leaves = [_with_rows(leaf) for leaf in tree.flatten(element)]
    lengths = {len(leaf) for leaf in leaves if leaf is not None}
    if len(lengths) > 1:
        raise ValueError(
            f"All tensors must have the same length along the first axis. Received: lengths {sorted(lengths)}"
        )
    if is_flat(element):
        arrays = [leaf.array for leaf in leaves]
        yield from (tuple(Tensor(array[i, ...]) for array in arrays) for i in range(lengths.pop()))
        return
    for i in range(lengths.pop() if lengths else 0):
        yield tree.pack_sequence_as(element, [row(leaf, i) for leaf in leaves])


def parts_with_rows(leaf):
    """The tensors whose rows are those of a leaf: of a type of the program's own, the tensors that it consists of."""
    return leaf._tensors_of_rows if is_of_own_type(leaf) else [leaf]


def _with_rows(leaf):
    if isinstance(leaf, SparseTensor):
        return list(rows(leaf))
    return leaf._rows if is_of_own_type(leaf) else leaf


def row(leaf, i):
    """Row `i` of a tensor as a tensor. (`array[i]` would be a Python object where the array holds strings.)"""
    if isinstance(leaf, Tensor):
        return Tensor(leaf.array[i, ...])
    return None if leaf is None else leaf[i]
