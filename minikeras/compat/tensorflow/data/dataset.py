"""`tf.data.Dataset`: the `Dataset` of `minikeras/data/pipeline/` with TensorFlow's options, specs and iterators."""

from minikeras.compat.tensorflow.data.iterators import Iterator, NumpyIterator
from minikeras.compat.tensorflow.data.options import Options
from minikeras.compat.tensorflow.data.specs import pipeline_signature, tensorflow_spec
from minikeras.data import pipeline


class Dataset(pipeline.Dataset):
    """Elements (nests of tensors) computed on demand. Every `for` loop over it is a new epoch."""

    def __init__(self, variant_tensor):
        super().__init__(variant_tensor)  # a stage; the argument has TensorFlow's name
        self._options = Options()

    @staticmethod
    def _of(stage):
        return Dataset(stage)

    def _with(self, stage):
        dataset = self._of(stage)
        dataset._options = self._options
        return dataset

    @classmethod
    def from_generator(
        cls, generator, output_types=None, output_shapes=None, args=None, output_signature=None, name=None
    ):
        """The elements of the iterable `generator(*args)`, which is called again in each epoch.

        Args:
            generator: a function, not the generator that it returns.
            output_types, output_shapes: dtypes and shapes (None: any) of the elements, nested like them.
            args: arguments, passed to the function as arrays.
            output_signature: nest of `TensorSpec`s, in place of the two.
        """
        signature = pipeline_signature(output_types, output_shapes, output_signature)
        return super().from_generator(generator, signature, args)

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
        """An iterator over one epoch that yields NumPy arrays in place of tensors."""
        return NumpyIterator(self)

    @property
    def element_spec(self):
        """The known dtypes and shapes of the elements: a nest like them with a `TensorSpec` in place of each tensor."""
        return tensorflow_spec(self._stage.element_spec)

    def fingerprint(self):
        """Not available: pipelines are Python objects without a fingerprint."""
        raise NotImplementedError("`fingerprint` needs TensorFlow's graph of the data set, which does not exist here.")

    def sparse_batch(self, batch_size, row_shape, name=None):
        """There are no sparse tensors: raises an error that recommends `ragged_batch`."""
        raise NotImplementedError("minikeras has no sparse tensors. Use `ragged_batch` or `padded_batch`.")
