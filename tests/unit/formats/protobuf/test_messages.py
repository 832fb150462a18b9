"""Protocol buffers, byte by byte: the examples are those of the encoding guide, or encoded by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.protobuf.example import BytesList, Example, Feature, Features, FloatList, Int64List
from minikeras.formats.protobuf.tensor_message import read_tensor, written_tensor
from minikeras.formats.protobuf.wire_format import BYTES, VARINT, field, fields, read_varint, signed, varint
from tests.drawn_cases import reproducible


def test_varints_of_the_encoding_guide():
    assert varint(150) == b"\x96\x01"
    assert varint(-2) == b"\xfe" + b"\xff" * 8 + b"\x01"
    assert field(2, b"testing") == b"\x12\x07testing"
    assert list(fields(b"\x08\x96\x01\x12\x02hi")) == [(1, VARINT, 150), (2, BYTES, b"hi")]


@reproducible
@given(st.integers(-(2**63), 2**63 - 1))
def test_varints_come_back(number):
    found, end = read_varint(varint(number), 0)
    assert (signed(found), end) == (number, len(varint(number)))


@pytest.mark.parametrize("message", [b"\x96", b"\x12\x07test", b"\x0b", b"\xff" * 11])
def test_broken_messages_are_errors(message):
    with pytest.raises(ValueError, match=r"cut off or broken|no fields of type"):
        list(fields(message))


def test_an_example_byte_by_byte():
    example = Example(Features({"n": Feature(int64_list=Int64List([1, 300]))}))
    numbers = b"\x0a\x03\x01\xac\x02"  # field 1: the varints 1 and 300
    feature = b"\x1a\x05" + numbers  # field 3
    entry = b"\x0a\x01n" + b"\x12\x07" + feature  # 1: the name, 2: the feature
    assert example.SerializeToString() == b"\x0a\x0e" + b"\x0a\x0c" + entry
    assert Example.FromString(example.SerializeToString()) == example


def test_features_of_every_kind_come_back():
    features = {
        "text": Feature(bytes_list=BytesList([b"", b"\x00\xff"])),
        "real": Feature(float_list=FloatList([0.1, -2.5])),
        "whole": Feature(int64_list=Int64List([-1, 2**62])),
        "none": Feature(),
    }
    found = Example.FromString(Example(Features(features)).SerializeToString()).features.feature
    assert found["text"].bytes_list.value == [b"", b"\x00\xff"]
    assert found["real"].float_list.value == [float(np.float32(0.1)), -2.5]
    assert found["whole"].int64_list.value == [-1, 2**62]
    assert found["none"].WhichOneof("kind") is None


def test_a_tensor_byte_by_byte():
    message = written_tensor(np.array([[1, 2]], "int16"))
    assert (
        message == b"\x08\x05" + b"\x12\x08" + b"\x12\x02\x08\x01" + b"\x12\x02\x08\x02" + b"\x22\x04\x01\x00\x02\x00"
    )


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint64", "bool", "complex64", "float16"])
@pytest.mark.parametrize("shape", [(), (0, 2), (2, 3)])
def test_tensors_come_back(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    found = read_tensor(written_tensor(array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_what_is_no_tensor_is_an_error():
    with pytest.raises(InvalidArgumentError, match="TensorProto"):
        read_tensor(b"\x08\x01\x2d\x00\x00\x80\x3f")  # one float in a field of its own
