"""TFRecord files: records of bytes, each with its length and two checksums.

    length (8 bytes) · checksum of the length (4) · the record · checksum of the record (4)

All numbers are little-endian; a checksum is CRC-32C, turned by 15 bits and shifted, so that a file which holds records
with checksums in them does not upset it.
"""

import struct

import numpy as np

from minikeras.errors import DataLossError
from minikeras.kernels.checksum import crc32c

MASK = 0xA282EAD8


def masked_checksum(content):
    """The four bytes that stand for the checksum of `content`."""
    crc = int(crc32c(np.frombuffer(content, np.uint8))[0])
    return struct.pack("<I", ((crc >> 15 | crc << 17) + MASK) & 0xFFFFFFFF)


def read_records(file):
    """The records of a file that is open for reading bytes.

    Raises:
        DataLossError: the file is cut off, or a checksum is wrong.
    """
    place = 0
    while head := file.read(12):
        if len(head) < 12 or masked_checksum(head[:8]) != head[8:]:
            raise DataLossError(None, None, f"corrupted record at {place}: not a TFRecord file, or a broken one")
        (length,) = struct.unpack("<Q", head[:8])
        content, checksum = file.read(length), file.read(4)
        if len(content) < length or len(checksum) < 4:
            raise DataLossError(None, None, f"truncated record at {place}: the file ends within it")
        if masked_checksum(content) != checksum:
            raise DataLossError(None, None, f"corrupted record at {place}: its checksum is wrong")
        place += length + 16
        yield content


def written_record(content):
    """The bytes of a record in a file."""
    length = struct.pack("<Q", len(content))
    return length + masked_checksum(length) + content + masked_checksum(content)
