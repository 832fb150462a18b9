"""The messages of a SavedModel against the descriptors of TensorFlow, and their bytes against protobuf's."""

import importlib
import random

import pytest

from minikeras.formats.protobuf.message import SCALARS, Message
from minikeras.formats.saved_model import messages

tf = pytest.importorskip("tensorflow")
pb2 = pytest.importorskip("tensorflow.core.protobuf.saved_model_pb2")
ROOTS = {
    "SavedModel": pb2.SavedModel,
    "TrackableObjectGraph": "trackable_object_graph_pb2",
    "BundleHeaderProto": "tensor_bundle_pb2",
    "BundleEntryProto": "tensor_bundle_pb2",
}
SEEDS = range(8)
CLASSES = [cls for cls in vars(messages).values() if isinstance(cls, type) and issubclass(cls, Message)]
EXAMPLES = {"string": ["é", "a" * 200], "bytes": [b"\x00\xff", b"b"], "bool": [True], "float": [0.5, -2.0]}
EXAMPLES |= {"double": [0.1, -1e300], "enum": [1], "sint64": [-3, 2**40], "int32": [-1, 7], "int64": [-(2**63), 300]}


def theirs(name):
    known = ROOTS[name]
    if isinstance(known, str):
        return getattr(importlib.import_module(f"tensorflow.core.protobuf.{known}"), name)
    return known


def declared_pairs():
    """(our class, TensorFlow's descriptor), each once, as the fields of one lead to the next."""
    found, waiting = {}, [(getattr(messages, name), theirs(name).DESCRIPTOR) for name in ROOTS]
    while waiting:
        cls, descriptor = waiting.pop()
        if (cls, descriptor.full_name) in found:
            continue
        found[cls, descriptor.full_name] = descriptor
        for field in cls.declared.values():
            their = descriptor.fields_by_name[field.name]
            if field._kind not in SCALARS:
                is_map = field.form == "mapping"
                of = their.message_type.fields_by_name["value"].message_type if is_map else their.message_type
                waiting.append((field.kind, of))
    return [(cls, descriptor) for (cls, _), descriptor in found.items()]


PAIRS = declared_pairs()
_FIELD = type(pb2.SavedModel.DESCRIPTOR.fields[0])
TYPES = {value: name[5:].lower() for name, value in vars(_FIELD).items() if name.startswith("TYPE_")}


def test_every_class_is_reached():
    assert {cls for cls, _ in PAIRS} >= set(CLASSES) - {Message}


@pytest.mark.parametrize("cls, descriptor", PAIRS, ids=lambda value: getattr(value, "full_name", ""))
def test_fields_are_those_of_the_descriptors(cls, descriptor):
    for field in cls.declared.values():
        their = descriptor.fields_by_name[field.name]
        form = "choice" if their.containing_oneof else "many" if their.is_repeated else "one"
        if their.message_type is not None and their.message_type.GetOptions().map_entry:
            form, their_key = "mapping", their.message_type.fields_by_name["key"]
            assert field.key is SCALARS[TYPES[their_key.type]]
            their_kind = TYPES[their.message_type.fields_by_name["value"].type]
        else:
            their_kind = TYPES[their.type]
        assert (field.number, field.form) == (their.number, form)
        assert their_kind == ("message" if field._kind not in SCALARS else field._kind)


def drawn(cls, draw, depth=0):
    """A message with about half of its fields."""
    message = cls()
    chosen = draw.choice([field.number for field in cls.declared.values() if field.form == "choice"] or [None])
    for field in cls.declared.values():
        if (depth and draw.random() < 0.5) or (field.form == "choice" and field.number != chosen):
            continue

        def value(field=field):
            if field._kind in SCALARS:
                return draw.choice(EXAMPLES.get(field._kind, [3, 2**31]))
            return drawn(field.kind, draw, depth + 1)

        if field._kind not in SCALARS and depth > 4:
            continue
        if field.form == "mapping":
            keys = ["a", "b"] if field.key is SCALARS["string"] else [0, 5]
            setattr(message, field.name, {key: value() for key in keys})
        else:
            setattr(message, field.name, [value(), value()] if field.form == "many" else value())
    return message


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ROOTS)
def test_protobuf_reads_what_is_written_and_the_other_way_round(name, seed):
    message = drawn(getattr(messages, name), random.Random(seed))
    their = theirs(name).FromString(message.encoded())
    assert theirs(name).FromString(their.SerializeToString()) == their
    assert type(message).decoded(their.SerializeToString()) == message
    assert type(message).decoded(message.encoded()) == message
