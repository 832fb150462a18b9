"""Arrays that stay on disk: only the rows of a batch of a `numpy.memmap` or HDF5 dataset are ever in memory.

    x = np.load("images.npy", mmap_mode="r")        # 200 GB
    model.fit(x, y)                                  # reads some MB, a thread the next ones meanwhile

Pages of a memmap count as this process's memory once they were read, until the system needs them elsewhere. They are
returned now and then, so that memory use stays flat; the system's file cache keeps them as long as there is space.
Small arrays are read at once and used like any array, in compiled plans that gather rows by themselves.
"""

import mmap
import os
import weakref

import numpy as np

from minikeras.config import floatx

SMALL = 32 << 20  # bytes that are read at once
RETURNED_AFTER = 16 << 20  # bytes read, after which a memmap's pages are returned


class StoredRows:
    """The rows of an array on disk: `rows[3:7]` and `rows[[5, 2]]` are arrays in memory, floats in `floatx()`.

    Args:
        source: a memmap, or an object with `shape`, `dtype` and `[rows]` such as an `h5py.Dataset`.
        start, stop: which rows of it.
    """

    def __init__(self, source, start=0, stop=None):
        self._source, self._start = source, start
        stop = len(source) if stop is None else stop
        self.shape = (stop - start, *source.shape[1:])
        self.ndim = len(self.shape)
        self.dtype = np.dtype(floatx()) if source.dtype.kind == "f" else source.dtype
        self._read = 0
        self._file = file_of(source)

    def __len__(self):
        return self.shape[0]

    def part(self, start, stop):
        """The rows from `start` to before `stop`, as StoredRows."""
        return StoredRows(self._source, self._start + start, self._start + stop)

    def __getitem__(self, rows):
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            found = self._source[self._start + start : self._start + stop]
        else:
            return self._rows(np.asarray(rows) + self._start).astype(self.dtype, copy=False)
        array = np.array(found, self.dtype)
        self._note(array.nbytes)
        return array

    def _rows(self, rows):
        if self._file is not None:
            return self._file.rows(rows)
        if isinstance(self._source, np.memmap):
            found = self._source[rows]
            self._note(len(rows) * max(found[:1].nbytes, mmap.PAGESIZE))
            return found
        wanted, positions = np.unique(rows, return_inverse=True)  # HDF5 reads rows in rising order, each once
        return self._source[wanted][positions]

    def _note(self, nbytes):
        """Return the pages of a memmap after much of it was read. (Written private copies would be lost.)"""
        self._read += nbytes
        if self._read > RETURNED_AFTER and isinstance(self._source, np.memmap) and self._source.mode != "c":
            self._read = 0
            mapped = getattr(self._source, "_mmap", None)
            if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)


class FileOfRows:
    """Reads single rows of a memmap's file: through the mapping, each would load the pages around it.

    Args:
        source: a contiguous memmap, all of which is in the file.
    """

    def __init__(self, source):
        mapped = np.frombuffer(source._mmap, np.uint8)
        begin = source.offset - source.offset % mmap.ALLOCATIONGRANULARITY  # where the mapping begins
        self._begin = begin + source.ctypes.data - mapped.ctypes.data
        self._shape, self._dtype = source.shape[1:], source.dtype
        self._name, self._file = source.filename, os.open(source.filename, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def rows(self, rows):
        """An array of the rows with these numbers."""
        result = np.empty((len(rows), *self._shape), self._dtype)
        size = result[:1].nbytes
        for line, row in zip(result.reshape(len(rows), -1), rows.tolist(), strict=True):
            if os.preadv(self._file, [line], self._begin + row * size) != size:
                raise OSError(f"The file '{self._name}' has become shorter: row {row} is not there any more.")
        return result


def file_of(source):
    """The `FileOfRows` of a memmap whose rows are at least a page long, so that reading single ones pays; else None.

    Also if the file was deleted or replaced after it was mapped.
    """
    is_whole = isinstance(source, np.memmap) and source.flags.c_contiguous and source.mode != "c"
    if not is_whole or source.filename is None or not hasattr(os, "preadv") or source[:1].nbytes < mmap.PAGESIZE:
        return None
    ends = np.array([0, len(source) - 1])
    try:
        file = FileOfRows(source)
        return file if file.rows(ends).tobytes() == source[ends].tobytes() else None
    except OSError:
        return None


def is_stored(x):
    """Whether an array is large and on disk."""
    if isinstance(x, np.memmap):
        return x.nbytes > SMALL and x.ndim > 0 and x.dtype.kind in "fiub"
    kind = type(x)
    if kind.__module__.partition(".")[0] != "h5py" or kind.__name__ != "Dataset" or not x.shape:
        return False
    return x.dtype.kind in "fiub" and x.size * x.dtype.itemsize > SMALL
