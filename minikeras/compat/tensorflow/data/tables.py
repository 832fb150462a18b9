"""Lookup tables of the elements of a data set: `tf.data.experimental.table_from_dataset` and its kin."""

from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.lookup.tables import StaticHashTable, StaticVocabularyTable

__all__ = ["DatasetInitializer", "index_table_from_dataset", "table_from_dataset"]


class DatasetInitializer:
    """Keys and values of a table: the elements of a data set, which are pairs of scalars.

    Raises:
        ValueError: the elements are not pairs of scalars.
    """

    def __init__(self, dataset):
        spec = dataset.element_spec
        if not isinstance(spec, tuple) or len(spec) != 2 or any(tuple(part.shape) for part in spec):
            raise ValueError(f"The elements of the data set must be pairs (key, value) of scalars. Received: {spec}")
        self.dataset = dataset
        self.key_dtype, self.value_dtype = (as_dtype(part.dtype) for part in spec)

    def pairs(self):
        """(key, value) of each element."""
        return ((key.numpy(), value.numpy()) for key, value in self.dataset)


def table_from_dataset(
    dataset=None,
    num_oov_buckets=0,
    vocab_size=None,
    default_value=None,
    hasher_spec=None,
    key_dtype="string",
    name=None,
):
    """The table of a data set of pairs (key, value).

    Args:
        num_oov_buckets: number of buckets into which unknown keys are hashed; if positive, values are int64 indices.
        vocab_size: how many elements to read; all if None.
        default_value: of unknown keys, if there are no buckets; −1 if None.
        hasher_spec: must be None: there is one hash.
        key_dtype: has no effect: the elements have their dtype.

    Raises:
        ValueError: buckets and a default are given.
    """
    if hasher_spec is not None:
        raise ValueError("`hasher_spec` must be None: keys are hashed by FarmHash.")
    if num_oov_buckets and default_value is not None:
        raise ValueError("Give either `num_oov_buckets` or `default_value`, not both.")
    if vocab_size is not None:
        dataset = dataset.take(vocab_size)
    initializer = DatasetInitializer(dataset)
    if num_oov_buckets:
        return StaticVocabularyTable(initializer, num_oov_buckets, name=name)
    return StaticHashTable(initializer, -1 if default_value is None else default_value, name=name)


def index_table_from_dataset(
    dataset=None,
    num_oov_buckets=0,
    vocab_size=None,
    default_value=-1,
    hasher_spec=None,
    key_dtype="string",
    name=None,
):
    """The table from the elements of a data set to their indices 0, 1, …; the arguments of `table_from_dataset`."""
    pairs = dataset.enumerate().map(lambda index, key: (key, index))
    default = None if num_oov_buckets else default_value
    return table_from_dataset(pairs, num_oov_buckets, vocab_size, default, hasher_spec, key_dtype, name)
