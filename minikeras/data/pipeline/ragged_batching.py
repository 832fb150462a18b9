"""`RaggedBatch`: elements of different lengths as one ragged tensor."""

from minikeras import tree
from minikeras.data.pipeline.batching import Batch
from minikeras.data.pipeline.ragged_rows import may_be_ragged_row, ragged_axes, stack_ragged
from minikeras.data.pipeline.specs import RaggedSpec, batched_spec


class RaggedBatch(Batch):
    """Batches in which tensors whose lengths are not known beforehand are rows of a ragged tensor."""

    def __iter__(self):
        return self.run(iter(self.input))

    def join(self, group):
        return stack_ragged(group, self.input.element_spec, may_be_ragged_row)

    @property
    def element_spec(self):
        size = self.size if self.drop_remainder else None

        def ragged(leaf):
            if not may_be_ragged_row(leaf):
                return batched_spec(leaf, size)
            return RaggedSpec((size, *(leaf.shape or ())), leaf.dtype, max(ragged_axes(leaf), 1))

        return tree.map_structure(ragged, self.input.element_spec)
