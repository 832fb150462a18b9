"""Arrays that stay on disk: of a `numpy.memmap` or an HDF5 dataset only the rows of a batch are ever in memory.

    x = np.load("images.npy", mmap_mode="r")        # 200 GB
    model.fit(x, y)                                  # reads some MB, a thread the next ones meanwhile

A memmap's pages count as this process's memory once they were read, until the system needs them elsewhere. They are
returned now and then, so that memory stays flat; what was read stays in the system's file cache as long as there is
space. What is small is read at once and trained as any array, in compiled plans that gather rows by themselves.
"""

import mmap

import numpy as np

from minikeras.config import floatx

SMALL = 32 << 20  # bytes that are read at once
BROUGHT_BY_A_READ = 1 << 16  # bytes of a file that Linux maps at once
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
        if isinstance(self._source, np.memmap):
            return self._rows_of_memmap(rows)
        wanted, places = np.unique(rows, return_inverse=True)  # HDF5 reads rows in rising order, each once
        return self._source[wanted][places]

    def _rows_of_memmap(self, rows):
        """Some rows at a time: a read of one byte brings its page, and those around it, into this process's memory."""
        result = np.empty((len(rows), *self.shape[1:]), self._source.dtype)
        bytes_of_row = max(result[:1].nbytes, BROUGHT_BY_A_READ)
        at_once = max(1, RETURNED_AFTER // bytes_of_row)
        for start in range(0, len(rows), at_once):
            chosen = rows[start : start + at_once]
            result[start : start + at_once] = self._source[chosen]
            self._note(len(chosen) * bytes_of_row)
        return result

    def _note(self, nbytes):
        """Return the pages of a memmap that was read much of. (Copies that were written to would be lost.)"""
        self._read += nbytes
        if self._read > RETURNED_AFTER and isinstance(self._source, np.memmap) and self._source.mode != "c":
            self._read = 0
            mapped = getattr(self._source, "_mmap", None)
            if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)


def is_stored(x):
    """Whether an array is large and on disk."""
    if isinstance(x, np.memmap):
        return x.nbytes > SMALL and x.ndim > 0 and x.dtype.kind in "fiub"
    kind = type(x)
    if kind.__module__.partition(".")[0] != "h5py" or kind.__name__ != "Dataset" or not x.shape:
        return False
    return x.dtype.kind in "fiub" and x.size * x.dtype.itemsize > SMALL
