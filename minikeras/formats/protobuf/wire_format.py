"""The wire format of protocol buffers: a sequence of fields, each with a number, a type and a value.

A field begins with a varint, number · 8 + type. Types here: 0 a varint, 1 eight bytes, 2 a length (varint) and as many
bytes, 5 four bytes. A varint has seven bits a byte, the lowest first; the highest bit is set if more follow.

Source: https://protobuf.dev/programming-guides/encoding/
"""

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5


def varint(number):
    """An integer as varint; negative ones as 64-bit two's complement."""
    number &= 0xFFFFFFFFFFFFFFFF
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def read_varint(message, place):
    """(the number that begins at `place`, the position after it).

    Raises:
        ValueError: the message ends within it.
    """
    number = shift = 0
    while True:
        if place >= len(message) or shift > 63:
            raise ValueError("The message is cut off or broken.")
        byte = message[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, place  # the tenth byte may have bits beyond
        shift += 7


def signed(number):
    """A 64-bit number read as two's complement."""
    return number - (1 << 64) if number >= 1 << 63 else number


def field(number, content):
    """A field of bytes."""
    return varint(number << 3 | BYTES) + varint(len(content)) + content


def fields(message):
    """Triples (number, type, value) of a message: an integer for a varint, otherwise bytes.

    Raises:
        ValueError: it is not a message.
    """
    place = 0
    while place < len(message):
        key, place = read_varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, place = read_varint(message, place)
            yield number, kind, value
            continue
        if kind == BYTES:
            length, place = read_varint(message, place)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            length = 8 if kind == EIGHT_BYTES else 4
        else:
            raise ValueError(f"A message has no fields of type {kind}.")
        if place + length > len(message):
            raise ValueError("The message is cut off or broken.")
        yield number, kind, message[place : place + length]
        place += length
