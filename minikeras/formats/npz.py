"""`.npz` files: NumPy arrays by name in a zip archive. Objects, which NumPy pickles, are never read."""

import zipfile
from collections.abc import Mapping
from contextlib import contextmanager

import numpy as np
from numpy.lib import format as npy

from minikeras.formats.replacing import replacing
from minikeras.formats.stored_array import StoredArray
from minikeras.formats.unreadable import unsafe
from minikeras.formats.zip_archive import open_zip

LONGEST_HEADER = 2000
READ_AT_ONCE = 1 << 20
ENDING = ".npy"


def write_npz(path, arrays):
    """Write {name: array} to a `.npz` file. An earlier file of that name is replaced only by a complete one."""
    with replacing(path) as unfinished, zipfile.ZipFile(unfinished, "w") as archive:
        for name, array in arrays.items():
            with archive.open(name + ENDING, "w", force_zip64=True) as member:
                npy.write_array(member, np.asarray(array), allow_pickle=False)


@contextmanager
def open_npz(path, wanted):
    """The `NpzFile` at a path.

    Raises:
        FileNotFoundError: it is not there.
        UnreadableFileError: it is damaged or of another kind; while it is used, too.
    """
    with open_zip(path, wanted) as archive:
        yield NpzFile(archive)


class NpzFile(Mapping):
    """{name: `NpzArray`} of a file; arrays are read on demand."""

    def __init__(self, archive):
        self._archive = archive
        self._members = {name.removesuffix(ENDING): name for name in archive.names}

    def __getitem__(self, name):
        return NpzArray(self._archive, self._members[name])

    def __iter__(self):
        return iter(self._members)

    def __len__(self):
        return len(self._members)

    def __contains__(self, name):
        return name in self._members


class NpzArray(StoredArray):
    """An array of a `.npz` file.

    Args:
        archive: `ZipArchive`.
        name: of the member.

    Raises:
        UnreadableFileError: it is not an array, or one of Python objects.
    """

    def __init__(self, archive, name):
        self._archive, self._name = archive, name
        with archive.reading(f"'{name}'"), archive.open(name) as member:
            shape, self._is_fortran, dtype = _header(member)
        if dtype.hasobject:
            raise unsafe(archive.path, f"its '{name}' holds Python objects, which can run code when they are read")
        super().__init__(name.removesuffix(ENDING), shape, dtype.newbyteorder("="))
        self._stored_dtype = dtype

    def read(self):
        array = np.empty(self.shape[::-1] if self._is_fortran else self.shape, self._stored_dtype)
        left = memoryview(array.reshape(-1).view("uint8")) if array.size else b""
        with self._archive.reading(f"'{self._name}'"), self._archive.open(self._name) as member:
            _header(member)
            while len(left) and (count := member.readinto(left[:READ_AT_ONCE])):
                left = left[count:]
            too_long = member.read(1)  # at its end, the checksum is compared
        if len(left) or too_long:
            raise self._archive.damaged(f"'{self._name}' has not the {self.nbytes} bytes of its shape")
        return (array.T if self._is_fortran else array).astype(self.dtype, order="C", copy=False)


def _header(member):
    """Shape, order of axes and dtype."""
    version = npy.read_magic(member)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
    return read(member, max_header_size=LONGEST_HEADER)
