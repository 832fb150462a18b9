"""Attributes of objects in HDF5 files: small values with names, mostly text."""

import math

from minikeras.formats.hdf5.datatypes import SIZE_OF_REFERENCE, TEXT, datatype_of, shape_of
from minikeras.formats.hdf5.headers import content_of
from minikeras.formats.hdf5.source import UNDEFINED

ATTRIBUTE, ATTRIBUTE_INFO = 0x0C, 0x15


class Attributes:
    """The attributes of one object. Their values are read on demand.

    Args:
        source: `Source` of the file.
        messages: of the object's header.
    """

    def __init__(self, source, messages):
        self._source = source
        info = content_of(messages, ATTRIBUTE_INFO)
        if info is not None:
            flags = info.skip(1).number(1)
            if info.skip(2 if flags & 1 else 0).number(8) != UNDEFINED:
                raise source.unsupported("attributes in the form of HDF5 1.8")
        self._found = dict(_parts(source, message.fields) for message in messages if message.kind == ATTRIBUTE)

    def __iter__(self):
        return iter(self._found)

    def __contains__(self, name):
        return name in self._found

    def texts(self, name):
        """A list of texts, or one text as a list of one; None if there is no such attribute, or it is not text."""
        if name not in self._found:
            return None
        datatype, space, data = (fields.copy() for fields in self._found[name])
        dtype = datatype_of(self._source, datatype, f"an attribute '{name}'")
        shape = shape_of(self._source, space)
        size = SIZE_OF_REFERENCE if dtype is TEXT else dtype.itemsize
        count = 0 if shape is None else math.prod(shape)
        if count * size > data.left:
            raise self._source.damaged(f"the attribute '{name}' is cut off")
        if dtype is TEXT:
            return [self._referred(data) for _ in range(count)]
        return [_text(data.bytes(size)) for _ in range(count)] if dtype.kind == "S" else None

    def text(self, name):
        """The value of a text attribute; None if there is no such attribute, or it is no text."""
        texts = self.texts(name)
        return texts[0] if texts and len(texts) == 1 else None

    def _referred(self, data):
        """The text at a reference."""
        length, address, index = data.number(4), data.number(8), data.number(4)
        if not length:
            return ""
        stored = heap_at(self._source, address).get(index, b"")
        if len(stored) < length:
            raise self._source.damaged("a text among its attributes is missing")
        self._source.spend(length)  # many may refer to one
        return _text(stored[:length])


def heap_at(source, address):
    """{number: bytes} of a heap, a part of the file that keeps texts for many objects."""
    if address not in source.heaps:
        size = source.fields(address, 16).expect(b"GCOL").skip(4).number(8)
        objects = source.fields(address + 16, max(size - 16, 0))
        found = source.heaps[address] = {}
        while objects.left >= 16:
            number, size = objects.number(2), objects.skip(6).number(8)
            if not number:  # the free space at its end
                break
            found[number] = objects.bytes(size)
            objects.align(8)
    return source.heaps[address]


def _parts(source, fields):
    """(name, (datatype, dataspace, data)) of an attribute message."""
    version, flags = fields.number(1), fields.number(1)
    if version not in (1, 2, 3) or (flags & 3 and version > 1):
        raise source.unsupported("an attribute of an unknown form")
    sizes = fields.numbers(3, 2)
    fields.skip(1 if version == 3 else 0)  # the encoding of the name
    parts = []
    for size in sizes:
        parts.append(fields.part(size))
        fields.skip(-size % 8 if version == 1 else 0)
    return _text(parts[0].data), (parts[1], parts[2], fields.part(fields.left))


def _text(data):
    return data.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
