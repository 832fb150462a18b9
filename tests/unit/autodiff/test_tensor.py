"""Tensor: indexing, operators, conversions, immutability."""

import numpy as np
import pytest

from minikeras import Tensor, ops

VALUES = np.arange(24, dtype="float32").reshape(2, 3, 4)

KEYS = [
    0,
    -1,
    slice(1, None),
    (slice(None), slice(None, None, -1)),
    (..., 2),
    (None, 0),
    (0, [2, 0], 1),
    (np.array([1, 0]), np.array([2, 2])),
    VALUES > 5,
    (slice(None), np.array([True, False, True])),
    (1, ..., None),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_is_numpys(key):
    np.testing.assert_array_equal(Tensor(VALUES)[key], VALUES[key])


def test_indices_may_be_tensors():
    np.testing.assert_array_equal(Tensor(VALUES)[Tensor(np.array(1))], VALUES[1])
    np.testing.assert_array_equal(Tensor(VALUES)[:, Tensor(np.array([2, 0]))], VALUES[:, [2, 0]])


def test_index_out_of_range_names_the_shape():
    with pytest.raises(IndexError, match=r"shape \(2, 3, 4\)"):
        Tensor(VALUES)[5]


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("other", [2.0, 3, np.float32([1, 2, 3, 4]), VALUES + 1], ids=["float", "int", "row", "array"])
def test_operators_broadcast_on_either_side(operator, other):
    apply = OPERATORS[operator]
    a = VALUES + 1
    for ours, expected in ((apply(Tensor(a), other), apply(a, other)), (apply(other, Tensor(a)), apply(other, a))):
        assert isinstance(ours, Tensor)
        assert ours.dtype in ("float32", "bool")
        np.testing.assert_allclose(ours, expected, rtol=2e-6)


@pytest.mark.parametrize(
    "x, other, expected",
    [
        (np.int32(1), 2.0, "float32"),
        (np.int32([1]), np.int64([1]), "int64"),
        (np.float32([1]), np.float64([1]), "float32"),
        (np.float16([1]), np.int64([1]), "float16"),
        (np.bool_([True]), 1, "int32"),
        (np.uint8([1]), np.int8([1]), "int16"),
    ],
)
def test_dtypes_follow_kerass_rules(x, other, expected):
    assert (Tensor(np.asarray(x)) * other).dtype == expected


def test_conversions():
    scalar = Tensor(np.float32(2.5))
    assert (float(scalar), int(scalar), bool(scalar), f"{scalar:.2f}") == (2.5, 2, True, "2.50")
    assert len(Tensor(VALUES)) == 2
    assert [row.shape for row in Tensor(VALUES)] == [(3, 4), (3, 4)]
    assert list(range(Tensor(np.int32(3)))) == [0, 1, 2]
    assert "shape=(2, 3, 4) dtype=float32" in repr(Tensor(VALUES))
    assert len(repr(Tensor(np.zeros((1000, 1000))))) < 500


def test_arrays_with_bytes_in_the_other_order_become_native():
    array = np.array([[1, 2], [3, 4]], np.dtype("float32").newbyteorder())
    assert ops.convert_to_tensor(array).numpy().dtype.isnative
    np.testing.assert_array_equal(ops.sigmoid(array), ops.sigmoid(array.astype("float32")))


def test_numbers_cannot_be_changed_from_outside():
    array = VALUES.copy()
    tensor = ops.convert_to_tensor(array)
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(tensor)[0] = 1
    copy = tensor.numpy()
    copy[:] = 0
    np.testing.assert_array_equal(tensor, VALUES)
    with pytest.raises(TypeError):
        tensor[0] = 1


@pytest.mark.parametrize(
    "mistake, error, words",
    [
        (lambda: bool(Tensor(VALUES)), ValueError, "ambiguous"),
        (lambda: len(Tensor(np.float32(1))), TypeError, "no length"),
        (lambda: ops.convert_to_tensor([[1, 2], [3]]), ValueError, "same length"),
        (lambda: Tensor(VALUES) @ Tensor(VALUES), ValueError, "shapes"),
        (lambda: ops.reshape(Tensor(VALUES), (5, -1)), ValueError, "reshape"),
        (lambda: ops.equal(ops.convert_to_tensor(["a"]), 3), ValueError, "dtype"),
    ],
)
def test_mistakes_are_explained(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake()
