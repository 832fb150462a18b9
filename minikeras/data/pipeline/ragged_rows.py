"""Joins elements in which some tensors are rows of ragged tensors."""

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.specs import ArraySpec, RaggedSpec
from minikeras.data.pipeline.structure import stack
from minikeras.tensors.ragged import RaggedTensor


def is_ragged_row(spec):
    """Whether it describes the rows of a ragged tensor."""
    return isinstance(spec, RaggedSpec) and spec.ragged_rank == 0


def may_be_ragged_row(spec):
    """Whether it describes rows of a ragged tensor, or tensors of which a length is not known beforehand."""
    return is_ragged_row(spec) or (isinstance(spec, ArraySpec) and (spec.shape is None or None in spec.shape))


def stack_ragged(elements, spec, is_ragged):
    """Elements as one with an axis more in front; what `is_ragged(spec)` is true for becomes a ragged tensor."""
    columns = zip(*[tree.flatten(element) for element in elements], strict=True)
    specs = tree.flatten(spec)
    joined = [
        _joined(column, leaf) if is_ragged(leaf) else stack(column) for column, leaf in zip(columns, specs, strict=True)
    ]
    return tree.pack_sequence_as(elements[0], joined)


def ragged_axes(spec):
    """How many axes are ragged: up to the last whose length is not known."""
    return max((i + 1 for i, n in enumerate(spec.shape or ()) if n is None), default=1)


def _joined(leaves, spec):
    return RaggedTensor.of_rows([_rows(leaf, ragged_axes(spec) - 1) for leaf in leaves])


def _rows(tensor, axes):
    """Convert a tensor to a ragged one with this many ragged axes."""
    if axes == 0 or not isinstance(tensor, Tensor):
        return tensor
    return RaggedTensor.of_rows([_rows(Tensor(row), axes - 1) for row in tensor.array])
