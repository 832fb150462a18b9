"""`Source` and `Fields`: the bytes of an HDF5 file, read within bounds."""

import os

from minikeras.config import loading_limits
from minikeras.formats.budget import Budget
from minikeras.formats.unreadable import UnreadableFileError, unreadable, unsafe

COST_OF_READING = 64  # added to each piece of structure, so that many small ones are limited too
UNDEFINED = 2**64 - 1  # the address of a missing object
WANTED = "a file of Keras weights"


class Source:
    """The bytes of a file: its structure, of which only a limited amount is read, and the arrays.

    Args:
        file: open for reading in binary.
        name: of the file, for errors.
        wanted: the kind of file it should be, for errors.
    """

    def __init__(self, file, name, wanted=WANTED):
        self._file, self.name, self.wanted = file, name, wanted
        self.size = file.seek(0, os.SEEK_END)
        self._structure = Budget(name, loading_limits()["file"])
        self.heaps = {}  # those that were read, see `attributes.py`

    def fields(self, offset, count):
        """`Fields` over `count` bytes of structure.

        Raises:
            UnreadableFileError: they are not all in the file, or the structure has gone on for too long.
        """
        self.spend(count)
        self._check_within(offset, count)
        self._file.seek(offset)
        data = self._file.read(count)
        if len(data) < count:
            raise self.damaged("it ends too early")
        return Fields(data, self)

    def spend(self, count):
        """Count one more piece of structure, of `count` bytes.

        Raises:
            UnreadableFileError: it has gone on for too long.
        """
        self._structure.spend(count + COST_OF_READING, "its structure")

    def read_into(self, offset, buffer):
        """Fill a writable buffer with the bytes at an offset."""
        self._check_within(offset, len(buffer))
        self._file.seek(offset)
        view = memoryview(buffer)
        while view:
            count = self._file.readinto(view)
            if not count:
                raise self.damaged("it ends too early")
            view = view[count:]

    def _check_within(self, offset, count):
        if offset + count > self.size:
            raise self.damaged(f"it ends at byte {self.size}, but byte {offset + count} is needed")

    def damaged(self, reason):
        """The error for bytes that are no HDF5 file."""
        return unreadable(self.name, self.wanted, reason)

    def unsafe(self, reason):
        """The error for something that could reach beyond the file."""
        return unsafe(self.name, reason)

    def unsupported(self, what):
        """The error for a form of HDF5 that Keras does not write."""
        return UnreadableFileError(
            f"'{self.name}' is not read: it has {what}, which Keras does not write and minikeras does not read. Save "
            "the weights again, or copy groups, arrays and attributes into a new file with h5py and its defaults."
        )


class Fields:
    """Bytes from which one field after the other is taken; numbers are little-endian."""

    def __init__(self, data, source):
        self.data, self._source, self._at = data, source, 0

    @property
    def left(self):
        """How many bytes are left."""
        return len(self.data) - self._at

    def bytes(self, count):
        """The next bytes.

        Raises:
            UnreadableFileError: there are fewer.
        """
        if count > self.left:
            raise self._source.damaged("a part of its structure is too short")
        self._at += count
        return self.data[self._at - count : self._at]

    def number(self, count):
        """The next unsigned integer of `count` bytes."""
        return int.from_bytes(self.bytes(count), "little")

    def numbers(self, count, size):
        """The next `count` unsigned integers of `size` bytes, as a tuple."""
        return tuple(self.number(size) for _ in range(count))

    def skip(self, count):
        """Skip bytes, and return `self`."""
        self.bytes(count)
        return self

    def align(self, size):
        """Continue at a multiple of `size` bytes from the start."""
        self.skip(min(-self._at % size, self.left))

    def expect(self, signature):
        """Check that the next bytes are these, and return `self`."""
        if self.bytes(len(signature)) != signature:
            raise self._source.damaged(f"the signature {signature.decode()} is missing")
        return self

    def copy(self):
        """`Fields` over the same bytes, at their start."""
        return Fields(self.data, self._source)

    def part(self, count):
        """`Fields` over the next bytes."""
        return Fields(self.bytes(count), self._source)
