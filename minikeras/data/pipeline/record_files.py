"""TFRecord files: records of bytes, each with its length and two checksums.

    length (8 bytes) · checksum of the length (4) · the record · checksum of the record (4)

All numbers are little-endian; a checksum is CRC-32C, turned by 15 bits and shifted, so that a file which holds records
with checksums in them does not upset it.
"""

import struct

import numpy as np

from minikeras.errors import DataLossError
from minikeras.kernels.checksum import are_wrong, crc32c, masked
from minikeras.kernels.strings.packed import PackedStrings

AT_ONCE = 1 << 20  # bytes that are read from a file, and whose checksums are computed together
HEAD, FRAME = 12, 16  # bytes before a record, and around it
LENGTH = struct.Struct("<Q")


def masked_checksum(content):
    """The four bytes that stand for the checksum of `content`."""
    crc = crc32c(np.frombuffer(content, np.uint8))
    return masked(crc).tobytes()


def read_records(file):
    """The records of a file that is open for reading bytes, as `bytes`. See `RecordReader`."""
    reader = RecordReader(file)
    while len(records := reader.take()):
        yield from records.objects()


class RecordReader:
    """The records of a file, as many at a time as are asked for, in an array of bytes as they are in the file.

    An array is never written to again, for the tensors that are in it. What was not taken of it when more is asked for
    is copied to the beginning of the next one.

    Args:
        file: open for reading bytes.
    """

    def __init__(self, file):
        self._file = file
        self._content, self._size = np.empty(0, np.uint8), AT_ONCE  # the array, and the bytes of the next one
        self._before, self._held = 0, 0  # bytes of the file before those in the array, and how many it has
        self._bounds = np.zeros(1, np.int64)  # where the records that were not taken begin in it, and the last ends
        self._is_broken = False  # what comes behind them

    def take(self, count=None):
        """`PackedStrings` of the next records: `count` of them, fewer at the end; None takes those read together.

        Raises:
            DataLossError: the file is cut off, or a checksum is wrong. The records before come first.
        """
        while len(self._bounds) <= (count or 1) and self._read():
            pass
        bounds = self._bounds if count is None else self._bounds[: count + 1]
        if len(bounds) == 1 and bounds[0] < self._held:
            raise DataLossError(None, None, self._what_is_wrong(int(bounds[0])))
        self._bounds = self._bounds[len(bounds) - 1 :]
        lengths = bounds[1:] - bounds[:-1]
        if len(lengths) == count:  # with whole groups in an array, none is copied if all are as long
            used = int(bounds[-1] - bounds[0])
            size = max(1, AT_ONCE // used) * used
            if abs(size - self._size) > self._size // 8:  # jobs are prepared for arrays of one size
                self._size = size
        return PackedStrings(self._content, bounds[:-1] + HEAD, lengths - FRAME)

    def _read(self):
        """Read more of the file, and check it; False at its end, or where it is known to be broken."""
        if self._is_broken:
            return False
        first = int(self._bounds[0])
        left = self._content[first : self._held]
        content, held = np.empty(max(self._size, 2 * len(left)), np.uint8), len(left)
        content[:held] = left
        while count := self._file.readinto(memoryview(content)[held:]):
            held += count
        if held == len(left):
            return False
        self._content, self._held, self._before = content, held, self._before + first
        bounds = _bounds_of_records(memoryview(content)[:held])
        right = _count_right(content, bounds)
        self._bounds = bounds[: right + 1]
        # That of a record which is not there as a whole: no memory is to be taken for a wrong length
        self._is_broken = right < len(bounds) - 1 or self._has_wrong_head(int(bounds[-1]))
        return True

    def _has_wrong_head(self, place):
        """Whether the head of the record that begins there is wrong, as far as it is in the array."""
        head = self._content[place : min(place + HEAD, self._held)].tobytes()
        return len(head) == HEAD and masked_checksum(head[: LENGTH.size]) != head[LENGTH.size :]

    def _what_is_wrong(self, place):
        """The message for the record that begins there."""
        held, where = self._held - place, self._before + place
        if held < HEAD or self._has_wrong_head(place):
            return f"corrupted record at {where}: not a TFRecord file, or a broken one"
        if held < FRAME + LENGTH.unpack_from(self._content, place)[0]:
            return f"truncated record at {where}: the file ends within it"
        return f"corrupted record at {where}: its checksum is wrong"


def _bounds_of_records(content):
    """Where the records begin (their heads) that are there as a whole, and where the last of them ends."""
    bounds, end, last = [0], 0, len(content) - FRAME
    while end <= last:
        end += FRAME + LENGTH.unpack_from(content, end)[0]
        bounds.append(end)
    if end > len(content):
        bounds.pop()
    return np.array(bounds, np.int64)


def _count_right(content, bounds):
    """How many of the first records, each from one of `bounds` to the next, have right checksums."""
    parts = np.empty((2, 2, len(bounds) - 1), np.int64)  # at once: the compiled loop pays for many bytes
    parts[0, 0], parts[0, 1] = bounds[:-1], bounds[:-1] + HEAD
    parts[1, 0], parts[1, 1] = LENGTH.size, bounds[1:] - bounds[:-1] - FRAME
    wrong = are_wrong(content, *parts.reshape(2, -1)).reshape(2, -1).any(axis=0)
    return int(wrong.argmax()) if wrong.any() else len(wrong)


def written_record(content):
    """The bytes of a record in a file."""
    length = LENGTH.pack(len(content))
    return length + masked_checksum(length) + content + masked_checksum(content)
