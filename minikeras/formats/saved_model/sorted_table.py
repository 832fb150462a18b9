"""A sorted table: (key, value) pairs of bytes in one file, the format of LevelDB and TensorFlow's checkpoints.

    block · checksum   block · checksum   …   index block · checksum   footer

A block holds entries, then the positions of those that can be read without the ones before, then their number. An entry
shares the beginning of its key with the entry before:

    length shared · length not shared · length of the value (varints) · rest of the key · value

Each key of the index block is at least the last key of a block, and its value is that block's handle: position and
length, varints. A block is followed by a byte for its compression (0: none) and the masked CRC-32C of block and byte.
The footer has the handles of an empty block and of the index, zeros up to 40 bytes, and eight bytes that identify the
format.

Source: https://github.com/google/leveldb/blob/main/doc/table_format.md
"""

from minikeras.base.loading_limits import loading_limits
from minikeras.formats.protobuf.wire_format import read_varint, varint
from minikeras.kernels.checksum import masked_checksum

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
FOOTER = 48
TRAILER = 5  # bytes after a block
RESTART = 16  # every so many entries, one has its whole key


def read_table(content):
    """{key: value} of the bytes of a file.

    Raises:
        ValueError: it is not a table, or damaged.
    """
    if len(content) < FOOTER or content[-len(MAGIC) :] != MAGIC:
        raise ValueError("it does not end as a table does")
    nothing, place = _read_handle(content[-FOOTER:], 0)
    index, _ = _read_handle(content[-FOOTER:], place)
    _block(content, *nothing)  # raises if it is damaged
    table, last, left = {}, None, loading_limits()["characters"]
    for _, handle in _entries(_block(content, *index)):
        for key, value in _entries(_block(content, *_read_handle(handle, 0)[0])):
            left -= len(key)
            if last is not None and key <= last:
                raise ValueError(f"its keys are not in order: {key!r} follows {last!r}")
            if left < 0:
                raise ValueError("its keys are longer than `keras.config.set_loading_limits(characters=…)` allows")
            table[key] = value
            last = key
    return table


def written_table(items):
    """The bytes of a file with a dict's keys and values."""
    items = sorted(items.items())
    data, nothing = _written_block(items), _written_block([])
    index = _written_block([(items[-1][0], _handle(0, data))] if items else [])
    footer = _handle(len(data), nothing) + _handle(len(data) + len(nothing), index)
    return data + nothing + index + footer.ljust(FOOTER - len(MAGIC), b"\0") + MAGIC


def _read_handle(content, place):
    start, place = read_varint(content, place)
    length, place = read_varint(content, place)
    return (start, length), place


def _handle(start, block):
    return varint(start) + varint(len(block) - TRAILER)


def _block(content, start, length):
    """The bytes of a block, after a check of its checksum."""
    end = start + length
    if end + TRAILER > len(content) - FOOTER:
        raise ValueError("a block is beyond its end")
    if masked_checksum(content[start : end + 1]) != content[end + 1 : end + TRAILER]:
        raise ValueError(f"the checksum of the block at byte {start} is wrong")
    if content[end]:
        raise ValueError(f"the block at byte {start} is compressed, which TensorFlow's checkpoints are not")
    return content[start:end]


def _entries(block):
    """The pairs (key, value) of a block."""
    end = len(block) - 4 * (int.from_bytes(block[-4:], "little") + 1)
    if end < 0:
        raise ValueError("a block is shorter than it says")
    place, key = 0, b""
    while place < end:
        shared, place = read_varint(block, place)
        others, place = read_varint(block, place)
        length, place = read_varint(block, place)
        if shared > len(key) or place + others + length > end:
            raise ValueError("an entry is longer than its block")
        key = key[:shared] + block[place : place + others]
        yield key, block[place + others : place + others + length]
        place += others + length


def _written_block(items):
    """A block of pairs, with its trailer."""
    parts, starts, size, last = [], [0], 0, b""
    for number, (key, value) in enumerate(items):
        if number and number % RESTART == 0:
            starts.append(size)
            last = b""
        shared = next((i for i, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last)))
        parts.append(varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value)
        size, last = size + len(parts[-1]), key
    block = b"".join([*parts, *(n.to_bytes(4, "little") for n in (*starts, len(starts))), b"\0"])
    return block + masked_checksum(block)
