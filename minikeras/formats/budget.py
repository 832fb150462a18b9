"""Limits the resources that reading a file may use, so that a small file cannot fill the memory or the disk.

Arrays that a model needs are compared with its variables before they are read, so they take as much as the model. All
else (JSON, assets, arrays of user-defined layers, the structure of HDF5 files) draws on one `Budget` per file: the
file's own size, what the model needs, and the limit `file` of `keras.config.set_loading_limits`, 64 MiB by default.
"""

from minikeras.config import loading_limits
from minikeras.formats.unreadable import UnreadableFileError, unsafe

# Python's objects for JSON text take up to about twenty times as much memory as the text.
JSON_SHARE = 4
# A file with n bytes of weights may make a model whose variables take this many times n: optimizers have up to 5 slots
# per weight that are not in the file before the first step, and compressed arrays take less than their size.
VARIABLES_PER_STORED_BYTE = 16


class Budget:
    """The bytes that may still be used for reading one file.

    Args:
        name: path of the file, for errors.
        limit: in bytes.
    """

    def __init__(self, name, limit):
        self.name, self.limit, self.left = name, limit, limit

    def spend(self, count, what):
        """Take `count` bytes for `what`, such as "the member 'assets/words.txt'".

        Raises:
            UnreadableFileError: less is left.
        """
        if count > self.left:
            raise UnreadableFileError(
                f"'{self.name}' is not read, for it may not be what it seems: with {what} ({count} bytes) it would "
                f"take more than {self.limit} bytes, far more than its own size. If you trust the file, raise the "
                f"limit: `keras.config.set_loading_limits(file={_enough(self.limit - self.left + count)})`."
            )
        self.left -= count

    def extend(self, count):
        """Allow `count` more bytes."""
        self.limit += count
        self.left += count


def file_budget(name, size):
    """The `Budget` of a file of `size` bytes: its size plus the limit `file`."""
    return Budget(name, size + loading_limits()["file"])


def variables_limit(size):
    """How many bytes the variables of a model made from a file of `size` bytes may take."""
    return VARIABLES_PER_STORED_BYTE * (size + json_limit())


def json_limit():
    """The most bytes of JSON text in a file."""
    return loading_limits()["file"] // JSON_SHARE


def check_json_size(name, what, size):
    """Check that JSON text is not too long to be read.

    Raises:
        UnreadableFileError: it is.
    """
    if size > json_limit():
        raise unsafe(
            name,
            f"its '{what}' has {size} bytes of JSON, expected at most {json_limit()}. If you trust the file, raise the "
            f"limit: `keras.config.set_loading_limits(file={_enough(JSON_SHARE * size)})`",
        )


def _enough(count):
    """The next power of two, as a round number."""
    return 1 << max(count - 1, 1).bit_length()
