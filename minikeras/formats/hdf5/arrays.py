"""Arrays in HDF5 files: where their elements are, and reading them."""

import numpy as np

from minikeras.base.extension_dtypes import EXTENSION_DTYPES, is_extension, use_extension_dtypes
from minikeras.formats.hdf5.attributes import Attributes
from minikeras.formats.hdf5.chunks import Chunks, filters_of
from minikeras.formats.hdf5.datatypes import TEXT, datatype_of, shape_of
from minikeras.formats.hdf5.headers import content_of
from minikeras.formats.hdf5.source import UNDEFINED
from minikeras.formats.stored_array import StoredArray

DATASPACE, DATATYPE, EXTERNAL_FILES, LAYOUT, FILTERS = 0x01, 0x03, 0x07, 0x08, 0x0B
COMPACT, CONTIGUOUS, CHUNKED, VIRTUAL = 0, 1, 2, 3


class Hdf5Array(StoredArray):
    """An array of an HDF5 file.

    Args:
        source: `Source` of the file.
        messages: of its header.
        path: its path in the file.

    Raises:
        UnreadableFileError: it is in another file, or its elements are of a kind that weights do not have.
    """

    def __init__(self, source, messages, path):
        self._source, self._messages = source, messages
        self._layout = content_of(messages, LAYOUT).copy()
        if content_of(messages, EXTERNAL_FILES) is not None or self._layout_class() == VIRTUAL:
            raise source.unsafe(f"the array '{path}' is in another file")
        shape = shape_of(source, content_of(messages, DATASPACE).copy())
        self._stored_dtype = datatype_of(source, content_of(messages, DATATYPE).copy(), f"an array '{path}'")
        if self._stored_dtype is TEXT:
            raise source.unsupported(f"an array '{path}' of {TEXT}")
        if shape is None:
            raise source.unsupported(f"an array '{path}' without a shape")
        super().__init__(path, shape, self._stored_dtype.newbyteorder("="))
        if self.dtype.kind == "V":
            name = Attributes(source, messages).text("dtype")
            if name in EXTENSION_DTYPES:  # written by `write_array`
                use_extension_dtypes()
                named = np.dtype(name)
                self.dtype = named if named.itemsize == self.dtype.itemsize else self.dtype

    def _layout_class(self):
        version = self._layout.number(1)
        if version not in (3, 4):
            raise self._source.unsupported("an array in the form of HDF5 1.4")
        self._version, self._class = version, self._layout.number(1)
        return self._class

    def read(self):
        array = np.empty(self.shape, self._stored_dtype)
        if array.size:
            self._fill(array)
        if self.dtype == bool:
            return array.view("uint8") != 0  # a byte of 2 would be a bool that is neither True nor False
        if array.dtype.kind == "V" and is_extension(self.dtype):
            return array.view(self.dtype)
        return array.astype(self.dtype, copy=False)

    def _fill(self, array):
        layout, data = self._layout.copy().skip(2), array.reshape(-1).view("uint8").data
        if self._class == COMPACT:
            size = layout.number(2)
            self._check_size(size, array.nbytes)
            data[:] = layout.bytes(size)
        elif self._class == CONTIGUOUS:
            address, size = layout.numbers(2, 8)
            if address == UNDEFINED:
                raise self._source.damaged(f"the array '{self.path}' has no values")
            self._check_size(size, array.nbytes)
            self._source.read_into(address, data)
        elif self._class == CHUNKED and self._version == 3:
            rank, address = layout.number(1) - 1, layout.number(8)
            chunk = layout.numbers(rank, 4)
            filters = filters_of(self._source, content_of(self._messages, FILTERS), self.path)
            Chunks(self._source, self.path, address, chunk, filters).read_into(array)
        else:
            raise self._source.unsupported(f"an array '{self.path}' in chunks in the form of HDF5 1.10")

    def _check_size(self, size, expected):
        if size != expected:
            raise self._source.damaged(f"the array '{self.path}' has {size} bytes in place of {expected}")


def is_array(messages):
    """Whether an object's header is that of an array."""
    return all(content_of(messages, kind) is not None for kind in (DATASPACE, DATATYPE, LAYOUT))
