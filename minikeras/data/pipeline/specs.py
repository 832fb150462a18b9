"""Specs: the structure, shapes and dtypes of a stage's elements, known before these exist.

A spec is nested like the elements, with an `ArraySpec` in place of each tensor. A shape is a tuple in which None is an
unknown length, or None alone if even the number of axes is unknown. (`tf.data` shows the same as `tf.TensorSpec` and
others.)
"""

from dataclasses import dataclass

from minikeras import tree
from minikeras.autodiff.dtypes import standardize_dtype


@dataclass(frozen=True)
class ArraySpec:
    """A tensor.

    Attributes:
        shape: tuple, or None.
        dtype: name of the dtype.
    """

    shape: tuple | None
    dtype: str

    def batched(self, size):
        """The spec of `size` (None: some) such tensors stacked."""
        return ArraySpec(None if self.shape is None else (size, *self.shape), self.dtype)

    def unbatched(self):
        """The spec of the rows."""
        return ArraySpec(self.shape[1:] if self.shape else None, self.dtype)


@dataclass(frozen=True)
class RaggedSpec:
    """A ragged tensor.

    Attributes:
        shape: tuple, None for ragged axes.
        dtype: name of the values' dtype.
        ragged_rank: how many axes are ragged.
    """

    shape: tuple
    dtype: str
    ragged_rank: int

    def batched(self, size):
        """The spec of `size` such tensors stacked."""
        return RaggedSpec((size, *self.shape), self.dtype, self.ragged_rank + 1)

    def unbatched(self):
        """The spec of the rows. Those of one ragged axis are tensors, which are to become ragged rows in batches."""
        return RaggedSpec(self.shape[1:], self.dtype, max(self.ragged_rank - 1, 0))


@dataclass(frozen=True)
class SparseSpec:
    """A SparseTensor.

    Attributes:
        shape: tuple.
        dtype: name of the values' dtype.
    """

    shape: tuple
    dtype: str

    def batched(self, size):
        """The spec of `size` (None: some) of them stacked."""
        return SparseSpec((size, *self.shape), self.dtype)

    def unbatched(self):
        """The spec of the rows."""
        return SparseSpec(self.shape[1:], self.dtype)


@dataclass
class DatasetSpec:
    """A data set that is an element itself.

    Attributes:
        element_spec: the spec of its elements.
    """

    element_spec: object


def as_spec(described):
    """An `ArraySpec` of anything that has a shape and a dtype, such as a symbolic tensor; other specs stay."""
    if hasattr(described, "batched") or isinstance(described, DatasetSpec):
        return described
    shape = None if described.shape is None else tuple(described.shape)
    return ArraySpec(shape, standardize_dtype(described.dtype))


def is_compatible(shape, other):
    """Whether a tensor can have both shapes: known lengths must be equal."""
    if shape is None or other is None:
        return True
    return len(shape) == len(other) and all(a == b or None in (a, b) for a, b in zip(shape, other, strict=True))


def common_shape(shape, other):
    """The narrowest shape that tensors of both have: None where the lengths differ."""
    if shape is None or other is None or len(shape) != len(other):
        return None
    return tuple(a if a == b else None for a, b in zip(shape, other, strict=True))


def batched_spec(spec, size):
    """The spec of `size` (None: some) stacked elements."""
    return tree.map_structure(lambda leaf: leaf.batched(size) if hasattr(leaf, "batched") else leaf, spec)


def unbatched_spec(spec):
    """The spec of the rows."""
    return tree.map_structure(lambda leaf: leaf.unbatched() if hasattr(leaf, "unbatched") else leaf, spec)


def without_lengths(spec):
    """The same dtypes and numbers of axes, every length unknown."""

    def forget(leaf):
        is_known = isinstance(leaf, ArraySpec) and leaf.shape is not None
        return ArraySpec((None,) * len(leaf.shape), leaf.dtype) if is_known else leaf

    return tree.map_structure(forget, spec)


def merged_spec(a, b):
    """The narrowest spec that elements of both have.

    Raises:
        TypeError: the structures or dtypes differ.
    """
    try:
        return tree.map_structure(_merged_leaf, a, b)
    except ValueError as error:
        raise TypeError(f"Data sets to be joined must have elements of one structure. Received: {a} and {b}") from error


def _merged_leaf(a, b):
    if not isinstance(a, ArraySpec) or not isinstance(b, ArraySpec):
        return a
    if a.dtype != b.dtype:
        raise TypeError(f"Data sets to be joined must have the same dtypes. Received: {a.dtype} and {b.dtype}")
    return ArraySpec(common_shape(a.shape, b.shape), a.dtype)
