"""The methods of `Dataset` that join elements to batches and windows, and take them apart."""

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.data.batching import Batch, Rebatch, Unbatch
from minikeras.compat.tensorflow.data.padding import PaddedBatch


class Batches:
    """Mixin of `Dataset`. `name` labels nodes of TensorFlow's graphs and has no effect."""

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Batches of `batch_size` elements, stacked along a new first axis.

        Args:
            drop_remainder: whether a last batch that is not full is left out.
            num_parallel_calls, deterministic: how TensorFlow makes several at a time; without effect.
        """
        return self._with(Batch(self._stage, int(batch_size), drop_remainder))

    def padded_batch(self, batch_size, padded_shapes=None, padding_values=None, drop_remainder=False, name=None):
        """Batches of elements of different shapes, each filled up at the ends of its axes.

        Args:
            padded_shapes: nest like an element with the shape to fill up to; None or −1 in it, or None alone: the
                longest of the batch.
            padding_values: nest like an element, or one value for all, to fill with; None: 0, or "" for strings.
        """
        stage = PaddedBatch(self._stage, int(batch_size), padded_shapes, padding_values, drop_remainder)
        return self._with(stage)

    def unbatch(self, name=None):
        """The rows of each element, one by one."""
        return self._with(Unbatch(self._stage))

    def rebatch(self, batch_size, drop_remainder=False, name=None):
        """Batches of another size out of batches; several sizes in turn if it is a list."""
        batch_size = batch_size.array.tolist() if isinstance(batch_size, Tensor) else batch_size
        sizes = [int(size) for size in (batch_size if isinstance(batch_size, (list, tuple)) else [batch_size])]
        return self._with(Rebatch(self._stage, sizes, drop_remainder))
