"""FeatureSpace: mistakes are answered with the column and what was expected."""

import pytest

from minikeras.base.errors import InvalidArgumentError
from minikeras.utils import FeatureSpace

FLOATS = {"a": "float", "b": "float"}
ROW = {"age": [1.0, 2.0], "job": ["x", "y"]}


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"features": ["a"]}, r"`features` .*must be a dict, .*Received: features=\['a'\]"),
        ({"features": "a"}, "`features` .*must be a dict, .*Received: features='a'"),
        ({"features": {}}, "`features` .*must be a dict"),
        ({"features": FLOATS, "crosses": ["ab"]}, "Each of the `crosses` must be a tuple .*Received: 'ab'"),
        ({"features": FLOATS, "crosses": [("a",)]}, "Each of the `crosses` must be a tuple of two columns"),
    ],
)
def test_faulty_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        FeatureSpace(**arguments)


def test_a_preprocessor_is_a_layer():
    with pytest.raises(ValueError, match=r"`preprocessor` must be a layer\. Received: preprocessor='relu'"):
        FeatureSpace.feature("float32", "relu", "float")


@pytest.mark.parametrize(
    "column, values, message",
    [
        ("age", ["x", "y"], "Column 'age' of .* has dtype float32. Received: string values"),
        ("age", [1.0], "same number of rows. Received: {'age': 1, 'job': 2}"),
    ],
)
def test_faulty_values(column, values, message):
    space = FeatureSpace({"age": "float", "job": "string_hashed"})
    assert space(ROW).shape == (2, 33)
    with pytest.raises((TypeError, InvalidArgumentError), match=message):
        space({**ROW, column: values})


def test_columns_that_are_not_joined_may_have_other_lengths():
    found = FeatureSpace({"a": "float", "b": "float"}, output_mode="dict")({"a": [1.0, 2.0], "b": [1.0]})
    assert {name: x.shape for name, x in found.items()} == {"a": (2, 1), "b": (1, 1)}


@pytest.mark.parametrize("data, words", [({"age": [1.0]}, "Missing: ..job"), ({**ROW, "pay": [1]}, "Unknown: ..pay")])
def test_columns_that_are_missing_or_unknown(data, words):
    space = FeatureSpace({"age": "float", "job": "string_hashed"})
    with pytest.raises(KeyError, match=words):
        space(data)
