"""Lookup tables against Python dicts."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.base.errors import FailedPreconditionError, InvalidArgumentError
from minikeras.kernels.strings.farmhash import fingerprint64
from minikeras.tensors import ragged
from minikeras.tensors.lookup import (
    LINE_NUMBER,
    WHOLE_LINE,
    HashTable,
    MutableHashTable,
    VocabularyTable,
    pairs_of_lines,
)

WORDS = {b"a": 10, b"b": 11, "é".encode(): 12}


def test_values_of_known_and_unknown_keys():
    table = HashTable(-1, "string", "int64", WORDS.items())
    values = table.lookup([["a", "x"], ["é", "b"]])
    assert values.dtype == "int64"
    assert values.array.tolist() == [[10, -1], [12, 11]]
    assert table["b"].array.tolist() == 11
    assert table.lookup(ragged.constant([["a"], [], ["x", "b"]])).to_list() == [[10], [], [-1, 11]]
    assert int(table.size()) == 3
    keys, exported = table.export()
    assert dict(zip(keys.array.tolist(), exported.array.tolist(), strict=True)) == WORDS


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_numbers_to_words(dtype):
    table = HashTable("?", "int64", "string", {1: b"one", 2: b"two"}.items())
    values = table.lookup(np.array([2, 7, 1], dtype))
    assert values.dtype == "string"
    assert values.array.tolist() == [b"two", b"?", b"one"]


def test_unknown_words_share_buckets_behind_the_known_ones():
    table = VocabularyTable(5, pairs={b"a": 0, b"b": 1}.items())
    unknown = [b"new", b"word", "é".encode(), b""]
    expected = [0, 1, *(2 + fingerprint64(word) % 5 for word in unknown)]
    assert table.lookup([b"a", b"b", *unknown]).array.tolist() == expected
    assert int(table.size()) == 7
    numbers = VocabularyTable(3, "int64", {7: 0}.items())
    assert numbers.lookup([7, 8]).array.tolist() == [0, 1 + fingerprint64(b"8") % 3]


def test_a_table_that_changes():
    table = MutableHashTable(0.0, "string", "float32")
    table.insert(["a", "b"], [1.5, 2.5])
    table.insert(["a"], [3.5])
    table.remove(["b", "never there"])
    assert table.lookup(["a", "b"]).array.tolist() == [3.5, 0.0]
    with pytest.raises(InvalidArgumentError, match="as many keys as values"):
        table.insert(["a"], [1.0, 2.0])


@pytest.mark.parametrize(
    "columns, expected",
    [
        (((0, "string"), (1, "int64")), [(b"a", 3), (b"b", 4), (b"c", 5)]),
        (((WHOLE_LINE, "string"), (LINE_NUMBER, "int64")), [(b"a,3", 10), (b"b,4", 11), (b"c,5", 12)]),
        (((1, "float32"), (0, "string")), [(3.0, b"a"), (4.0, b"b"), (5.0, b"c")]),
    ],
    ids=["fields", "line numbers", "floats"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_columns_of_a_file(tmp_path, columns, expected, end):
    path = tmp_path / "words.txt"
    path.write_bytes(end.join(["a,3", "b,4", "c,5", ""]).encode())
    assert list(pairs_of_lines(path, *columns, delimiter=",", first_number=10)) == expected
    assert list(pairs_of_lines(path, *columns, delimiter=",", first_number=10, count=2)) == expected[:2]


def test_mistakes():
    with pytest.raises(FailedPreconditionError, match="has one value"):
        HashTable(0, "string", "int64", [(b"a", 1), (b"a", 2)])
    with pytest.raises(TypeError, match="`keys` must be string"):
        HashTable(0, "string", "int64").lookup([1.0])
    with pytest.raises(ValueError, match="num_oov_buckets"):
        VocabularyTable(0)


def test_a_layer_looks_up_in_a_table():
    table = HashTable(-1, "string", "int64", WORDS.items())

    class Numbers(keras.layers.Layer):
        def call(self, words):
            return keras.ops.cast(table.lookup(words), "float32")

    words = keras.Input((2,), dtype="string")
    model = keras.Model(words, Numbers()(words))
    assert model.output_shape == (None, 2)
    for compute in (model, lambda x: model.predict(x, verbose=0)):
        np.testing.assert_array_equal(compute(keras.ops.convert_to_tensor([["a", "x"]])), [[10, -1]])
