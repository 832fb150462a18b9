"""The objects that `iter(dataset)` and `dataset.as_numpy_iterator()` give."""

from minikeras.compat.tensorflow.data.structure import to_numpy


class Iterator:
    """Goes once through the elements of a stage."""

    def __init__(self, stage):
        self._stage = stage
        stage.begin()
        self._elements = iter(stage)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._elements)

    @property
    def element_spec(self):
        """The spec of the elements."""
        return self._stage.element_spec


class NumpyIterator(Iterator):
    """The same with NumPy arrays and scalars in place of tensors."""

    def __next__(self):
        return to_numpy(next(self._elements))
