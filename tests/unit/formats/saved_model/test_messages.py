"""Messages of declared fields: defaults, forms on the wire, broken bytes."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikeras.formats.protobuf.message import DEEPEST
from minikeras.formats.protobuf.wire_format import VARINT, field, varint
from minikeras.formats.saved_model.messages import (
    AttrList,
    AttrValue,
    FunctionDef,
    NodeDef,
    SavedModel,
    StructuredValue,
    TensorProto,
    TensorShapeProto,
)
from minikeras.formats.saved_model.tensors import array_of, dtype_number, shape_message, shape_of, tensor_message
from tests.drawn_cases import reproducible

BROKEN = "cut off or broken|no fields of type|can't decode"
NODE = NodeDef(name="y", op="MatMul", input=["a", "b:1"], attr={"T": AttrValue(type=1), "n": AttrValue(i=0)})


def test_a_node_byte_by_byte():
    node = NodeDef(name="y", op="Neg", attr={"T": AttrValue(type=1)})
    attribute = b"\x0a\x01T" + b"\x12\x02" + b"\x30\x01"  # 1: key, 2: value with the field 6
    assert node.encoded() == b"\x0a\x01y\x12\x03Neg" + b"\x2a\x07" + attribute


def test_choices_are_written_even_if_zero_and_the_last_one_read_wins():
    assert AttrValue.decoded(AttrValue(i=0).encoded()).chosen == "i"
    assert AttrValue().chosen is None
    both = AttrValue.decoded(AttrValue(i=3).encoded() + AttrValue(b=True).encoded())
    assert (both.chosen, both.i, both.b) == ("b", None, True)


def test_numbers_of_a_list_come_packed_or_one_by_one():
    one_by_one = b"".join(varint(3 << 3 | VARINT) + varint(n) for n in (1, -2))
    assert AttrList.decoded(one_by_one).i == [1, -2]
    assert AttrList(i=[1, -2]).encoded() == field(3, varint(1) + varint(-2))


def test_a_message_in_parts_is_merged_and_unknown_fields_are_skipped():
    shape = TensorShapeProto(unknown_rank=True)
    parts = field(2, shape_message([2]).encoded()) + field(2, shape.encoded()) + field(99, b"later") + field(1, b"odd")
    read = TensorProto.decoded(parts)
    assert (len(read.tensor_shape.dim), read.tensor_shape.unknown_rank, read.dtype) == (1, True, 0)


def test_a_field_that_does_not_exist_is_an_error():
    with pytest.raises(TypeError, match="NodeDef has no fields shape"):
        NodeDef(shape=3)


def test_messages_that_are_nested_too_deeply_are_an_error():
    value = StructuredValue(int64_value=1).encoded()
    for _ in range(DEEPEST // 2):
        value = field(51, field(1, value))  # a list of one value
    with pytest.raises(ValueError, match="nested more than 100"):
        StructuredValue.decoded(value)


@reproducible
@given(st.integers(0, 10_000), st.binary(max_size=3))
def test_damaged_bytes_are_read_or_a_value_error(place, damage):
    function = FunctionDef(node_def=[NODE] * 3, ret={"y": "y:product:0"})
    whole = function.encoded()
    place %= len(whole)
    for damaged in (whole[:place] + damage + whole[place + len(damage) :], whole[:place]):
        with suppress(ValueError):
            FunctionDef.decoded(damaged)


@pytest.mark.parametrize("damaged", [b"\x12\xff\xff\xff\xff\x0f", b"\x0a\x01\xff", b"\x0b", b"\x12"])
def test_what_is_no_message_is_a_value_error(damaged):
    with pytest.raises(ValueError, match=BROKEN):
        NodeDef.decoded(damaged)
    with pytest.raises(ValueError, match=BROKEN):
        SavedModel.decoded(field(2, field(2, field(1, damaged))))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype="float32").reshape(2, 3),
        np.float64(2.5),
        np.zeros((0, 3), "int8"),
        np.array([True, False]),
        np.array([b"a", b""], object),
        np.array([1 + 2j], "complex64"),
    ],
    ids=str,
)
def test_arrays_come_back(array):
    read = array_of(TensorProto.decoded(tensor_message(array).encoded()))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == np.asarray(array).dtype


LISTED = {
    "float32": ({"float_val": [1.5]}, 1.5),
    "int32": ({"int_val": [-3]}, -3),
    "uint8": ({"int_val": [200]}, 200),
    "int64": ({"int64_val": [2**40]}, 2**40),
    "bool": ({"bool_val": [True]}, True),
    "float16": ({"half_val": [0x3C00]}, 1.0),
    "complex64": ({"scomplex_val": [1.0, -1.0]}, 1 - 1j),
    "string": ({"string_val": [b"x"]}, b"x"),
    "float64": ({}, 0.0),
}


@pytest.mark.parametrize("dtype", LISTED)
def test_the_last_listed_element_fills_the_shape(dtype):
    listed, value = LISTED[dtype]
    message = TensorProto(dtype=dtype_number(dtype), tensor_shape=shape_message((2, 2)), **listed)
    assert (array_of(message) == np.full((2, 2), value)).all()


@pytest.mark.parametrize(
    "message, words",
    [
        (TensorProto(dtype=20), "no arrays"),
        (TensorProto(dtype=1, tensor_shape=shape_message((2,)), float_val=[1.0] * 3), "2 elements, and 3"),
        (TensorProto(dtype=1, tensor_shape=shape_message((10**6, 10**6)), float_val=[1.0, 2.0]), "larger than"),
        (TensorProto(dtype=1, tensor_shape=shape_message((None,))), "unknown lengths"),
        (TensorProto(dtype=1, tensor_content=b"abc"), "multiple"),
    ],
)
def test_arrays_that_cannot_be_are_value_errors(message, words):
    with pytest.raises(ValueError, match=words):
        array_of(message)


@pytest.mark.parametrize("shape", [None, (), (None, 3)])
def test_shapes_come_back(shape):
    assert shape_of(TensorShapeProto.decoded(shape_message(shape).encoded())) == shape
