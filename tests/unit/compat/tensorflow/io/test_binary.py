"""Numbers in bytes, and comma-separated values."""

import numpy as np
import pytest

from minikeras import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.io import binary, csv_fields


def test_bytes_as_numbers():
    x = np.array([[1, -2], [300, 4]], ">i2")
    found = binary.decode_raw([row.tobytes() for row in x], "int16", little_endian=False)
    np.testing.assert_array_equal(found.array, x)
    assert binary.decode_raw([b"\x01", b"\x02\x03\x04"], "uint8", fixed_length=2).array.tolist() == [[1, 0], [2, 3]]
    with pytest.raises(InvalidArgumentError, match="not a multiple of 4"):
        binary.decode_raw(b"abc", "float32")


def test_columns():
    lines = Tensor(np.array([b'1,"a, b",0.5', b"2,,"], object))
    numbers, words, reals = csv_fields.decode_csv(lines, [("int32", None), ("string", b"?"), ("float32", 9.0)])
    assert (numbers.array.tolist(), words.array.tolist(), reals.array.tolist()) == ([1, 2], [b"a, b", b"?"], [0.5, 9.0])
    (last,) = csv_fields.decode_csv(b"7;8", [("int64", 0)], delimiter=";", select=[1])
    assert last.array == 8


FAULTY = [(b"1,2", "Expect 1 fields but have 2"), (b'""', "required but missing"), (b"x", "not a valid int32")]


@pytest.mark.parametrize("line, message", FAULTY)
def test_faulty_lines(line, message):
    with pytest.raises(InvalidArgumentError, match=message):
        csv_fields.decode_csv(line, [("int32", None)])


INFERRED = {"1": "int32", str(2**40): "int64", "0.5": "float32", "1e300": "float64", "a": "string"}


@pytest.mark.parametrize("field", INFERRED)
def test_the_narrowest_dtype_is_inferred(field):
    dtype, default = csv_fields.inferred_default(["1", field, ""])
    assert dtype == INFERRED[field]
    assert default == (b"" if dtype == "string" else 0)
