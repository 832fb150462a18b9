"""`HashTable`, `MutableHashTable`, `VocabularyTable`: dicts from keys to values, looked up for tensors of keys."""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import FailedPreconditionError, InvalidArgumentError
from minikeras.kernels.strings.farmhash import fingerprint64
from minikeras.ops.conversion import data_array
from minikeras.tensors.lookup.columns import as_column
from minikeras.tensors.ragged import RaggedTensor


class LookupTable:
    """Base class: a dict from keys to values.

    Args:
        key_dtype, value_dtype: of the two, such as "string" and "int64".
        pairs: (key, value)s to begin with: Python numbers, and `bytes` for strings.

    Raises:
        FailedPreconditionError: a key has two values.
    """

    def __init__(self, key_dtype, value_dtype, pairs=()):
        self.key_dtype, self.value_dtype = key_dtype, value_dtype
        self._dict = {}
        for key, value in pairs:
            if self._dict.setdefault(key, value) != value:
                raise FailedPreconditionError(
                    None, None, f"A key of a hash table has one value. Received: {key!r} with {self._dict[key]!r} and "
                    f"with {value!r}"
                )  # fmt: skip

    def _unknown(self, key):
        """The value of a key that is not in the table."""
        raise NotImplementedError

    def lookup(self, keys):
        """The value of each key, a tensor (ragged where `keys` is).

        Raises:
            TypeError: the keys have a different dtype than those of the table.
        """
        if isinstance(keys, RaggedTensor):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        if isinstance(keys, KerasTensor) or (thread.exports and isinstance(keys, Tensor)):
            return LookUp(self)(keys)
        array = byte_strings(keys) if holds_strings(keys) else data_array(keys)
        dtype = "string" if array.dtype == object else array.dtype.name
        if dtype != self.key_dtype and not (array.dtype.kind == "i" and "int" in self.key_dtype):
            raise TypeError(f"Dtype of argument `keys` must be {self.key_dtype}. Received: {dtype}")
        known = self._dict
        values = [known[key] if key in known else self._unknown(key) for key in array.ravel().tolist()]
        return Tensor(_array_of(values, self.value_dtype).reshape(array.shape))

    def __getitem__(self, keys):
        return self.lookup(keys)

    def size(self):
        """How many keys there are, int64."""
        return Tensor(np.int64(len(self._dict)))

    def export(self):
        """(keys, values) as tensors."""
        keys, values = _array_of(self._dict, self.key_dtype), _array_of(self._dict.values(), self.value_dtype)
        return Tensor(keys), Tensor(values)


class LookUp(Op):
    """y = the values of a table for the keys x. No gradient."""

    differentiable = False

    def __init__(self, table):
        self.table = table

    def forward(self, x):
        return self.table.lookup(x).array

    def output_shape(self, shape):
        return shape

    def output_dtype(self, x):
        return self.table.value_dtype


def _array_of(items, dtype):
    array = np.empty(len(items), object if dtype == "string" else standardize_dtype(dtype))
    array[:] = list(items)
    return array


class HashTable(LookupTable):
    """A table in which unknown keys have a default value.

    Args:
        default_value: for keys that are not in it.
        key_dtype, value_dtype, pairs: see `LookupTable`.
    """

    def __init__(self, default_value, key_dtype, value_dtype, pairs=()):
        super().__init__(key_dtype, value_dtype, pairs)
        dtype = None if holds_strings(default_value) else value_dtype
        self.default_value = as_column(default_value, dtype)[0].tolist()[0]

    def _unknown(self, key):
        return self.default_value


class MutableHashTable(HashTable):
    """A `HashTable` whose entries can be changed."""

    def insert(self, keys, values):
        """Insert keys with their values; known keys get the new value.

        Raises:
            InvalidArgumentError: there are not as many keys as values.
        """
        keys, values = as_column(keys)[0].tolist(), as_column(values)[0].tolist()
        if len(keys) != len(values):
            raise InvalidArgumentError(
                None, None, f"There must be as many keys as values. Received: {len(keys)}, {len(values)}"
            )
        self._dict.update(zip(keys, values, strict=True))

    def remove(self, keys):
        """Remove keys; unknown ones are ignored."""
        for key in as_column(keys)[0].tolist():
            self._dict.pop(key, None)


class VocabularyTable(LookupTable):
    """Maps words to 0, 1, …, and unknown words by their hash to one of the `num_oov_buckets` numbers after these.

    Args:
        num_oov_buckets: how many numbers unknown words share, at least 1.
        key_dtype: "string", or "int64" for numbers in place of words.
        pairs: (word, its number).
    """

    def __init__(self, num_oov_buckets, key_dtype="string", pairs=()):
        super().__init__(key_dtype, "int64")
        if num_oov_buckets <= 0:
            raise ValueError(f"`num_oov_buckets` must be positive. Received: num_oov_buckets={num_oov_buckets}")
        self._buckets = num_oov_buckets
        self._dict = dict(pairs)

    def _unknown(self, key):
        string = key if isinstance(key, bytes) else str(key).encode()
        return len(self._dict) + fingerprint64(string) % self._buckets

    def size(self):
        """How many numbers there are, including those of unknown words."""
        return Tensor(np.int64(len(self._dict) + self._buckets))
