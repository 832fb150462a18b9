"""Composes an HDF5 file in memory in pure Python, where `h5py` cannot be installed, such as in a browser.

    superblock (96 bytes) │ heap of texts │ … arrays and headers, a group after all that it contains …

`ComposedFile` has the methods of `h5py.File` for writing models: groups, arrays, attributes. Groups have the
form of HDF5 1.8 (one message per link), arrays are stored in one piece without compression.

The numbers are those of the "HDF5 File Format Specification, version 3.0" (The HDF Group).
"""

import struct

import numpy as np

from minikeras.formats.hdf5.datatypes import ENUM, FIXED, FLOAT, IEEE, OPAQUE, STRING, VARIABLE_LENGTH
from minikeras.formats.hdf5.source import UNDEFINED
from minikeras.formats.unreadable import HDF5_SIGNATURE

DATASPACE, LINK_INFO, DATATYPE, FILL_VALUE, LINK, LAYOUT, GROUP_INFO, ATTRIBUTE = 1, 2, 3, 5, 6, 8, 10, 12
SIZE_OF_SUPERBLOCK, LARGEST_MESSAGE, SMALLEST_HEAP, LARGEST_INDEX = 96, 65_528, 4096, 65_535
LARGEST_NAME, MAX_AXES = 65_000, 32
UTF_8 = 1


class ComposedGroup:
    """A group: {name: group or array} and attributes."""

    def __init__(self):
        self.members, self.attrs = {}, {}

    def require_group(self, path):
        """The group at a path of names between slashes; made if it is not there."""
        group = self
        for name in _names(path):
            group = group.members.setdefault(name, ComposedGroup())
            if not isinstance(group, ComposedGroup):
                raise ValueError(f"There is an array where a group is wanted. Received: name='{name}'.")
        return group

    def create_group(self, path):
        """Create a group that does not exist yet."""
        return self._added(path, ComposedGroup())

    def create_dataset(self, path, data):
        """Add an array, which then has `attrs` as well."""
        return self._added(path, ComposedArray(np.asarray(data)))

    def _added(self, path, member):
        *outer, name = _names(path) or [""]
        group = self.require_group("/".join(outer))
        if not name or name in group.members:
            problem = (
                "A group or an array of this name is there already" if name else "A group or an array needs a name"
            )
            raise ValueError(f"{problem}. Received: name='{path}'.")
        group.members[name] = member
        return member

    __setitem__ = create_dataset


def _names(path):
    """The names in a path. As in the library, no name and "." mean the group itself."""
    names = [name for name in path.split("/") if name not in ("", ".")]
    for name in names:
        _encoded_name(name)  # an error now, not when the file is made
    return names


def _encoded_name(name):
    """A name's bytes.

    Raises:
        ValueError: it cannot be stored in a file.
    """
    encoded = name.encode()
    if not 0 < len(encoded) <= LARGEST_NAME or b"\0" in encoded:
        raise ValueError(f"A name has 1 to {LARGEST_NAME} bytes, none of which is zero. Received: {name[:80]!r}.")
    return encoded


class ComposedArray:
    """An array and its attributes."""

    def __init__(self, array):
        self.array, self.attrs = array, {}


class ComposedFile(ComposedGroup):
    """The group at the top."""

    def image(self):
        """The bytes of the file.

        Raises:
            TypeError: an array or an attribute has a dtype that has no form in Keras's files.
            ValueError: an attribute is larger than 64 kB, or a name or shape has no form in a file.
        """
        return _Layout(self).finished()


class _Layout:
    """Puts the parts of a file one after the other."""

    def __init__(self, top):
        self.parts, self.size = [b""], SIZE_OF_SUPERBLOCK  # the first part is known last
        self.texts = {}
        self._place_texts(list(dict.fromkeys(_texts_of(top))))
        self.top = self._place_group(top)

    def finished(self):
        entry = struct.pack("<QQII16x", 0, self.top, 0, 0)
        head = struct.pack("<8s4B4BHHI", HDF5_SIGNATURE, 0, 0, 0, 0, 0, 8, 8, 0, 4, 16, 0)
        self.parts[0] = head + struct.pack("<4Q", 0, UNDEFINED, self.size, UNDEFINED) + entry
        return b"".join(self.parts)

    def _place(self, data):
        """Add bytes, and up to seven zeros after them; return their address."""
        address, padding = self.size, -len(data) % 8
        self.parts += [data, bytes(padding)]
        self.size += len(data) + padding
        return address

    def _place_texts(self, texts):
        """Heaps with the texts; `self.texts` then has the reference to each."""
        for first in range(0, len(texts), LARGEST_INDEX):
            objects = []
            for index, text in enumerate(texts[first : first + LARGEST_INDEX], 1):
                objects.append(_aligned(struct.pack("<HH4xQ", index, 1, len(text)) + text))
                self.texts[text] = struct.pack("<IQI", len(text), self.size, index)
            content = b"".join(objects)
            size = max(SMALLEST_HEAP, 16 + len(content) + 16)
            free = size - 16 - len(content)
            content += struct.pack("<HH4xQ", 0, 0, free) + bytes(free - 16)
            self._place(struct.pack("<4sB3xQ", b"GCOL", 1, size) + content)

    def _place_group(self, group):
        messages = [(LINK_INFO, struct.pack("<BBQQ", 0, 0, UNDEFINED, UNDEFINED)), (GROUP_INFO, bytes(2))]
        for name, member in group.members.items():
            place = self._place_group if isinstance(member, ComposedGroup) else self._place_array
            address, text = place(member), name.encode()
            messages.append((LINK, struct.pack("<BBBH", 1, 0x11, UTF_8, len(text)) + text + struct.pack("<Q", address)))
        return self._place_header(messages, group.attrs)

    def _place_array(self, member):
        array = np.ascontiguousarray(member.array).reshape(member.array.shape)  # a scalar stays one
        address = self._place(array.tobytes()) if array.nbytes else UNDEFINED
        messages = [
            (DATASPACE, _dataspace(array.shape)),
            (DATATYPE, _datatype(array.dtype)),
            (FILL_VALUE, bytes((2, 2, 2, 0))),
            (LAYOUT, struct.pack("<BBQQ", 3, 1, address, array.nbytes)),
        ]
        return self._place_header(messages, member.attrs)

    def _place_header(self, messages, attributes):
        messages = [*messages, *((ATTRIBUTE, self._attribute(*item)) for item in attributes.items())]
        content = b"".join(_message(kind, data) for kind, data in messages)
        return self._place(struct.pack("<BxHII4x", 1, len(messages), 1, len(content)) + content)

    def _attribute(self, name, value):
        if isinstance(value, (str, bytes)):
            if b"\0" in _encoded(value):  # the library would read it up to there
                raise ValueError(f"A text in HDF5 has no byte that is zero. Received: {name}={value[:80]!r}.")
            datatype, shape, data = _text_datatype(value), (), self.texts[_encoded(value)]
        else:
            array = np.asarray(value)
            datatype, shape, data = _datatype(array.dtype), array.shape, array.tobytes()
        name, space = _encoded_name(name) + b"\0", _dataspace(shape)
        sizes = struct.pack("<BBHHHB", 3, 0, len(name), len(datatype), len(space), UTF_8)
        return sizes + name + datatype + space + data


def _message(kind, data):
    data = _aligned(data)
    if len(data) > LARGEST_MESSAGE:
        raise ValueError(f"An attribute of HDF5 has at most 64 kB. Received: {len(data)} bytes.")
    return struct.pack("<HHB3x", kind, len(data), 0) + data


def _aligned(data):
    return data + bytes(-len(data) % 8)


def _encoded(text):
    return text.encode() if isinstance(text, str) else text


def _texts_of(member):
    """All text attributes of an object and its members."""
    yield from (_encoded(value) for value in member.attrs.values() if isinstance(value, (str, bytes)))
    for child in getattr(member, "members", {}).values():
        yield from _texts_of(child)


# --- forms of values --------------------------------------------------------------------------------------------------


def _dataspace(shape):
    if len(shape) > MAX_AXES:
        raise ValueError(f"An array in HDF5 has at most {MAX_AXES} axes. Received: shape={shape}.")
    return struct.pack(f"<BBB5x{len(shape)}Q", 1, len(shape), 0, *shape)


def _class(kind, bits, size):
    """The first eight bytes of a datatype."""
    return bytes((kind | 1 << 4,)) + bits.to_bytes(3, "little") + struct.pack("<I", size)


def _datatype(dtype):
    """The datatype message of a NumPy dtype.

    Raises:
        TypeError: there is none.
    """
    size, order = dtype.itemsize, int(dtype.str[0] == ">")
    if dtype.kind in "iu":
        return _class(FIXED, order | 8 * (dtype.kind == "i"), size) + struct.pack("<HH", 0, 8 * size)
    if dtype.kind == "f" and size in IEEE:
        *positions, bias = IEEE[size]
        implied_one, sign = 0x20, 8 * size - 1
        return _class(FLOAT, order | implied_one | sign << 8, size) + struct.pack("<HH4BI", *positions, bias)
    if dtype.kind == "S":
        filled_with_zeros = 1
        return _class(STRING, filled_with_zeros, max(size, 1))
    if dtype.kind == "V" and dtype.names is None and size:
        return _class(OPAQUE, 0, size)
    if dtype.kind == "b":  # as h5py does it
        names = b"FALSE\0\0\0TRUE\0\0\0\0"
        return _class(ENUM, 2, 1) + _datatype(np.dtype("int8")) + names + b"\0\1"
    raise TypeError(f"Weights of this dtype cannot be written to a file. Received: dtype={dtype}.")


def _text_datatype(text):
    character_set = UTF_8 if isinstance(text, str) else 0
    return _class(VARIABLE_LENGTH, 1 | character_set << 8, 16) + _datatype(np.dtype("uint8"))
