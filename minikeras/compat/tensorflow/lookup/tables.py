"""`tf.lookup`: tables from keys to values, such as from words to numbers."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.io.files import path_of
from minikeras.errors import FailedPreconditionError, InvalidArgumentError
from minikeras.ragged import RaggedTensor
from minikeras.strings.farmhash import fingerprint64


def as_column(values, dtype=None):
    """Keys or values as a flat array, and the name of their dtype."""
    if holds_strings(values):
        return byte_strings(values).ravel(), "string"
    array = tensor(values, dtype).array.ravel()
    return array, array.dtype.name


class KeyValueTensorInitializer:
    """Keys and values as tensors of one length.

    Args:
        key_dtype, value_dtype: of the two; those they have if None.
    """

    def __init__(self, keys, values, key_dtype=None, value_dtype=None, name=None):
        self.keys, self.key_dtype = as_column(keys, key_dtype)
        self.values, self.value_dtype = as_column(values, value_dtype)
        self.key_dtype, self.value_dtype = as_dtype(self.key_dtype), as_dtype(self.value_dtype)
        if len(self.keys) != len(self.values):
            raise ValueError(
                f"There must be as many keys as values. Received: {len(self.keys)} keys, {len(self.values)} values"
            )

    def pairs(self):
        """(key, value) in their order, Python objects."""
        return zip(self.keys.tolist(), self.values.tolist(), strict=True)


class TextFileIndex:
    """What a column of a text file is: -2 the whole line, -1 the number of the line; 0, 1, … a field of it."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class TextFileInitializer:
    """Keys and values from the lines of a text file.

    Args:
        key_index, value_index: where they stand in a line, see `TextFileIndex`.
        vocab_size: how many lines to read; all if None.
        delimiter: stands between fields.
        value_index_offset: added to line numbers.
    """

    def __init__(self, filename, key_dtype, key_index, value_dtype, value_index, vocab_size=None, delimiter="\t",
                 name=None, value_index_offset=0):  # fmt: skip
        self.path = path_of(filename)
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self.key_index, self.value_index = key_index, value_index
        self.vocab_size, self.delimiter, self.offset = vocab_size, delimiter.encode(), value_index_offset

    def pairs(self):
        """(key, value) of each line."""
        with open(self.path, "rb") as file:
            for number, line in enumerate(file):
                if self.vocab_size is not None and number >= self.vocab_size:
                    return
                line = line.rstrip(b"\r\n")
                key = self._column(line, number, self.key_index, self.key_dtype)
                yield key, self._column(line, number, self.value_index, self.value_dtype)

    def _column(self, line, number, index, dtype):
        if index == TextFileIndex.LINE_NUMBER:
            return number + self.offset
        field = line if index == TextFileIndex.WHOLE_LINE else line.split(self.delimiter)[index]
        return (
            field if dtype == "string" else np.asarray(float(field) if "float" in dtype else int(field), dtype).item()
        )


class Table:
    """Base: a dict from keys to values, asked by tensors, ragged ones too."""

    key_dtype = value_dtype = name = None

    def __init__(self, name=None):
        self.name = name or type(self).__name__
        self._dict = {}

    def _value_of(self, key):
        raise NotImplementedError

    def lookup(self, keys, name=None):
        """The value of each key.

        Raises:
            TypeError: the keys have another dtype than those of the table.
        """
        if isinstance(keys, RaggedTensor):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        array = byte_strings(keys) if holds_strings(keys) else tensor(keys).array
        dtype = "string" if array.dtype == object else array.dtype.name
        if dtype != self.key_dtype and not (array.dtype.kind == "i" and "int" in self.key_dtype):
            raise TypeError(f"Dtype of argument `keys` must be {self.key_dtype}. Received: {dtype}")
        values = np.empty(array.size, object if self.value_dtype == "string" else self.value_dtype.name)
        values[:] = [self._value_of(key) for key in array.ravel().tolist()]
        return Tensor(values.reshape(array.shape))

    __getitem__ = lookup

    def size(self, name=None):
        """How many keys there are, int64."""
        return Tensor(np.int64(len(self._dict)))

    def export(self, name=None):
        """(keys, values) as tensors."""
        return self._exported(self._dict, self.key_dtype), self._exported(self._dict.values(), self.value_dtype)

    @staticmethod
    def _exported(items, dtype):
        array = np.empty(len(items), object if dtype == "string" else dtype.name)
        array[:] = list(items)
        return Tensor(array)


class StaticHashTable(Table):
    """A table that does not change.

    Args:
        initializer: a `KeyValueTensorInitializer` or `TextFileInitializer`.
        default_value: of keys that are not in it.

    Raises:
        FailedPreconditionError: a key has two values.
    """

    def __init__(self, initializer, default_value, name=None, experimental_is_anonymous=False):
        super().__init__(name)
        self.key_dtype, self.value_dtype = initializer.key_dtype, initializer.value_dtype
        self.default_value = as_column(default_value, None if holds_strings(default_value) else self.value_dtype)[
            0
        ].tolist()[0]
        for key, value in initializer.pairs():
            if self._dict.setdefault(key, value) != value:
                raise FailedPreconditionError(
                    None, None, f"HashTable has different value for same key. Key {key!r} has {self._dict[key]!r} and "
                    f"trying to add value {value!r}"
                )  # fmt: skip

    def _value_of(self, key):
        return self._dict.get(key, self.default_value)


class StaticVocabularyTable(Table):
    """Words to numbers 0, 1, …; unknown words to one of `num_oov_buckets` numbers behind them, by their hash.

    Args:
        initializer: of keys of strings (or integers) and values int64; None for no known words.
        lookup_key_dtype: string or int64, if there is no initializer.
    """

    value_dtype = as_dtype("int64")

    def __init__(self, initializer, num_oov_buckets, lookup_key_dtype=None, name=None, experimental_is_anonymous=False):
        super().__init__(name)
        if num_oov_buckets <= 0:
            raise ValueError(f"`num_oov_buckets` must be positive. Received: num_oov_buckets={num_oov_buckets}")
        if initializer is not None and initializer.value_dtype != "int64":
            raise TypeError(f"Invalid `value_dtype`, expected int64. Received: {initializer.value_dtype}")
        self._buckets = num_oov_buckets
        self.key_dtype = as_dtype(lookup_key_dtype or (initializer.key_dtype if initializer else "string"))
        self._dict = {} if initializer is None else dict(initializer.pairs())

    def _value_of(self, key):
        known = self._dict.get(key)
        if known is not None:
            return known
        string = key if isinstance(key, bytes) else str(key).encode()
        return len(self._dict) + fingerprint64(string) % self._buckets

    def size(self, name=None):
        """How many numbers there are, those of unknown words included."""
        return Tensor(np.int64(len(self._dict) + self._buckets))


class MutableHashTable(Table):
    """A table that changes: `insert`, `remove`.

    Args:
        key_dtype, value_dtype: of the two.
        default_value: of keys that are not in it.
    """

    def __init__(self, key_dtype, value_dtype, default_value, name="MutableHashTable", checkpoint=True,
                 experimental_is_anonymous=False):  # fmt: skip
        super().__init__(name)
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self.default_value = as_column(default_value, None if holds_strings(default_value) else self.value_dtype)[
            0
        ].tolist()[0]

    def _value_of(self, key):
        return self._dict.get(key, self.default_value)

    def insert(self, keys, values, name=None):
        """Put in keys with their values; known ones get a new value."""
        keys, values = as_column(keys)[0].tolist(), as_column(values)[0].tolist()
        if len(keys) != len(values):
            raise InvalidArgumentError(
                None, None, f"There must be as many keys as values. Received: {len(keys)}, {len(values)}"
            )
        self._dict.update(zip(keys, values, strict=True))

    def remove(self, keys, name=None):
        """Take out keys; unknown ones do not matter."""
        for key in as_column(keys)[0].tolist():
            self._dict.pop(key, None)
