"""Object headers: an HDF5 file's data about one object, as a list of messages.

h5py writes version 1; the library writes version 2, with the signature "OHDR", for groups that hold a
link to another file. A header that grew continues in further blocks.
"""

from typing import NamedTuple

CONTINUATION, SHARED = 0x10, 0x02
MAX_BLOCKS = 1000


class Message(NamedTuple):
    """One statement about an object: its kind (see the constants of the modules that read them) and its `Fields`."""

    kind: int
    fields: object


def messages_at(source, address):
    """The messages of the object header at an address.

    Raises:
        UnreadableFileError: there is none, or it is damaged.
    """
    if source.fields(address, 4).data == b"OHDR":
        block, size_of_kind, size_of_head = _start_of_version_2(source, address)
    else:
        block, size_of_kind, size_of_head = _start_of_version_1(source, address), 2, 8
    messages, blocks = [], [block]
    for fields in blocks:  # the list grows in the loop
        while fields.left >= size_of_head:
            kind, size, flags = fields.number(size_of_kind), fields.number(2), fields.number(1)
            content = fields.skip(size_of_head - size_of_kind - 3).part(size)
            if flags & SHARED:
                raise source.unsupported("a data type that several objects share")
            if kind == CONTINUATION:
                blocks.append(_continuation(source, content, size_of_kind))
            else:
                messages.append(Message(kind, content))
        if len(blocks) > MAX_BLOCKS:
            raise source.damaged("an object header continues in a circle")
    return messages


def content_of(messages, kind):
    """The fields of the first message of a kind; None if there is none."""
    return next((message.fields for message in messages if message.kind == kind), None)


def _start_of_version_1(source, address):
    """The first block of messages."""
    start = source.fields(address, 16)
    if start.number(1) != 1:
        raise source.damaged(f"there is no object header at byte {address}")
    return source.fields(address + 16, start.skip(7).number(4))


def _start_of_version_2(source, address):
    """The first block of messages, and how many bytes each message has for its kind and for its head."""
    start = source.fields(address, min(34, source.size - address)).expect(b"OHDR")
    if start.number(1) != 2:
        raise source.damaged("an object header has an unknown version")
    flags = start.number(1)
    start.skip((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))  # times, numbers of attributes
    size = start.number(1 << (flags & 3))
    return source.fields(address + len(start.data) - start.left, size), 1, 6 if flags & 4 else 4


def _continuation(source, content, size_of_kind):
    address, length = content.numbers(2, 8)
    if size_of_kind == 2:
        return source.fields(address, length)
    block = source.fields(address, length).expect(b"OCHK")
    return block.part(max(block.left - 4, 0))  # a checksum follows
