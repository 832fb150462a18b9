"""Serialized `Example`s read by compiled code: what Python reads of them, also where bytes are wrong."""

import numpy as np
import pytest

from minikeras.base.errors import InvalidArgumentError
from minikeras.compat import tensorflow as tf
from minikeras.compat.tensorflow.io import example_parsing
from minikeras.compat.tensorflow.io.example_parsing import FixedLenFeature, VarLenFeature, parse_example
from minikeras.formats.protobuf.example import BytesList, Example, Feature, Features, FloatList, Int64List
from minikeras.formats.protobuf.wire_format import field
from minikeras.kernels import example_jobs
from tests.unit.data.pipeline.test_blocks import kinds

MANY = 20  # enough for kernels
FEATURES = {
    "n": FixedLenFeature([2], "int64"),
    "words": FixedLenFeature([2], "string"),
    "x": FixedLenFeature([1, 3], "float32"),
}


def example(number):
    features = {
        "n": Feature(int64_list=Int64List([number, -(2**63)])),
        "name": Feature(),
        "words": Feature(bytes_list=BytesList([b"a\0" * number, b""])),
        "x": Feature(float_list=FloatList([number, 0.5, 1])),
    }
    return Example(Features({key: feature for key, feature in features.items() if feature.WhichOneof("kind")}))


RECORDS = [example(number).SerializeToString() for number in range(MANY)]


def parsed(records, features):
    """The results as lists, or the error."""
    try:
        found = parse_example(records, features)
    except InvalidArgumentError as error:
        return str(error)
    return {key: (values.array.dtype, values.array.tolist()) for key, values in found.items()}


def by_python(records, features):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_parsing, "are_enough", lambda records: False)
        return parsed(records, features)


def test_kernels_read_what_python_reads():
    found = parsed(RECORDS, FEATURES)
    assert found == by_python(RECORDS, FEATURES)
    assert found["n"][1][3] == [3, -(2**63)]
    assert found["words"][1][3] == [b"a\0" * 3, b""]
    assert found["x"][1][3] == [[3, 0.5, 1]]
    assert parsed(RECORDS, dict(reversed(FEATURES.items()))) == found  # not in the order of the records


def test_only_features_that_kernels_cannot_read_are_read_by_python(monkeypatch):
    asked = []
    monkeypatch.setattr(
        example_parsing, "batch_of_feature", lambda key, feature, examples: asked.append(key) or feature
    )
    features = {**FEATURES, "rest": VarLenFeature("int64"), "default": FixedLenFeature([], "int64", 7)}
    parse_example(RECORDS, features)
    assert sorted(asked) == ["default", "rest"]


UNUSUAL = {
    "no name": field(1, field(1, field(2, field(3, field(1, b"\x07"))))),
    "not packed": field(1, field(1, field(1, b"n") + field(2, field(3, b"\x08\x05\x08\x80\x01")))),
    "the same name twice": field(1, 2 * field(1, field(1, b"n") + field(2, field(3, field(1, b"\x07\x08"))))),
    "two lists": field(1, field(1, field(1, b"n") + field(2, field(1, b"") + field(3, field(1, b"\x07\x08"))))),
    "another field before": field(9, b"x") + RECORDS[0],
    "another kind": field(1, field(1, field(1, b"n") + field(2, field(2, field(1, b"\0" * 8))))),
    "numbers of ten bytes": field(1, field(1, field(1, b"n") + field(2, field(3, field(1, b"\xff" * 9 + b"\x7f\1"))))),
    "numbers of eleven bytes": field(
        1, field(1, field(1, b"n") + field(2, field(3, field(1, b"\xff" * 10 + b"\1\1"))))
    ),
    "a length of 64 bits": b"\x0a" + b"\xff" * 9 + b"\x01" + RECORDS[0],
    "too many values": field(1, field(1, field(1, b"n") + field(2, field(3, field(1, b"\1\2\3"))))),
    "nothing": b"",
}


@pytest.mark.parametrize("form", UNUSUAL)
def test_other_forms_and_errors_are_those_of_python(form):
    records, features = [*RECORDS[1:], UNUSUAL[form]], {"n": FEATURES["n"]}
    assert parsed(records, features) == by_python(records, features)


def broken(count):
    """Records with a byte or a few changed, cut off, or repeated."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        record = bytearray(RECORDS[rng.integers(MANY)])
        place, kind = rng.integers(len(record)), rng.integers(4)
        if kind == 0:
            del record[place:]
        elif kind == 1:
            record[place:place] = record[place : place + rng.integers(1, 12)]
        else:
            for _ in range(kind - 1):
                record[rng.integers(len(record))] = rng.choice([0, 1, 10, 18, 26, 127, 128, 255, rng.integers(256)])
        yield bytes(record)


def test_broken_records_are_read_or_refused_as_by_python():
    for record in broken(300):
        records = [*RECORDS[1:], record]
        assert parsed(records, FEATURES) == by_python(records, FEATURES), record


def test_nothing_is_read_outside_of_a_broken_record():
    """Python raises an error at an index that is too high, and here at one below the record."""
    table, names, _ = example_jobs.table_of(((b"n", "int64", 2), (b"words", "string", 2), (b"x", "float32", 3)), 1)
    for record in broken(300):
        content = np.frombuffer(record, np.uint8).view(Bounded)
        numbers, values, states = np.zeros(6, np.int64), np.zeros(3, np.float32), np.zeros((1, 3), np.int64)
        positions = np.array([0]), np.array([len(record)])
        example_jobs.read_features.function(0, content, *positions, names, table, numbers, values, states, 1)


class Bounded(np.ndarray):
    """An array without negative indices."""

    def __getitem__(self, index):
        assert index >= 0
        return super().__getitem__(index)


def test_serialized_examples_are_parsed_together():
    def serialized(n):
        values = {"raw": tf.train.BytesList(value=[bytes(range(n, n + 6))]), "n": tf.train.Int64List(value=[n])}
        features = {
            "raw": tf.train.Feature(bytes_list=values["raw"]), "n": tf.train.Feature(int64_list=values["n"])
        }  # fmt: skip
        return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()

    def parse(string):
        wanted = {"raw": tf.io.FixedLenFeature([], tf.string), "n": tf.io.FixedLenFeature([], tf.int64)}
        found = tf.io.parse_single_example(string, wanted)
        return tf.reshape(tf.io.decode_raw(found["raw"], tf.uint8), [3, 2]), found["n"]

    data = tf.data.Dataset.from_tensor_slices([serialized(n) for n in range(6)]).map(parse).batch(4)
    assert kinds(data) == [True, True]
    (raw, n), _ = data
    assert raw.numpy()[:, 0].tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert n.numpy().tolist() == [0, 1, 2, 3]
