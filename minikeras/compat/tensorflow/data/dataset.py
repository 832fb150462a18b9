"""`Dataset`: an input pipeline, built by chaining methods and read by a `for` loop.

    dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32).prefetch(1)
    model.fit(dataset)

A Dataset holds the last of a chain of stages (`stage.py`); each method makes a new Dataset with a stage more. The
methods stand in four files by what they are about.
"""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.data.dataset_batches import Batches
from minikeras.compat.tensorflow.data.dataset_elements import Elements
from minikeras.compat.tensorflow.data.dataset_order import Order
from minikeras.compat.tensorflow.data.dataset_origins import Origins
from minikeras.compat.tensorflow.data.iterators import Iterator, NumpyIterator
from minikeras.compat.tensorflow.data.options import Options
from minikeras.compat.tensorflow.data.stage import INFINITE, UNKNOWN
from minikeras.errors import InvalidArgumentError


class Dataset(Origins, Elements, Order, Batches):
    """Elements (nests of tensors) that are made when they are asked for. Every `for` loop over it is a new epoch."""

    def __init__(self, variant_tensor):
        self._options = Options()
        self._stage = variant_tensor  # the argument has TensorFlow's name; users make data sets by the `from_…` methods

    @staticmethod
    def _of(stage):
        """A data set of a stage that has none before it."""
        return Dataset(stage)

    def _with(self, stage):
        """A data set with a stage more, and the same options."""
        dataset = Dataset(stage)
        dataset._options = self._options
        return dataset

    def options(self):
        """The settings of this data set: see `options.py`."""
        return Options().merge(self._options)

    def with_options(self, options, name=None):
        """The same data set with other settings added."""
        dataset = Dataset(self._stage)
        dataset._options = self._options.merge(options)
        return dataset

    def __iter__(self):
        return Iterator(self._stage)

    def as_numpy_iterator(self):
        """An iterator over one epoch that gives NumPy arrays in place of tensors."""
        return NumpyIterator(self)

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
        """The number of elements as an int64 tensor; −1 INFINITE_CARDINALITY, −2 UNKNOWN_CARDINALITY."""
        return Tensor(np.int64(self._stage.cardinality()))

    @property
    def element_spec(self):
        """What is known of the elements: a nest like them with a `TensorSpec` in place of each tensor."""
        return self._stage.element_spec

    def get_single_element(self, name=None):
        """The element of a data set that has one.

        Raises:
            InvalidArgumentError: it has none, or more.
        """
        elements = [element for _, element in zip(range(2), self, strict=False)]
        if len(elements) != 1:
            found = "more than one element" if elements else "no elements"
            raise InvalidArgumentError(None, None, f"Dataset had {found}. Expected one.")
        return elements[0]

    def fingerprint(self):
        """There is none: pipelines are Python objects, which have no number that tells whether two do the same."""
        raise NotImplementedError("`fingerprint` needs TensorFlow's graph of the data set, which does not exist here.")

    def sparse_batch(self, batch_size, row_shape, name=None):
        """There are no sparse tensors: an error that names `ragged_batch`."""
        raise NotImplementedError("minikeras has no sparse tensors. Use `ragged_batch` or `padded_batch`.")

    def __repr__(self):
        return f"<{type(self._stage).__name__}Dataset element_spec={self.element_spec}>"

    __str__ = __repr__
