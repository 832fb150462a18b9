"""B-trees of HDF5, version 1: they find the members of a group, and the chunks of an array."""

from minikeras.formats.hdf5.source import UNDEFINED


def leaves(source, address, kind, size_of_key):
    """(address, `Fields` of the key) of everything that a B-tree leads to, in order.

    Args:
        address: of its root; UNDEFINED for an empty one.
        kind: 0 for the members of a group, 1 for chunks.
        size_of_key: in bytes.

    Raises:
        UnreadableFileError: it is damaged, or leads back to itself.
    """
    waiting = [] if address == UNDEFINED else [(address, None)]
    while waiting:
        address, parent_level = waiting.pop()
        start = source.fields(address, 24).expect(b"TREE")
        if start.number(1) != kind:
            raise source.damaged("a B-tree is of a different kind than its place")
        level, count = start.number(1), start.number(2)
        if parent_level is not None and level != parent_level - 1:
            raise source.damaged("a B-tree has its levels mixed up")  # so it has no circles
        entries = source.fields(address + 24, (size_of_key + 8) * count)
        children = [(entries.part(size_of_key), entries.number(8)) for _ in range(count)]
        if level:
            waiting.extend((child, level) for _, child in reversed(children))
        else:
            yield from ((child, key) for key, child in children)
