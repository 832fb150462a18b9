"""`PaddedBatch`: elements of different shapes as one batch, filled up at the ends of their axes."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import DataLossError
from minikeras.data.pipeline.batching import Batch
from minikeras.data.pipeline.specs import ArraySpec, batched_spec
from minikeras.data.pipeline.structure import as_tensor, spec_of
from minikeras.tree.nodes import node_kind


class PaddedBatch(Batch):
    """Batches whose tensors are padded to a common shape.

    Args:
        shapes: nest like an element with the shape of each tensor, where None or −1 means the longest of the batch;
            None alone means so for all axes.
        values: nest like an element with the number (or string) to pad with, or one for all; None means 0 or "".

    Raises:
        TypeError: elements are rows of a ragged tensor; or, in the first batch, ragged or sparse.
    """

    def __init__(self, input, size, shapes, values, drop_remainder):
        super().__init__(input, size, drop_remainder)
        _check_dense(input.element_spec if input.has_ragged_rows() else ())
        self.shapes, self.values = shapes, values

    def keeps_shapes(self):
        spec = self.input.element_spec
        shapes = zip(tree.flatten(spec), spread_over(spec, self.shapes), strict=True)
        return all(shape is None or _fits(leaf.shape, _lengths(shape)) for leaf, shape in shapes)

    def join(self, group):
        _check_dense(spec_of(group[0]))
        columns = list(zip(*[tree.flatten(element) for element in group], strict=True))
        shapes = spread_over(group[0], self.shapes)
        values = spread_over(group[0], self.values)
        joined = [padded(*parts, i) for i, parts in enumerate(zip(columns, shapes, values, strict=True))]
        return tree.pack_sequence_as(group[0], joined)

    @property
    def element_spec(self):
        spec = self.input.element_spec
        leaves = [
            ArraySpec(_static_shape(leaf.shape, shape), leaf.dtype)
            for leaf, shape in zip(tree.flatten(spec), spread_over(spec, self.shapes), strict=True)
        ]
        return batched_spec(tree.pack_sequence_as(spec, leaves), self.size if self.drop_remainder else None)


def _check_dense(spec):
    for leaf in tree.flatten(spec):
        if not isinstance(leaf, ArraySpec):
            raise TypeError(
                f"`padded_batch` takes elements of dense tensors. Received: {leaf}. Use `batch`, which joins ragged "
                "and sparse ones without padding."
            )


def spread_over(structure, values):
    """One of `values` for each leaf of `structure`, as a list: `values` is a nest like it, or one value for all.

    Raises:
        ValueError: the structures differ.
    """
    kind = node_kind(structure)
    if values is None or kind is None:
        return [values] * len(tree.flatten(structure))
    if kind.family == "dict":
        children = [values[key] for key in kind.keys(structure)] if isinstance(values, dict) else None
    elif _is_nest(values):
        children = list(values) if len(values) == len(structure) else None
    elif np.ndim(values) == 0 or isinstance(values, (str, bytes)):
        children = [values] * len(kind.children(structure))
    else:
        children = None
    if children is None:
        raise ValueError(
            f"`padded_shapes` and `padding_values` must be nested like the elements. Received: {values!r} for "
            f"an element with {len(kind.children(structure))} parts ({type(structure).__name__})."
        )
    return [leaf for part, value in zip(kind.children(structure), children, strict=True)
            for leaf in spread_over(part, value)]  # fmt: skip


def _is_nest(values):
    """Whether it holds one value for each part of an element. (A tuple of another kind is a shape.)"""
    return isinstance(values, list) or type(values) is tuple or hasattr(values, "_fields")


def _static_shape(shape, wanted):
    if wanted is None:
        return shape
    return tuple(None if n == -1 else n for n in _lengths(wanted))


def _fits(lengths, wanted):
    """Whether tensors of a shape (None: unknown) need no padding to a wanted one, where −1 is any length."""
    return (
        lengths is not None
        and len(lengths) == len(wanted)
        and all(m in (-1, n) for n, m in zip(lengths, wanted, strict=True))
    )


def _lengths(shape):
    """A shape as the user wrote it, as a list; −1 where it depends on the batch."""
    if isinstance(shape, Tensor):
        shape = shape.array.tolist()
    shape = [shape] if isinstance(shape, int) else shape
    return [-1 if n is None else int(n) for n in shape]


def padded(leaves, shape, value, component):
    """Tensors stacked, each filled up to `shape` with `value`.

    Raises:
        ValueError: a tensor does not fit in.
    """
    arrays = [leaf.array for leaf in leaves]
    dtype = arrays[0].dtype
    shape = [-1] * arrays[0].ndim if shape is None else _lengths(shape)
    if any(array.ndim != len(shape) for array in arrays):
        raise ValueError(
            f"`padded_shapes` of component {component} has {len(shape)} axes, so its elements must, too. "
            f"Received: elements with {sorted({array.ndim for array in arrays})} axes"
        )
    longest = [max(lengths) for lengths in zip(*[array.shape for array in arrays], strict=True)]
    target = [most if n == -1 else n for n, most in zip(shape, longest, strict=True)]
    if any(most > n for n, most in zip(target, longest, strict=True)):
        raise DataLossError(
            None,
            None,
            f"`padded_shapes` must leave room for the longest element. Received: {target} for component {component}, "
            f"whose elements have lengths up to {longest}",
        )
    batch = np.full((len(arrays), *target), _filling(value, dtype), dtype)
    for place, array in zip(batch, arrays, strict=True) if target else ():
        place[tuple(slice(n) for n in array.shape)] = array
    return Tensor(batch) if target else Tensor(np.array([array[()] for array in arrays], dtype))


def _filling(value, dtype):
    if value is None:
        return b"" if dtype.kind == "O" else np.zeros((), dtype)[()]
    filling = as_tensor(value).array
    if not isinstance(value, (int, float, str, bytes)) and filling.dtype != dtype:
        raise TypeError(f"`padding_values` must have the dtype of what they pad, {dtype}. Received: {filling.dtype}")
    return filling.astype(dtype)[()]
