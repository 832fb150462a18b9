"""TFRecord files, read and written: records of bytes, each with its length and two checksums.

    length (8 bytes) · checksum of the length (4) · the record · checksum of the record (4)

All numbers are little-endian; a checksum is CRC-32C, rotated by 15 bits with a constant added, so that it remains
useful for records that themselves contain checksums.
"""

import gzip
import io
import struct
import zlib

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.base.errors import DataLossError
from minikeras.kernels.checksum import masked_checksum
from minikeras.kernels.record_jobs import FRAME, HEAD, RecordFinder
from minikeras.kernels.strings.packed import PackedStrings

AT_ONCE = 1 << 20  # bytes that are read from a file, and whose checksums are computed together
LENGTH = struct.Struct("<Q")


def read_records(file):
    """The records of a file that is open for reading bytes, as `bytes`. See `RecordReader`."""
    reader = RecordReader(file)
    while len(records := reader.take()):
        yield from records.objects()


class RecordReader:
    """Reads records, as many at a time as are asked for, in an array of bytes as they are in the file.

    An array is never overwritten, since tensors refer to it. Its remaining records are copied to the beginning of the
    next array.

    Args:
        file: open for reading bytes.
    """

    def __init__(self, file):
        self._file = file
        self._content, self._size = np.empty(0, np.uint8), AT_ONCE  # the array, and the bytes of the next one
        self._before, self._held = 0, 0  # bytes of the file before those in the array, and how many it has
        self._starts = self._lengths = np.empty(0, np.int64)  # of the records in it that were not taken
        self._end = 0  # where the last of these records ends
        self._is_broken = False  # what comes after them
        self._finder = RecordFinder()

    def take(self, count=None):
        """`PackedStrings` of the next records: `count` of them, fewer at the end; None takes those read together.

        Raises:
            DataLossError: the file is cut off, or a checksum is wrong. The records before come first.
        """
        while len(self._starts) < (count or 1) and self._read():
            pass
        starts, lengths = self._starts[:count], self._lengths[:count]
        if not len(starts) and self._end < self._held:
            raise DataLossError(None, None, self._error_message(self._end))
        self._starts, self._lengths = self._starts[len(starts) :], self._lengths[len(starts) :]
        if len(starts) == count:  # with whole groups in an array, none is copied if all are as long
            used = int(starts[-1] + lengths[-1] - starts[0]) + FRAME
            size = max(1, AT_ONCE // used) * used
            if abs(size - self._size) > self._size // 8:  # jobs are prepared for arrays of one size
                self._size = size
        return PackedStrings(self._content, starts, lengths)

    def _read(self):
        """Read more of the file, and check it; return False at its end, or once it is known to be broken."""
        if self._is_broken:
            return False
        first = int(self._starts[0]) - HEAD if len(self._starts) else self._end
        left = self._content[first : self._held]
        if not len(left):
            self._content = left = np.empty(0, np.uint8)  # so that the next array may get this one's memory, if free
        content, held = np.empty(max(self._size, 2 * len(left)), np.uint8), len(left)
        content[:held] = left
        while count := self._file.readinto(memoryview(content)[held:]):
            held += count
        if held == len(left):
            return False
        self._content, self._held, self._before = content, held, self._before + first
        self._starts, self._lengths, self._end, self._is_broken = self._finder.find(content, held)
        return True

    def _has_wrong_head(self, place):
        """Whether the header of the record that begins there is wrong, as far as it is in the array."""
        head = self._content[place : min(place + HEAD, self._held)].tobytes()
        return len(head) == HEAD and masked_checksum(head[: LENGTH.size]) != head[LENGTH.size :]

    def _error_message(self, place):
        """The message for the record that begins there."""
        held, where = self._held - place, self._before + place
        if held < HEAD or self._has_wrong_head(place):
            return f"corrupted record at {where}: not a TFRecord file, or a broken one"
        if held < FRAME + LENGTH.unpack_from(self._content, place)[0]:
            return f"truncated record at {where}: the file ends within it"
        return f"corrupted record at {where}: its checksum is wrong"


def written_record(content):
    """The bytes of a record in a file."""
    length = LENGTH.pack(len(content))
    return length + masked_checksum(length) + content + masked_checksum(content)


COMPRESSIONS = {"": None, "GZIP": gzip.compress, "ZLIB": zlib.compress}


class RecordWriter:
    """Writes records of bytes into a file. To be used in a `with` statement, or closed.

    Args:
        path: of the file; an earlier one of that name is replaced.
        compression: "", "GZIP" or "ZLIB".
        level: of compression, 0 … 9.

    Raises:
        ValueError: an unknown compression.
    """

    def __init__(self, path, compression="", level=6):
        if compression not in COMPRESSIONS:
            raise ValueError(f"`compression_type` must be '', 'GZIP' or 'ZLIB'. Received: {compression!r}")
        self._compress, self._level = COMPRESSIONS[compression], level
        self._file = open(path, "wb")  # noqa: SIM115
        self._buffer = io.BytesIO() if self._compress else self._file

    def write(self, record):
        """Append a record (bytes, text or a string tensor)."""
        self._buffer.write(written_record(byte_strings(record)[()]))

    def flush(self):
        """Flush written records to the system; with compression that happens at the end."""
        self._file.flush()

    def close(self):
        """Finish the file."""
        if self._file.closed:
            return
        if self._compress:
            self._file.write(self._compress(self._buffer.getvalue(), self._level))
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, exception_type, exception, traceback):
        self.close()
