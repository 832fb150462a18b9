"""`StoredArray`: an array in a file that was found but not read yet."""

import math

import numpy as np

from minikeras.base.extension_dtypes import is_extension

NUMERIC_KINDS = "biuf"  # kinds of dtypes: bool, integers, floats


class StoredArray:
    """A file's declaration of an array, which suffices to decide whether to read it.

    Attributes:
        path: its path in the file, for errors.
        shape: tuple.
        dtype: of the elements as they are read.
    """

    def __init__(self, path, shape, dtype):
        self.path, self.shape, self.dtype = path, shape, dtype

    @property
    def nbytes(self):
        """How many bytes the array takes when it is read."""
        return math.prod(self.shape) * self.dtype.itemsize

    def read(self):
        """The array, new and writable.

        Raises:
            UnreadableFileError: this part of the file is damaged.
        """
        raise NotImplementedError


def check_fits(stored, shape, dtype):
    """Check, before anything of it is read, that a stored array can become the value of a variable.

    Raises:
        ValueError: the shape differs, or the elements are of another kind, such as text for numbers or floats for
            integers.
    """
    if stored.shape != tuple(shape):
        raise ValueError(f"'{stored.path}' has the shape {stored.shape}, expected {tuple(shape)}")
    if is_bytes_of(stored.dtype, np.dtype(dtype)):
        return
    found, wanted = _like_numpys(stored.dtype), _like_numpys(np.dtype(dtype))
    if found.kind not in NUMERIC_KINDS or not np.can_cast(found, wanted, "same_kind"):
        raise ValueError(f"'{stored.path}' has the dtype {stored.dtype}, which cannot become {np.dtype(dtype)}")


def is_bytes_of(stored, dtype):
    """Whether elements of a dtype are bytes without a name, and `dtype` is one that NumPy itself stores so."""
    return stored.kind == "V" and not is_extension(stored) and is_extension(dtype) and stored.itemsize == dtype.itemsize


def _like_numpys(dtype):
    """NumPy's own dtype of the kind of a dtype."""
    return np.dtype("int8" if "int" in dtype.name else "float32") if is_extension(dtype) else dtype


def read_as(stored, dtype):
    """The array with elements of another dtype. Values beyond that dtype's range become infinite, as in Keras."""
    array = stored.read()
    if is_bytes_of(array.dtype, np.dtype(dtype)):
        return array.view(dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(dtype, copy=False)
