"""`Message`: base of message classes, whose fields are each declared in one line.

    class Point(Message):
        name = one(1, "string")
        positions = many(2, "int64")
        neighbours = many(3, "Point")
        colours = mapping(4, "string", "float")
        circle = choice(5, "Circle")        # at most one of the choices of a message is set
        square = choice(6, "Square")

    Point.decoded(Point(name="a", positions=[1, 2]).encoded()).positions

A field that is not set is 0, "", b"", [] or {}; None if it is a message or a choice. As in protobuf version 3, such
fields are not written, unknown ones are skipped, and numbers of a list are packed (but read in both forms).

Source: https://protobuf.dev/programming-guides/encoding/
"""

import struct

from minikeras.formats.protobuf.wire_format import (
    BYTES,
    EIGHT_BYTES,
    FOUR_BYTES,
    VARINT,
    fields,
    read_varint,
    signed,
    varint,
)

DEEPEST = 100  # nested messages; protobuf's own limit


class Scalar:
    """A kind of field that is not a message.

    Attributes:
        wire: its type in the wire format.
        write: value -> bytes (without the length).
        read: integer, or bytes, -> value.
        default: the value that is not written.
    """

    def __init__(self, wire, write, read, default):
        self.wire, self.write, self.read, self.default = wire, write, read, default

    @property
    def is_packed(self):
        """Whether a list of them is one field."""
        return self.wire != BYTES

    def unpacked(self, content):
        """The values of a packed list."""
        if self.wire == VARINT:
            place = 0
            while place < len(content):
                number, place = read_varint(content, place)
                yield self.read(number)
            return
        size = 8 if self.wire == EIGHT_BYTES else 4
        if len(content) % size:
            raise ValueError("The message is cut off or broken.")
        for place in range(0, len(content), size):
            yield self.read(content[place : place + size])


def _integer(read):
    return Scalar(VARINT, varint, read, 0)


def _fixed(wire, layout, default):
    return Scalar(wire, lambda value: struct.pack(layout, value), lambda b: struct.unpack(layout, b)[0], default)


SCALARS = {
    "int32": _integer(signed),
    "int64": _integer(signed),
    "enum": _integer(signed),
    "uint32": _integer(int),
    "uint64": _integer(int),
    "sint64": Scalar(VARINT, lambda n: varint(n << 1 ^ n >> 63), lambda n: n >> 1 ^ -(n & 1), 0),
    "bool": Scalar(VARINT, varint, bool, False),
    "fixed32": _fixed(FOUR_BYTES, "<I", 0),
    "fixed64": _fixed(EIGHT_BYTES, "<Q", 0),
    "float": _fixed(FOUR_BYTES, "<f", 0.0),
    "double": _fixed(EIGHT_BYTES, "<d", 0.0),
    "string": Scalar(BYTES, str.encode, lambda content: str(content, "utf-8"), ""),
    "bytes": Scalar(BYTES, bytes, bytes, b""),
}
_MESSAGES = {}  # {name: class}, for fields that are declared before the class of their values


class Field:
    """The declaration of a field.

    Attributes:
        name, number: of it.
        form: "one", "many", "mapping" or "choice".
        key: the `Scalar` of a mapping's keys.
    """

    def __init__(self, form, number, kind, key=None):
        self.form, self.number, self._kind = form, number, kind
        self.key = None if key is None else SCALARS[key]

    def __set_name__(self, owner, name):
        self.name = name

    @property
    def kind(self):
        """A `Scalar`, or the class of the message."""
        return SCALARS.get(self._kind) or _MESSAGES[self._kind]

    def default(self):
        """The value of the field if it is not set."""
        if self.form == "many":
            return []
        if self.form == "mapping":
            return {}
        return self.kind.default if self.form == "one" and self._kind in SCALARS else None

    def written(self, value):
        """Bytes of the field with this value."""
        if value is None or (self.form != "choice" and value == self.default()):
            return b""
        if self.form == "mapping":
            return b"".join(
                _field(self.number, SCALARS["bytes"], _field(1, self.key, key) + _field(2, self.kind, item))
                for key, item in value.items()
            )
        if self.form == "many" and self._kind in SCALARS and self.kind.is_packed:
            return _field(self.number, SCALARS["bytes"], b"".join(map(self.kind.write, value)))
        return b"".join(_field(self.number, self.kind, item) for item in (value if self.form == "many" else [value]))

    def read(self, message, wire, content, depth):
        """Store a decoded value in a message. A field with another wire type is unknown, and skipped."""
        kind = self.kind
        if self.form == "many" and isinstance(kind, Scalar) and kind.is_packed and wire == BYTES:
            getattr(message, self.name).extend(kind.unpacked(content))
            return
        if wire != (kind.wire if isinstance(kind, Scalar) and self.form != "mapping" else BYTES):
            return
        if self.form == "mapping":
            key, value = _entry(self.key, kind, content, depth)
            getattr(message, self.name)[key] = value
        elif self.form == "many":
            getattr(message, self.name).append(_value(kind, content, depth))
        else:
            value = _value(kind, content, depth, getattr(message, self.name))
            if self.form == "choice":
                message.clear_choice()
            setattr(message, self.name, value)


def one(number, kind):
    """A field with one value."""
    return Field("one", number, kind)


def many(number, kind):
    """A field that is a list."""
    return Field("many", number, kind)


def mapping(number, key, kind):
    """A field that is a dict."""
    return Field("mapping", number, kind, key)


def choice(number, kind):
    """A `oneof`: fields of which a message has at most one."""
    return Field("choice", number, kind)


class Message:
    """Base class of messages: see the module.

    Args:
        **values: of the fields, by name.
    """

    declared = {}  # number: Field

    def __init_subclass__(cls):
        cls.declared = {field.number: field for field in vars(cls).values() if isinstance(field, Field)}
        _MESSAGES[cls.__name__] = cls

    def __init__(self, **values):
        for field in self.declared.values():
            setattr(self, field.name, values.pop(field.name) if field.name in values else field.default())
        if values:
            raise TypeError(f"{type(self).__name__} has no fields {', '.join(values)}.")

    @property
    def chosen(self):
        """The name of the choice that is set, or None."""
        names = (field.name for field in self.declared.values() if field.form == "choice")
        return next((name for name in names if getattr(self, name) is not None), None)

    def clear_choice(self):
        """Unset all choices."""
        for field in self.declared.values():
            if field.form == "choice":
                setattr(self, field.name, None)

    def encoded(self):
        """The message as bytes."""
        return b"".join(field.written(getattr(self, field.name)) for field in self.declared.values())

    @classmethod
    def decoded(cls, serialized):
        """The message parsed from bytes.

        Raises:
            ValueError: they are not a message.
        """
        message = cls()
        message._read(memoryview(serialized), 1)
        return message

    def _read(self, serialized, depth):
        if depth > DEEPEST:
            raise ValueError(f"The message is nested more than {DEEPEST} deep.")
        for number, wire, content in fields(serialized):
            if number in self.declared:
                self.declared[number].read(self, wire, content, depth)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self):
        given = {f.name: getattr(self, f.name) for f in self.declared.values() if getattr(self, f.name) != f.default()}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in given.items())})"


def _field(number, kind, value):
    content = kind.write(value) if isinstance(kind, Scalar) else value.encoded()
    wire = kind.wire if isinstance(kind, Scalar) else BYTES
    return varint(number << 3 | wire) + (varint(len(content)) if wire == BYTES else b"") + content


def _value(kind, content, depth, so_far=None):
    if isinstance(kind, Scalar):
        return kind.read(content)
    message = kind() if so_far is None else so_far  # a message in several parts is merged
    message._read(content, depth + 1)
    return message


def _entry(key_kind, kind, content, depth):
    """(key, value) of an entry of a mapping, a message with the fields 1 and 2."""
    key, value = key_kind.default, kind.default if isinstance(kind, Scalar) else kind()
    for number, wire, part in fields(content):
        if number == 1 and wire == key_kind.wire:
            key = key_kind.read(part)
        elif number == 2 and wire == (kind.wire if isinstance(kind, Scalar) else BYTES):
            value = _value(kind, part, depth)
    return key, value
