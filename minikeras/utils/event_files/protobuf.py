"""The wire form of protocol buffers, as far as writing needs it: a message is the sequence of its fields' bytes.

Each field begins with a number that holds its own number and its kind: 0 a variable-length integer, 1 eight bytes,
2 bytes with their length before them (text, messages, packed lists), 5 four bytes. (protobuf.dev, "Encoding")
"""

import struct

VARINT, EIGHT_BYTES, BYTES = 0, 1, 2


def varint(number):
    """An integer in groups of seven bits, the lowest first; the eighth bit says that another group follows."""
    number &= (1 << 64) - 1  # negative numbers count as 64-bit two's complements
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def integer(field, number):
    """A field of kind int32, int64, bool or enum."""
    return varint(field << 3 | VARINT) + varint(int(number))


def double(field, number):
    """A field of kind double."""
    return varint(field << 3 | EIGHT_BYTES) + struct.pack("<d", number)


def data(field, content):
    """A field of kind bytes, string (str is encoded) or message (its bytes)."""
    content = content.encode() if isinstance(content, str) else bytes(content)
    return varint(field << 3 | BYTES) + varint(len(content)) + content
