"""String tensors: text and bytes of any length as arrays of `bytes` objects."""

import numpy as np
import pytest

from minikeras import Tensor, layers, ops
from minikeras.autodiff.byte_strings import byte_strings, holds_strings
from minikeras.autodiff.tensor import string_tensor
from minikeras.base.errors import InvalidArgumentError

FORMS = {
    "text": ("aé", b"a\xc3\xa9"),
    "bytes": (b"a\x00", b"a\x00"),
    "a list": (["a", "bc"], [b"a", b"bc"]),
    "text and bytes": (["a", b"\xff"], [b"a", b"\xff"]),
    "nested lists": ([["a"], ["b"]], [[b"a"], [b"b"]]),
    "NumPy's text": (np.array(["a", "bcd"]), [b"a", b"bcd"]),
    "NumPy's bytes": (np.array([b"a", b"bcd"]), [b"a", b"bcd"]),
    "objects": (np.array(["a", b"b"], object), [b"a", b"b"]),
    "a tensor": (string_tensor(["a"]), [b"a"]),
    "no strings": (np.array([], "U1"), []),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_becomes_an_array_of_bytes(name):
    value, expected = FORMS[name]
    for tensor in (ops.convert_to_tensor(value), string_tensor(value)):
        assert isinstance(tensor, Tensor)
        assert tensor.dtype == "string"
        assert tensor.array.tolist() == expected
        assert all(type(item) is bytes for item in tensor.array.flat)
    assert holds_strings(value)


def test_no_length_is_cut_and_zero_bytes_stay():
    strings = [b"\x00", b"a" * 1000 + b"\x00", b""]
    assert string_tensor(strings).numpy().tolist() == strings


@pytest.mark.parametrize("value", [1, [1.5], np.array([1]), None, [None]], ids=repr)
def test_numbers_are_no_strings(value):
    assert not holds_strings(value)
    with pytest.raises(TypeError, match="holds text or bytes"):
        byte_strings(value)


def test_rows_of_unequal_lengths_are_an_error():
    with pytest.raises(ValueError, match="one shape"):
        string_tensor([["a"], ["b", "c"]])


def test_the_name_of_the_dtype_needs_no_tf_namespace():
    assert Tensor(np.array([b"a"], object)).dtype == "string"


STRINGS = np.full((1, 4, 4, 1), b"a", object)
POOLING = {
    "average": lambda: layers.AveragePooling2D(2)(STRINGS),
    "average of one axis": lambda: layers.AveragePooling1D(2)(STRINGS[0]),
    "maximum": lambda: layers.MaxPooling2D(2)(STRINGS),
    "op": lambda: ops.average_pool(string_tensor(STRINGS), 2),
    "global": lambda: layers.GlobalAveragePooling2D()(STRINGS),
}


@pytest.mark.parametrize("name", POOLING)
def test_kernels_refuse_strings(name):
    with pytest.raises((InvalidArgumentError, ValueError)):
        POOLING[name]()
