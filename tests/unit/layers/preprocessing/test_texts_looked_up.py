"""Many texts in an array are looked up without encoding them: the same indices and errors as of their bytes."""

import numpy as np
import pytest

import minikeras
from minikeras.base.errors import InvalidArgumentError
from minikeras.layers.preprocessing.string_lookup import MANY
from minikeras.tensors.lookup.vocabulary_ops import TokenIndices

WORDS = ["the", "", "ä", "日本", "a\0b", *(f"word{i}" for i in range(40))]
LAYERS = [
    {},
    {"mask_token": ""},
    {"num_oov_indices": 3},
    {"num_oov_indices": 3, "salt": [1, 2]},
    {"output_mode": "multi_hot"},
    {"output_mode": "count", "mask_token": ""},
    {"output_mode": "one_hot", "num_oov_indices": 2},
]


def texts(shape):
    draw = np.random.default_rng(0).integers(0, 60, shape)
    return np.array([*WORDS, *(f"unknown{i}" for i in range(60 - len(WORDS)))], object)[draw]


def lookup(**arguments):
    vocabulary = [word for word in WORDS if word or "mask_token" not in arguments]
    layer = minikeras.layers.StringLookup(vocabulary=vocabulary, **arguments)
    layer(np.array(["the"], object))
    return layer


@pytest.fixture
def found(monkeypatch):
    """What `of_texts` returned, call by call."""
    results = []
    of_texts = TokenIndices.of_texts
    monkeypatch.setattr(TokenIndices, "of_texts", lambda op, items: results.append(of_texts(op, items)) or results[-1])
    return results


@pytest.mark.parametrize("arguments", LAYERS, ids=str)
def test_indices_are_those_of_the_bytes(found, arguments):
    layer, data = lookup(**arguments), texts((MANY // 4, 5))
    encoded = np.array([text.encode() for text in data.ravel()], object).reshape(data.shape)
    np.testing.assert_array_equal(layer(data), layer(encoded))
    assert [result is not None for result in found] == [True, False]


def test_a_new_vocabulary_is_found():
    layer, data = lookup(), texts((MANY,))
    layer(data)
    layer.set_vocabulary(WORDS[::-1])
    np.testing.assert_array_equal(layer(data), layer([text.encode() for text in data]))


def test_tokens_that_are_no_text_stay_apart(found):
    layer = minikeras.layers.StringLookup(vocabulary=[b"\xff", "�".encode(), b"a"])
    data = np.array(["�", "a"] * MANY, object)
    layer(data[:1])
    assert np.asarray(layer(data))[:2].tolist() == [2, 3]
    assert found[-1] is not None


@pytest.mark.parametrize("other, error", [(b"the", None), (1, (TypeError, ValueError)), ("\ud800", UnicodeEncodeError)])
def test_other_items_are_left_to_the_usual_way(other, error):
    layer, data = lookup(), texts((MANY,))
    data[3] = other
    if error is None:
        assert np.asarray(layer(data))[3] == 1
        return
    with pytest.raises(error):
        layer(data)


def test_unknown_texts_are_listed_where_they_may_not_be():
    layer = lookup(num_oov_indices=0)
    with pytest.raises(InvalidArgumentError, match="unknown"):
        layer(texts((MANY,)))


def test_calls_of_subclasses_are_called(found):
    class Shifted(minikeras.layers.StringLookup):
        def call(self, inputs):
            return super().call(inputs) + 1

    layer = Shifted(vocabulary=WORDS)
    layer(texts((1,)))
    data = texts((MANY,))
    np.testing.assert_array_equal(layer(data), lookup()(data) + 1)
    assert len(found) == 1
