"""The methods of `Dataset` that join elements to batches and windows, and take them apart."""

from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.batching import Batch, RaggedBatch, Rebatch, Unbatch
from minikeras.data.pipeline.bucketing import bucketed
from minikeras.data.pipeline.padding import PaddedBatch
from minikeras.data.pipeline.windowing import GroupByWindow, Window


class BatchMethods:
    """Mixin of `Dataset`. `name` labels nodes of TensorFlow's graphs and has no effect."""

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Batches of `batch_size` elements, stacked along a new first axis.

        Args:
            drop_remainder: whether a last batch that is not full is left out.
            num_parallel_calls, deterministic: how TensorFlow makes several at a time; no effect here.
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

    def ragged_batch(self, batch_size, drop_remainder=False, row_splits_dtype="int64", name=None):
        """Batches of elements of different lengths as ragged tensors; `row_splits` are int64 with any of its values."""
        return self._with(RaggedBatch(self._stage, int(batch_size), drop_remainder))

    def window(self, size, shift=None, stride=1, drop_remainder=False, name=None):
        """Nests of data sets of `size` elements, `stride` apart; the next begins `shift` (`size` if None) later."""
        shift = size if shift is None else shift
        return self._with(Window(self._stage, int(size), int(shift), int(stride), drop_remainder, self._with))

    def group_by_window(self, key_func, reduce_func, window_size=None, window_size_func=None, name=None):
        """The elements of the data sets `reduce_func(key, window)`; a window holds `window_size` elements of one key.

        Args:
            key_func: the int64 key of an element.
            window_size_func: the size for a key, in place of `window_size`.
        """
        if (window_size is None) == (window_size_func is None):
            raise ValueError("Give either `window_size` or `window_size_func`.")
        size_of = window_size_func or (lambda key: window_size)
        return self._with(GroupByWindow(self._stage, key_func, reduce_func, size_of, self._with))

    def bucket_by_sequence_length(
        self,
        element_length_func,
        bucket_boundaries,
        bucket_batch_sizes,
        padded_shapes=None,
        padding_values=None,
        pad_to_bucket_boundary=False,
        no_padding=False,
        drop_remainder=False,
        name=None,
    ):
        """Batches of sequences of about the same length, padded to the longest of each batch.

        Args:
            element_length_func: the length of an element.
            bucket_boundaries: increasing lengths; a sequence is in the first bucket whose boundary is greater.
            bucket_batch_sizes: batch size of each bucket, one more than there are boundaries.
            pad_to_bucket_boundary: pad to the largest length that the bucket can have.
            no_padding: elements have one length already, or are to be batched as they are.
        """
        return bucketed(self, element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes, padding_values,
                        pad_to_bucket_boundary, no_padding, drop_remainder)  # fmt: skip
