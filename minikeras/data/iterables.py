"""Generators and other iterables of batches."""

import inspect
import itertools

from minikeras import tree
from minikeras.data.adapter import BATCHES_PROBED, DataAdapter
from minikeras.data.arrays import weights_of_classes
from minikeras.data.batches import PARTS, copied, to_tensors, unpack_x_y_sample_weight
from minikeras.data.gathering import runs_of
from minikeras.data.pipeline.dataset import Dataset


class IterableAdapter(DataAdapter):
    """Batches from any object with `__iter__`: a generator, a list of batches, a data set class.

    A generator continues from epoch to epoch, except for its first two batches: these are read before training, and
    each epoch begins with them again, as in Keras. Other iterables restart in each epoch. Batches keep their order:
    shuffling is left to the iterable.

    Args:
        iterable: gives batches x, (x, y) or (x, y, sample_weight) of arrays, or, for a user's `train_step`,
            other structures and tuples of more.
        class_weight: {class: weight}, made into sample weights by the labels.
    """

    def __init__(self, iterable, class_weight=None):
        self.iterable = iterable
        self.class_weight = class_weight
        self.is_iterator = hasattr(iterable, "__next__")
        self.num_batches = None if self.is_iterator else number_of_batches(iterable)
        self.first = []
        if self.is_iterator:
            self._peek()

    def _peek(self):
        """Check the first batches now, so that a mistake in a generator shows before training starts."""
        looked_at = itertools.islice(self.iterable, BATCHES_PROBED)
        self.first = [copied(batch) for batch in looked_at]
        if not self.first:
            raise ValueError("The generator has no batches. Generators can be used once: make a new one.")
        first = self.first[0]
        if inspect.isgenerator(self.iterable) and not isinstance(first, tuple):
            raise ValueError(
                "A generator yields tuples (x,), (x, y) or (x, y, sample_weight), also for `predict`. "
                f"Received: a {type(first).__name__}. Write `yield x,` or `yield x, y`."
            )
        self.batch_size = _length(first)

    def epoch(self):
        return self._batches(copy=not isinstance(self.iterable, Dataset))

    def runs(self):
        is_pipeline = isinstance(self.iterable, Dataset)
        return runs_of(self._batches(copy=False), copy=not is_pipeline)

    def _batches(self, copy):
        for batch in itertools.chain(self.first, self.iterable):
            yield self.prepared(batch, copy)

    def on_data_end(self):
        # Keras starts the data once more here, and discards it. A shuffled `tf.data.Dataset` draws a seed for it.
        if self.num_batches and hasattr(self.iterable, "cardinality"):
            iter(self.iterable)

    def prepared(self, batch, copy=True):
        """Convert a batch to Tensors, with sample weights from the class weights.

        The Tensors are copies, unless a pipeline made them: a generator may refill the same array for its next batch.
        """
        of_ones_own = not isinstance(batch, (list, tuple)) or (type(batch) is tuple and len(batch) > len(PARTS))
        if of_ones_own and self.class_weight is None:
            return to_tensors(batch, copy)
        x, y, sample_weight = unpack_x_y_sample_weight(batch)
        if self.class_weight is not None:
            if sample_weight is not None:
                raise ValueError("`class_weight` and the batches both give samples weights. Leave out one of them.")
            sample_weight = weights_of_classes(y, self.class_weight)
        parts = (x, y, sample_weight) if sample_weight is not None else (x, y) if y is not None else (x,)
        return to_tensors(parts, copy)


def number_of_batches(iterable):
    """The number of batches in an epoch, by `cardinality()`, as in `tf.data`, or `len`; None if unknown."""
    if hasattr(iterable, "cardinality"):
        number = int(iterable.cardinality())
        return number if number >= 0 else None  # negative: without end, or unknown
    return len(iterable) if hasattr(iterable, "__len__") else None


def _length(batch):
    shapes = [getattr(a, "shape", ()) for a in tree.flatten(batch)]
    return next((shape[0] for shape in shapes if shape), None)
