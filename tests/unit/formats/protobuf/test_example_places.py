"""`feature_offsets`: where values are, found by reading or remembered from a record that is alike."""

import numpy as np

from minikeras.formats.protobuf import example_offsets
from minikeras.formats.protobuf.example import BytesList, Example, Feature, Features, Int64List
from minikeras.formats.protobuf.example_offsets import feature_offsets, values_at

RNG = np.random.default_rng(0)


def serialized(**features):
    """An `Example` of lists of bytes, or of integers."""
    lists = {
        name: Feature(bytes_list=BytesList(value=values))
        if isinstance(values[0], bytes)
        else Feature(int64_list=Int64List(value=values))
        for name, values in features.items()
    }
    return Example(features=Features(feature=lists)).SerializeToString()


def values(record):
    return {name: values_at(record, *place) for name, place in feature_offsets(record).items()}


def test_records_of_one_length_have_their_own_values():
    pairs = [serialized(x=[b"abc"], y=[5]), serialized(x=[b"xyz"], y=[7]), serialized(u=[b"abc"], y=[5])]
    pairs += [serialized(x=[b"ab"], y=[5, 6]), serialized(x=[b"abc"], y=[5])]
    assert len(set(map(len, pairs))) == 1
    assert [values(record) for record in pairs] == [
        {b"x": [b"abc"], b"y": [5]},
        {b"x": [b"xyz"], b"y": [7]},
        {b"u": [b"abc"], b"y": [5]},
        {b"x": [b"ab"], b"y": [5, 6]},
        {b"x": [b"abc"], b"y": [5]},
    ]


def test_remembered_places_are_those_that_reading_finds():
    record = serialized(image=[b"0123456789"], label=[3], name=[b"a", b"b"])
    for _ in range(2000):
        changed = bytearray(record)
        for place in RNG.integers(0, len(record), RNG.integers(0, 3)):
            changed[place] = RNG.choice([changed[place] ^ 1, RNG.integers(0, 256)])
        changed = bytes(changed)
        assert feature_offsets(changed) == example_offsets._found_positions(changed)


def test_few_layouts_are_remembered():
    for length in range(1, 300):
        feature_offsets(serialized(x=[b"a" * length]))
    assert len(example_offsets._layouts) <= example_offsets.LAYOUTS
