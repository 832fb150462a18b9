"""`open_hdf5`: an HDF5 file opened for reading, as groups of arrays that are read on demand."""

import os
from contextlib import contextmanager

from minikeras.formats.hdf5.arrays import Hdf5Array, is_array
from minikeras.formats.hdf5.attributes import Attributes
from minikeras.formats.hdf5.headers import messages_at
from minikeras.formats.hdf5.links import links_of
from minikeras.formats.hdf5.source import Source
from minikeras.formats.unreadable import HDF5_SIGNATURE, open_file

DEEPEST = 100  # groups within groups; models of layers within layers have a few


@contextmanager
def open_hdf5(source, wanted, name=None):
    """The `Group` at the top of a file.

    Args:
        source: path, or a file in memory.
        wanted: the kind of file it should be, such as "a file of Keras weights".
        name: path to name in errors, if `source` is not a path.

    Raises:
        FileNotFoundError: it is not there.
        UnreadableFileError: it is damaged, of another kind, or holds something unsafe; while it is used, too.
    """
    if not isinstance(source, (str, os.PathLike)):
        yield _top(Source(source, name, wanted))
        return
    with open_file(source, wanted) as file:
        yield _top(Source(file, os.fspath(source), wanted))


def _top(source):
    start = source.fields(0, min(96, source.size))
    if start.left < 9 or start.bytes(8) != HDF5_SIGNATURE:
        raise source.damaged("it has no HDF5 signature")
    version = start.number(1)
    sizes = start.skip(4 if version < 2 else 0).numbers(2, 1)
    if version > 3 or sizes != (8, 8):
        raise source.damaged("its first block has an unknown form")
    if version < 2:
        base = start.skip(9 + 4 * version).number(8)
        address = start.skip(32).number(8)
    else:
        base = start.skip(1).number(8)
        address = start.skip(16).number(8)
    if base:
        raise source.unsupported("a block of another program before it")
    return Group(source, address, "")


class Group:
    """A group of an HDF5 file.

    Attributes:
        path: from the top, "" for the top itself.
        attributes: its `Attributes`.
    """

    def __init__(self, source, address, path):
        self._source, self.path, self._address = source, path, address
        self._asked = {}  # groups in it: a network of a thousand layers would read their list a thousand times
        messages = messages_at(source, address)
        self._links = links_of(source, messages)
        if self._links is None:
            raise source.damaged(f"'{path or '/'}' is not a group")
        self.attributes = Attributes(source, messages)

    def __iter__(self):
        return iter(self._links)

    def __len__(self):
        return len(self._links)

    def __contains__(self, name):
        return name in self._links

    def group(self, path):
        """The group at a path inside; None if there is none.

        Raises:
            UnreadableFileError: a link on the way leads elsewhere.
        """
        found = self
        for part in path.split("/"):
            if part not in found._asked:
                found._asked[part] = found._opened(part)
            found = found._asked[part]
            if found is None:
                return None
        return found

    def _opened(self, name):
        messages = self._messages(name)
        if messages is None or is_array(messages):
            return None
        return Group(self._source, self._links[name].address, self.path_of(name))

    def array(self, path):
        """The `Hdf5Array` at a path inside; None if there is none.

        Raises:
            UnreadableFileError: it is elsewhere, or is of a kind that weights do not have.
        """
        head, _, name = path.rpartition("/")
        group = self.group(head) if head else self
        messages = group._messages(name) if group is not None else None
        if messages is None or not is_array(messages):
            return None
        return Hdf5Array(self._source, messages, group.path_of(name))

    def arrays(self):
        """{name: Hdf5Array} of the arrays directly in the group."""
        found = {name: self.array(name) for name in self}
        return {name: array for name, array in found.items() if array is not None}

    def groups(self):
        """This group and all that are below it, parents first, each once; links that lead elsewhere are left out.

        Raises:
            UnreadableFileError: they are nested too deep.
        """
        waiting, seen = [self], set()
        while waiting:
            group = waiting.pop()
            if group._address in seen:
                continue
            if group.path.count("/") >= DEEPEST:
                raise self._source.damaged(f"its groups are nested too deep, at '{group.path[:80]}…'")
            seen.add(group._address)
            yield group
            names = [name for name, link in group._links.items() if not link.kind]
            waiting.extend(inner for inner in map(group._opened, reversed(names)) if inner is not None)

    def links_elsewhere(self):
        """The names in this group that link to another place, or to another file."""
        return [name for name, link in self._links.items() if link.kind]

    def refuse_links(self):
        """Raise an UnreadableFileError if a name in this group leads elsewhere."""
        for name, link in self._links.items():
            if link.kind:
                raise self._source.unsafe(f"'{self.path_of(name)}' is a link to {link.kind}")

    def _messages(self, name):
        link = self._links.get(name)
        if link is None:
            return None
        if link.kind:
            raise self._source.unsafe(f"'{self.path_of(name)}' is a link to {link.kind}")
        return messages_at(self._source, link.address)

    def path_of(self, name):
        """The path of something in this group."""
        path = f"{self.path}/{name}" if self.path else name
        self._source.spend(len(path))  # one long name may be in the paths of many arrays
        return path
