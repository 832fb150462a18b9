"""`tf.train.Example`: named lists of bytes, floats or integers, the usual records of TFRecord files.

    Example          1: Features
    Features         1: map from name to Feature (entries with 1: name, 2: Feature)
    Feature          one of 1: BytesList, 2: FloatList, 3: Int64List, each with 1: the values
    SequenceExample  1: Features (context), 2: FeatureLists
    FeatureLists     1: map from name to FeatureList, which has 1: Features

Classes and fields have the names of TensorFlow's, and read and write the same bytes.
"""

import struct

import numpy as np

from minikeras.formats.protobuf import text_format
from minikeras.formats.protobuf.wire_format import (
    BYTES,
    FOUR_BYTES,
    VARINT,
    field,
    fields,
    read_varint,
    signed,
    varint,
)

__all__ = [
    "BytesList",
    "Example",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
]


class Message:
    """Base class: equality, and the two methods that all messages have."""

    def SerializeToString(self):  # noqa: N802  protobuf's name
        """The message as bytes."""
        raise NotImplementedError

    @classmethod
    def FromString(cls, serialized):  # noqa: N802
        """The message parsed from bytes.

        Raises:
            ValueError: they are not a message.
        """
        message = cls()
        message.ParseFromString(serialized)
        return message

    def ParseFromString(self, serialized):  # noqa: N802
        """Replace the content by the message in these bytes; returns their number."""
        self.__init__()
        self._read(bytes(serialized.numpy() if hasattr(serialized, "numpy") else serialized))
        return len(serialized) if isinstance(serialized, bytes) else None

    MergeFromString = ParseFromString

    def __eq__(self, other):
        return type(self) is type(other) and self.SerializeToString() == other.SerializeToString()

    __hash__ = None

    def printed_fields(self):
        """(name, value) of the fields to print: lists, maps and messages that are not empty."""
        return [(name, value) for name, value in vars(self).items() if isinstance(value, Message) or value]

    def __repr__(self):
        return "".join(f"{line}\n" for line in text_format.lines(self))


class _List(Message):
    """Base class of the three lists of values."""

    def __init__(self, value=()):
        self.value = [self._checked(item) for item in value]

    def __len__(self):
        return len(self.value)


class BytesList(_List):
    """A list of bytes: `value`."""

    @staticmethod
    def _checked(item):
        item = item.numpy() if hasattr(item, "numpy") else item
        if not isinstance(item, bytes):
            raise TypeError(f"A BytesList holds bytes. Received: {item!r} of type {type(item).__name__}")
        return bytes(item)

    def SerializeToString(self):  # noqa: N802
        return b"".join(field(1, item) for item in self.value)

    def _read(self, message):
        self.value = [value for number, kind, value in fields(message) if (number, kind) == (1, BYTES)]


class FloatList(_List):
    """A list of float32 values: `value`."""

    @staticmethod
    def _checked(item):
        return float(np.float32(item))

    def SerializeToString(self):  # noqa: N802
        return field(1, np.asarray(self.value, "<f4").tobytes()) if self.value else b""

    def _read(self, message):
        for number, kind, value in fields(message):
            if number == 1 and kind == BYTES:  # packed: all values in one field
                self.value += np.frombuffer(value, "<f4").tolist()
            elif number == 1 and kind == FOUR_BYTES:
                self.value.append(struct.unpack("<f", value)[0])


class Int64List(_List):
    """A list of 64-bit integers: `value`."""

    @staticmethod
    def _checked(item):
        if isinstance(item, (float, str, bytes)):
            raise TypeError(f"An Int64List holds integers. Received: {item!r} of type {type(item).__name__}")
        return int(item)

    def SerializeToString(self):  # noqa: N802
        return field(1, b"".join(varint(item) for item in self.value)) if self.value else b""

    def _read(self, message):
        for number, kind, value in fields(message):
            if number == 1 and kind == VARINT:
                self.value.append(signed(value))
            elif number == 1 and kind == BYTES:
                place = 0
                while place < len(value):
                    item, place = read_varint(value, place)
                    self.value.append(signed(item))


class Feature(Message):
    """One list of values, of one of the three kinds."""

    _kinds = {"bytes_list": (1, BytesList), "float_list": (2, FloatList), "int64_list": (3, Int64List)}

    def __init__(self, bytes_list=None, float_list=None, int64_list=None):
        given = {"bytes_list": bytes_list, "float_list": float_list, "int64_list": int64_list}
        for name, values in given.items():
            self.__dict__[name] = self._kinds[name][1]() if values is None else values
        self._kind = next((name for name, values in given.items() if values is not None), None)

    def WhichOneof(self, oneof_group):  # noqa: N802
        """Which of the three lists is set, or None."""
        if self._kind is None:
            return next((name for name in self._kinds if len(self.__dict__[name])), None)
        return self._kind

    def printed_fields(self):
        kind = self.WhichOneof("kind")
        return [] if kind is None else [(kind, self.__dict__[kind])]

    def HasField(self, field_name):  # noqa: N802
        """Whether this list is set."""
        return self.WhichOneof("kind") == field_name

    def SerializeToString(self):  # noqa: N802
        kind = self.WhichOneof("kind")
        return b"" if kind is None else field(self._kinds[kind][0], self.__dict__[kind].SerializeToString())

    def _read(self, message):
        for number, kind, value in fields(message):
            for name, (known, cls) in self._kinds.items():
                if (number, kind) == (known, BYTES):
                    self.__dict__[name] = cls.FromString(value)
                    self._kind = name


class FeatureList(Message):
    """A list of `Feature`s: `feature`."""

    def __init__(self, feature=()):
        self.feature = list(feature)

    def SerializeToString(self):  # noqa: N802
        return b"".join(field(1, feature.SerializeToString()) for feature in self.feature)

    def _read(self, message):
        self.feature = [Feature.FromString(value) for number, _, value in fields(message) if number == 1]


class _Map(dict):
    """Features by name; reading a missing one creates it, as in protobuf's maps."""

    def __init__(self, cls, items=()):
        super().__init__(items)
        self._cls = cls

    def __missing__(self, key):
        self[key] = self._cls()
        return self[key]

    def serialized(self):
        """The entries as fields with the number 1, by name."""
        return b"".join(
            field(1, field(1, name.encode()) + field(2, self[name].SerializeToString())) for name in sorted(self)
        )

    def read(self, message):
        """Read the entries from a message."""
        for number, _, entry in fields(message):
            if number == 1:
                parts = {part: value for part, _, value in fields(entry)}
                self[parts.get(1, b"").decode()] = self._cls.FromString(parts.get(2, b""))


class Features(Message):
    """`Feature`s by name: `feature`."""

    def __init__(self, feature=()):
        self.feature = _Map(Feature, feature)

    def SerializeToString(self):  # noqa: N802
        return self.feature.serialized()

    def _read(self, message):
        self.feature.read(message)


class FeatureLists(Message):
    """`FeatureList`s by name: `feature_list`."""

    def __init__(self, feature_list=()):
        self.feature_list = _Map(FeatureList, feature_list)

    def SerializeToString(self):  # noqa: N802
        return self.feature_list.serialized()

    def _read(self, message):
        self.feature_list.read(message)


class Example(Message):
    """A data point: `features`."""

    def __init__(self, features=None):
        self.features = Features() if features is None else features

    def SerializeToString(self):  # noqa: N802
        return field(1, self.features.SerializeToString())

    def _read(self, message):
        for number, _, value in fields(message):
            if number == 1:
                self.features = Features.FromString(value)


class SequenceExample(Message):
    """A data point with sequences: `context`, and `feature_lists`."""

    def __init__(self, context=None, feature_lists=None):
        self.context = Features() if context is None else context
        self.feature_lists = FeatureLists() if feature_lists is None else feature_lists

    def SerializeToString(self):  # noqa: N802
        return field(1, self.context.SerializeToString()) + field(2, self.feature_lists.SerializeToString())

    def _read(self, message):
        for number, _, value in fields(message):
            if number == 1:
                self.context = Features.FromString(value)
            elif number == 2:
                self.feature_lists = FeatureLists.FromString(value)
