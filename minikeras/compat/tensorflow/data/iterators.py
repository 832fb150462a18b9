"""The iterators of `iter(dataset)` and `dataset.as_numpy_iterator()`."""

from minikeras.base.errors import OutOfRangeError
from minikeras.compat.tensorflow.data.optional import NOTHING, Optional
from minikeras.compat.tensorflow.data.specs import tensorflow_spec
from minikeras.data.pipeline.stage import stage_of
from minikeras.data.pipeline.structure import to_numpy


class Iterator:
    """Iterates once over the elements of a stage."""

    def __init__(self, stage):
        self._stage = stage
        stage.begin()
        self._elements = iter(stage)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._elements)

    def get_next(self):
        """The next element.

        Raises:
            OutOfRangeError: there is none.
        """
        try:
            return next(self)
        except StopIteration:
            raise OutOfRangeError(None, None, "End of sequence") from None

    def get_next_as_optional(self):
        """The next element as an `Optional`, which is empty at the end."""
        element = next(self, NOTHING)
        return Optional(element, self.element_spec)

    @property
    def element_spec(self):
        """The spec of the elements."""
        return tensorflow_spec(self._stage.element_spec)


class NumpyIterator(Iterator):
    """The same for a data set, with NumPy arrays and scalars in place of tensors."""

    def __init__(self, dataset):
        super().__init__(stage_of(dataset))

    def __next__(self):
        return to_numpy(next(self._elements))
