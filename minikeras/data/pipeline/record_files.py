"""TFRecord files: records of bytes, each with its length and two checksums.

    length (8 bytes) · checksum of the length (4) · the record · checksum of the record (4)

All numbers are little-endian; a checksum is CRC-32C, turned by 15 bits and shifted, so that a file which holds records
with checksums in them does not upset it.
"""

import itertools
import struct

import numpy as np

from minikeras.errors import DataLossError
from minikeras.kernels.checksum import are_wrong, crc32c, masked

AT_ONCE = 1 << 19  # bytes that are read from a file, and whose checksums are computed together
HEAD, FRAME = 12, 16  # bytes before a record, and around it
LENGTH = struct.Struct("<Q")


def masked_checksum(content):
    """The four bytes that stand for the checksum of `content`."""
    crc = crc32c(np.frombuffer(content, np.uint8))
    return masked(crc).tobytes()


def read_records(file):
    """The records of a file that is open for reading bytes. See `record_lists`."""
    return itertools.chain.from_iterable(record_lists(file))


def record_lists(file):
    """The same, some at a time in lists: those that are read together.

    Raises:
        DataLossError: the file is cut off, or a checksum is wrong. The records before come first.
    """
    buffer, held, before = bytearray(AT_ONCE), 0, 0  # `held` bytes are not used yet, `before` came before them
    while count := file.readinto(memoryview(buffer)[held:]):
        held += count
        starts, end = _whole_records(buffer, held)
        if not starts and held == len(buffer):  # a long record: with the memory that the file fills
            _check_head(buffer, held, before)
            buffer += bytes(len(buffer))
        elif starts:
            right = _count_right(buffer, starts, end)
            yield _records_in(buffer, [*starts, end][: right + 1])
            if right < len(starts):
                _refuse(buffer, starts[right], before)
            buffer[: held - end] = buffer[end:held]
            held, before = held - end, before + end
    if held:
        _check_head(buffer, held, before)
        raise DataLossError(None, None, f"truncated record at {before}: the file ends within it")


def _whole_records(buffer, held):
    """Where the records in a buffer begin (their heads) that are in it as a whole, and where the last of them ends."""
    starts, place = [], 0
    while place + FRAME <= held:
        end = place + FRAME + LENGTH.unpack_from(buffer, place)[0]
        if end > held:
            break
        starts.append(place)
        place = end
    return starts, place


def _check_head(buffer, held, before):
    if held < HEAD or masked_checksum(buffer[: LENGTH.size]) != buffer[LENGTH.size : HEAD]:
        raise DataLossError(None, None, f"corrupted record at {before}: not a TFRecord file, or a broken one")


def _records_in(buffer, starts):
    """The records whose heads begin at `starts`, but the last of these, where the last record is over."""
    content = memoryview(buffer)
    return [content[start + HEAD : stop + HEAD - FRAME].tobytes() for start, stop in itertools.pairwise(starts)]


def _count_right(buffer, starts, end):
    """How many of the first records whose heads begin at `starts` have right checksums."""
    bounds = np.array([*starts, end], np.int64)
    parts = np.empty((2, 2, len(starts)), np.int64)  # at once: the compiled loop pays for many bytes
    parts[0, 0], parts[0, 1] = bounds[:-1], bounds[:-1] + HEAD
    parts[1, 0], parts[1, 1] = LENGTH.size, bounds[1:] - bounds[:-1] - FRAME
    wrong = are_wrong(np.frombuffer(buffer, np.uint8), *parts.reshape(2, -1))
    return int(np.flatnonzero(wrong.reshape(2, -1).any(axis=0))[0]) if wrong.any() else len(starts)


def _refuse(buffer, start, before):
    """Raise the error of a record whose head or content has a wrong checksum."""
    _check_head(buffer[start : start + HEAD], HEAD, before + start)
    raise DataLossError(None, None, f"corrupted record at {before + start}: its checksum is wrong")


def written_record(content):
    """The bytes of a record in a file."""
    length = LENGTH.pack(len(content))
    return length + masked_checksum(length) + content + masked_checksum(content)
