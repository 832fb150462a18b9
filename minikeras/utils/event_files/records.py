"""The outer form of event files: records with checksums, as TensorFlow's TFRecord files have them.

A record is: length (8 bytes), checksum of these 8 bytes (4), the data, checksum of the data (4); all little-endian.
"""

import struct

CASTAGNOLI = 0x82F63B78  # the polynomial of CRC-32C, lowest bit first
MASK_DELTA = 0xA282EAD8


def _table():
    """What each byte does to a checksum."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (CASTAGNOLI if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = _table()


def crc32c(data):
    """The CRC-32C checksum of bytes (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data):
    """The checksum as it stands in records: turned by 15 bits and moved, so that records within records stay safe."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF


def record(data):
    """The bytes of one record."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc32c(length)) + data + struct.pack("<I", masked_crc32c(data))
