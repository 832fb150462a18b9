"""`tf.lookup.experimental`."""

from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.lookup.tables import MutableHashTable
from minikeras.tensors.lookup import as_column

__all__ = ["DenseHashTable", "MutableHashTable"]


class DenseHashTable(MutableHashTable):
    """A `MutableHashTable` that excludes two keys, with which TensorFlow marks empty and deleted positions.

    Args:
        key_dtype, value_dtype: the dtypes of keys and values.
        default_value: of keys that are not in it.
        empty_key, deleted_key: the two keys.
        initial_num_buckets: no effect: the table grows as needed.
    """

    def __init__(self, key_dtype, value_dtype, default_value, empty_key, deleted_key, initial_num_buckets=None,
                 name="MutableDenseHashTable", checkpoint=True, experimental_is_anonymous=False):  # fmt: skip
        super().__init__(key_dtype, value_dtype, default_value, name)
        self._reserved = {
            key: argument
            for argument, given in (("empty_key", empty_key), ("deleted_key", deleted_key))
            for key in as_column([given], self.key_dtype)[0].tolist()
        }
        if len(self._reserved) < 2:
            raise InvalidArgumentError(None, None, "`empty_key` and `deleted_key` must differ: both mark empty slots.")

    def insert(self, keys, values, name=None):
        """Insert keys with their values; known ones get a new value."""
        super().insert(self._checked(keys), values)

    def remove(self, keys, name=None):
        """Remove keys; unknown ones are ignored."""
        super().remove(self._checked(keys))

    erase = remove

    def lookup(self, keys, name=None):
        """The value of each key."""
        return super().lookup(self._checked(keys))

    def _checked(self, keys):
        for key in as_column(keys, self.key_dtype)[0].tolist():
            if key in self._reserved:
                raise InvalidArgumentError(None, None, f"{key!r} is the table's `{self._reserved[key]}`, not a key.")
        return keys
