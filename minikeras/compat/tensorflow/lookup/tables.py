"""TensorFlow's names and parameters over the tables of `minikeras/tensors/lookup/`.

`name` names a table; that of a call labels a node of TensorFlow's graphs and has no effect.

A table gets its pairs from an *initializer*, an object with `key_dtype`, `value_dtype` and `pairs()`.
"""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import thread
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.tensors import lookup
from minikeras.tensors.lookup import as_column, pairs_of_columns, pairs_of_lines
from minikeras.tensors.strings.elementwise import path_of


class KeyValueTensorInitializer:
    """Keys and values as tensors of one length.

    Args:
        key_dtype, value_dtype: the dtypes of `keys` and `values`; unchanged if None.
    """

    def __init__(self, keys, values, key_dtype=None, value_dtype=None, name=None):
        keys, key_dtype = as_column(keys, key_dtype)
        values, value_dtype = as_column(values, value_dtype)
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self._pairs = list(pairs_of_columns(keys, values))

    def pairs(self):
        """(key, value) in their order, Python objects."""
        return iter(self._pairs)


class TextFileIndex:
    """The meaning of a column of a text file: -2 the whole line, -1 the number of the line; 0, 1, … a field of it."""

    WHOLE_LINE = lookup.WHOLE_LINE
    LINE_NUMBER = lookup.LINE_NUMBER


class TextFileInitializer:
    """Keys and values from the lines of a text file.

    Args:
        key_index, value_index: where they are in a line, see `TextFileIndex`.
        vocab_size: how many lines to read; all if None.
        delimiter: between fields.
        value_index_offset: added to line numbers.
    """

    def __init__(self, filename, key_dtype, key_index, value_dtype, value_index, vocab_size=None, delimiter="\t",
                 name=None, value_index_offset=0):  # fmt: skip
        self.path = path_of(filename)
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self.key_index, self.value_index = key_index, value_index
        self.vocab_size, self.delimiter, self.offset = vocab_size, delimiter, value_index_offset

    def pairs(self):
        """(key, value) of each line."""
        columns = (self.key_index, self.key_dtype), (self.value_index, self.value_dtype)
        return pairs_of_lines(
            self.path, *columns, count=self.vocab_size, delimiter=self.delimiter, first_number=self.offset
        )


class _Table:
    """Mixin: methods of TensorFlow's tables that ours lack."""

    def _set_name(self, name):
        self.name = name or type(self).__name__

    def lookup(self, keys, name=None):
        """The value of each key."""
        if isinstance(keys, KerasTensor) and not thread.records_history:  # the shape is asked for, in a layer's `call`
            return KerasTensor(keys.shape, self.value_dtype)
        return super().lookup(keys)

    def size(self, name=None):
        """How many there are, int64."""
        return super().size()

    def export(self, name=None):
        """(keys, values) as tensors."""
        return super().export()


class StaticHashTable(_Table, lookup.HashTable):
    """A table that does not change.

    Args:
        initializer: a `KeyValueTensorInitializer` or `TextFileInitializer`.
        default_value: of keys that are not in it.
    """

    def __init__(self, initializer, default_value, name=None, experimental_is_anonymous=False):
        super().__init__(default_value, initializer.key_dtype, initializer.value_dtype, initializer.pairs())
        self._set_name(name)


class StaticVocabularyTable(_Table, lookup.VocabularyTable):
    """Words to indices 0, 1, …; unknown words to one of `num_oov_buckets` indices after them, by their hash.

    Args:
        initializer: of pairs of a string (or integer) and an int64; None if no words are known.
        lookup_key_dtype: string or int64, if there is no initializer.
    """

    def __init__(self, initializer, num_oov_buckets, lookup_key_dtype=None, name=None, experimental_is_anonymous=False):
        if initializer is not None and initializer.value_dtype != "int64":
            raise TypeError(f"Invalid `value_dtype`, expected int64. Received: {initializer.value_dtype}")
        key_dtype = as_dtype(lookup_key_dtype or (initializer.key_dtype if initializer else "string"))
        super().__init__(num_oov_buckets, key_dtype, () if initializer is None else initializer.pairs())
        self.value_dtype = as_dtype("int64")
        self._set_name(name)
