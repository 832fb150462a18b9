"""TFRecord files: records of bytes, each with its length and two checksums.

    length (8 bytes) · checksum of the length (4) · the record · checksum of the record (4)

All numbers are little-endian; a checksum is CRC-32C, turned by 15 bits and shifted, so that a file which holds records
with checksums in them does not upset it.
"""

import struct

import numpy as np

from minikeras.errors import DataLossError
from minikeras.kernels.checksum import crc32c, crc32c_of_parts

MASK = 0xA282EAD8
AT_ONCE = 1 << 18  # bytes that are read from a file, and whose checksums are computed together
HEAD, FRAME = 12, 16  # bytes before a record, and around it


def masked_checksum(content):
    """The four bytes that stand for the checksum of `content`."""
    crc = crc32c(np.frombuffer(content, np.uint8))
    return masked(crc).tobytes()


def masked(checksums):
    """CRC-32Cs (an array) as they stand in files."""
    crc = checksums.astype(np.uint64)
    return ((crc >> np.uint64(15) | crc << np.uint64(17)) + np.uint64(MASK)).astype("<u4")


def read_records(file):
    """The records of a file that is open for reading bytes.

    Raises:
        DataLossError: the file is cut off, or a checksum is wrong. The records before come first.
    """
    buffer, before = b"", 0  # what was read and not used yet, and how many bytes came before it
    while chunk := file.read(AT_ONCE):
        buffer += chunk
        starts, end = _whole_records(buffer)
        if not starts:
            buffer = _with_long_record(buffer, before, file)
            starts, end = _whole_records(buffer)
        yield from _checked(buffer, starts, before)
        buffer, before = buffer[end:], before + end
    if buffer:
        _check_head(buffer, before)
        raise DataLossError(None, None, f"truncated record at {before}: the file ends within it")


def _whole_records(buffer):
    """Where the records in a buffer begin (their heads) that are in it as a whole, and where the last of them ends."""
    starts, place = [], 0
    while place + FRAME <= len(buffer):
        end = place + FRAME + int.from_bytes(buffer[place : place + 8], "little")
        if end > len(buffer):
            break
        starts.append(place)
        place = end
    return starts, place


def _with_long_record(buffer, before, file):
    """The buffer with all of the record at its beginning."""
    if len(buffer) < HEAD:
        return buffer
    _check_head(buffer, before)
    missing = FRAME + int.from_bytes(buffer[:8], "little") - len(buffer)
    chunks = [buffer]
    while missing > 0 and (chunk := file.read(min(missing, AT_ONCE))):  # a false length takes no memory
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def _check_head(buffer, before):
    if len(buffer) < HEAD or masked_checksum(buffer[:8]) != buffer[8:HEAD]:
        raise DataLossError(None, None, f"corrupted record at {before}: not a TFRecord file, or a broken one")


def _checked(buffer, starts, before):
    """The records whose heads begin at `starts`, as far as their checksums are right."""
    content, heads = np.frombuffer(buffer, np.uint8), np.array(starts, np.int64)
    lengths = np.diff([*starts, _end_of(buffer, starts)]) - FRAME
    # at once: the compiled loop pays for many bytes
    parts = np.concatenate([heads, heads + HEAD]), np.concatenate([np.full(len(heads), 8), lengths])
    are_right = _are_right(content, *parts)
    of_heads, of_records = are_right[: len(heads)], are_right[len(heads) :]
    for start, length, head, record in zip(starts, lengths.tolist(), of_heads, of_records, strict=True):
        if not head:
            raise DataLossError(
                None, None, f"corrupted record at {before + start}: not a TFRecord file, or a broken one"
            )
        if not record:
            raise DataLossError(None, None, f"corrupted record at {before + start}: its checksum is wrong")
        yield buffer[start + HEAD : start + HEAD + length]


def _end_of(buffer, starts):
    return starts[-1] + FRAME + int.from_bytes(buffer[starts[-1] : starts[-1] + 8], "little") if starts else 0


def _are_right(content, starts, lengths):
    """For parts of the content, each with its checksum behind, whether that is right. A list."""
    if not len(starts):
        return []
    wanted = masked(crc32c_of_parts(content, starts, lengths))
    given = content[(starts + lengths)[:, None] + np.arange(4)]
    return (given == wanted.view(np.uint8).reshape(-1, 4)).all(axis=1).tolist()


def written_record(content):
    """The bytes of a record in a file."""
    length = struct.pack("<Q", len(content))
    return length + masked_checksum(length) + content + masked_checksum(content)
