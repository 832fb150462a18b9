"""`RaggedBatch`: elements of different lengths as one ragged tensor."""

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.data.batching import Batch
from minikeras.compat.tensorflow.data.structure import batched_spec, map_leaves, stack
from minikeras.compat.tensorflow.ragged.ragged_tensor_spec import RaggedTensorSpec
from minikeras.compat.tensorflow.tensor_spec import TensorSpec
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
            return RaggedTensorSpec([size, *leaf.shape], leaf.dtype, max(_ragged_axes(leaf), 1))

        return map_leaves(ragged, self.input.element_spec)


def _is_ragged(spec):
    return isinstance(spec, TensorSpec) and not spec.shape.is_fully_defined() and spec.shape.rank != 0


def _ragged_axes(spec):
    """How many axes are ragged: up to the last whose length is not known."""
    return max((i + 1 for i, n in enumerate(spec.shape) if n is None), default=1)


def _joined(leaves, spec):
    if not _is_ragged(spec):
        return stack(leaves)
    return RaggedTensor.of_rows([_rows(leaf, _ragged_axes(spec) - 1) for leaf in leaves])


def _rows(tensor, axes):
    """A tensor as a ragged one with so many ragged axes."""
    if axes == 0 or not isinstance(tensor, Tensor):
        return tensor
    return RaggedTensor.of_rows([_rows(Tensor(row), axes - 1) for row in tensor.array])
