"""`Dataset`: an input pipeline, built by chaining methods and read by a `for` loop.

    dataset = Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32).prefetch(1)
    model.fit(dataset)

A Dataset holds the last of a chain of stages (`stage.py`); each method makes a new Dataset with one more stage. The
methods are in four files by topic. Their names and parameters are those of `tf.data.Dataset`, whose
documentation applies to them.
"""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.data.pipeline.batch_methods import BatchMethods
from minikeras.data.pipeline.element_methods import ElementMethods
from minikeras.data.pipeline.order_methods import OrderMethods
from minikeras.data.pipeline.source_methods import SourceMethods
from minikeras.data.pipeline.stage import INFINITE, UNKNOWN
from minikeras.data.pipeline.structure import to_numpy


class Dataset(SourceMethods, ElementMethods, OrderMethods, BatchMethods):
    """Elements (nests of tensors) that are made on demand. Every `for` loop over a Dataset is a new epoch.

    Args:
        stage: the last of its stages. Users make data sets by the `from_…` methods.
    """

    def __init__(self, stage):
        self._stage = stage

    @staticmethod
    def _of(stage):
        """A data set of a source stage."""
        return Dataset(stage)

    def _with(self, stage):
        """A data set with one more stage."""
        return self._of(stage)

    def __iter__(self):
        self._stage.begin()
        return iter(self._stage)

    def as_numpy_iterator(self):
        """An iterator over one epoch that gives NumPy arrays in place of tensors."""
        return map(to_numpy, iter(self))

    def __len__(self):
        total = self._stage.cardinality()
        if total == INFINITE:
            raise TypeError("The dataset is infinite.")
        if total == UNKNOWN:
            raise TypeError("The dataset length is unknown.")
        return total

    def __bool__(self):
        return True  # also where the length is 0 or unknown

    def cardinality(self):
        """The number of elements as an int64 tensor; −1 for INFINITE, −2 for UNKNOWN (see `stage.py`)."""
        return Tensor(np.int64(self._stage.cardinality()))

    @property
    def element_spec(self):
        """The spec of the elements: a nest like them with an `ArraySpec` in place of each tensor."""
        return self._stage.element_spec

    def get_single_element(self, name=None):
        """The only element of a data set.

        Raises:
            InvalidArgumentError: it has none, or more.
        """
        elements = [element for _, element in zip(range(2), self, strict=False)]
        if len(elements) != 1:
            found = "more than one element" if elements else "no elements"
            raise InvalidArgumentError(None, None, f"Dataset had {found}. Expected one.")
        return elements[0]

    def __repr__(self):
        return f"<{type(self._stage).__name__}Dataset element_spec={self.element_spec}>"

    __str__ = __repr__
