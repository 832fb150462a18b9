"""`RaggedBatch`: elements of different lengths as one ragged tensor."""

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.batching import Batch
from minikeras.data.pipeline.specs import ArraySpec, RaggedSpec, batched_spec
from minikeras.data.pipeline.structure import stack
from minikeras.ragged import RaggedTensor


class RaggedBatch(Batch):
    """Batches in which tensors whose lengths are not known beforehand are rows of a ragged tensor."""

    def __iter__(self):
        return self.run(iter(self.input))

    def join(self, group):
        specs = tree.flatten(self.input.element_spec)
        columns = zip(*[tree.flatten(element) for element in group], strict=True)
        joined = [_joined(column, spec) for column, spec in zip(columns, specs, strict=True)]
        return tree.pack_sequence_as(group[0], joined)

    @property
    def element_spec(self):
        size = self.size if self.drop_remainder else None

        def ragged(leaf):
            if not _is_ragged(leaf):
                return batched_spec(leaf, size)
            return RaggedSpec((size, *(leaf.shape or ())), leaf.dtype, max(_ragged_axes(leaf), 1))

        return tree.map_structure(ragged, self.input.element_spec)


def _is_ragged(spec):
    return isinstance(spec, ArraySpec) and (spec.shape is None or None in spec.shape)


def _ragged_axes(spec):
    """How many axes are ragged: up to the last whose length is not known."""
    return max((i + 1 for i, n in enumerate(spec.shape or ()) if n is None), default=1)


def _joined(leaves, spec):
    if not _is_ragged(spec):
        return stack(leaves)
    return RaggedTensor.of_rows([_rows(leaf, _ragged_axes(spec) - 1) for leaf in leaves])


def _rows(tensor, axes):
    """A tensor as a ragged one with so many ragged axes."""
    if axes == 0 or not isinstance(tensor, Tensor):
        return tensor
    return RaggedTensor.of_rows([_rows(Tensor(row), axes - 1) for row in tensor.array])
