"""Links: the members of a group of an HDF5 file, by name.

The older form, which h5py writes, is a symbol table: a B-tree (`btree.py`) whose leaves are lists of entries, and a
heap with the names. The newer form has one message per link in the group's header.
"""

from typing import NamedTuple

from minikeras.formats.hdf5.btree import leaves
from minikeras.formats.hdf5.headers import content_of
from minikeras.formats.hdf5.source import UNDEFINED

LINK_INFO, LINK, SYMBOL_TABLE = 0x02, 0x06, 0x11
HARD, EXTERNAL = 0, 64
GROUP_NODE, SOFT_ENTRY = 0, 2


class Link(NamedTuple):
    """The target of a name: the object at `address`, or another place, according to `kind`."""

    address: int
    kind: str = ""


def links_of(source, messages):
    """{name: Link} of a group's header; None if it is not a group's."""
    table, info = content_of(messages, SYMBOL_TABLE), content_of(messages, LINK_INFO)
    if table is not None:
        return dict(_symbols(source, *table.numbers(2, 8)))
    if info is None:
        return None
    flags = info.skip(1).number(1)
    if info.skip(8 if flags & 1 else 0).number(8) != UNDEFINED:
        raise source.unsupported("a group in the form of HDF5 1.8 with many members")
    return dict(_link(source, message.fields) for message in messages if message.kind == LINK)


def _symbols(source, tree, heap):
    start = source.fields(heap, 32).expect(b"HEAP")
    size, _, address = start.skip(4).numbers(3, 8)
    names = source.fields(address, size).data
    for leaf, _ in leaves(source, tree, GROUP_NODE, size_of_key=8):
        node = source.fields(leaf, 8).expect(b"SNOD")
        count = node.skip(2).number(2)
        entries = source.fields(leaf + 8, 40 * count)
        for _ in range(count):
            name, address, kind = entries.number(8), entries.number(8), entries.number(4)
            entries.skip(20)
            end = names.find(b"\0", name)
            if end < 0:
                raise source.damaged("a name in a group is cut off")
            yield _text(names[name:end]), Link(address, "another place (SoftLink)" if kind == SOFT_ENTRY else "")


def _link(source, fields):
    """(name, Link) of a link message."""
    if fields.number(1) != 1:
        raise source.damaged("a link has an unknown version")
    flags = fields.number(1)
    kind = fields.number(1) if flags & 8 else HARD
    fields.skip((8 if flags & 4 else 0) + (1 if flags & 16 else 0))  # order of creation, encoding of the name
    name = _text(fields.bytes(fields.number(1 << (flags & 3))))
    if kind == HARD:
        return name, Link(fields.number(8))
    return name, Link(UNDEFINED, "another file (ExternalLink)" if kind == EXTERNAL else "another place (SoftLink)")


def _text(data):
    return data.decode("utf-8", "backslashreplace")
