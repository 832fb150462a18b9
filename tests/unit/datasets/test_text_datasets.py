"""imdb and reuters."""

import json

import numpy as np
import pytest

from minikeras.datasets import imdb, reuters
from tests.unit.datasets.made_files import npz, ragged

REVIEWS = ragged([1, 2, 3], [4], [5, 6, 7, 8], [9, 1])


@pytest.fixture
def imdb_file(put):
    labels = np.array([0, 1, 1, 0])
    put("imdb.npz", npz(x_train=REVIEWS, y_train=labels, x_test=REVIEWS[::-1], y_test=labels[::-1]), imdb)


@pytest.fixture
def reuters_file(put):
    put("reuters.npz", npz(x=REVIEWS, y=np.array([10, 20, 30, 40])), reuters)


def by_label(x, y):
    return {int(label): list(words) for words, label in zip(x, y, strict=True)}


def test_reviews_keep_their_labels_and_words_are_shifted(imdb_file):
    (x_train, y_train), (x_test, _) = imdb.load_data()
    assert x_train.dtype == x_test.dtype == object
    assert sorted(zip(map(list, x_train), y_train, strict=True)) == [
        ([1, 2, 4], 0),  # 9 is the largest number, so it is taken for rare
        ([1, 4, 5, 6], 0),
        ([1, 7], 1),
        ([1, 8, 9, 10, 11], 1),
    ]
    assert sorted(map(list, x_test)) == sorted(map(list, x_train))


ARGUMENTS = [
    ({"num_words": 7}, {10: [1, 4, 5, 6], 20: [1, 2], 30: [1, 2, 2, 2, 2], 40: [1, 2, 4]}),
    ({"num_words": 7, "oov_char": None}, {10: [1, 4, 5, 6], 20: [1], 30: [1], 40: [1, 4]}),
    ({"skip_top": 5}, {10: [2, 2, 5, 6], 20: [2, 7], 30: [2, 8, 9, 10, 11], 40: [2, 2, 2]}),
    ({"start_char": None, "index_from": None, "num_words": 99}, {10: [1, 2, 3], 20: [4], 30: [5, 6, 7, 8], 40: [9, 1]}),
    ({"maxlen": 4, "num_words": 99}, {20: [1, 7], 40: [1, 12, 4]}),
]


@pytest.mark.parametrize("arguments, expected", ARGUMENTS)
def test_arguments_choose_words_and_texts(reuters_file, arguments, expected):
    (x_train, y_train), (x_test, y_test) = reuters.load_data(test_split=0.5, **arguments)
    assert len(x_train) == len(x_test) == len(expected) // 2
    assert by_label(x_train, y_train) | by_label(x_test, y_test) == expected


def test_a_maxlen_that_leaves_nothing_is_an_error(imdb_file):
    with pytest.raises(ValueError, match="maxlen=2"):
        imdb.load_data(maxlen=2)


def test_arguments_of_old_keras_bring_a_warning(imdb_file):
    with pytest.warns(UserWarning, match="nb_words"):
        imdb.load_data(nb_words=3)


@pytest.mark.parametrize("module, name", [(imdb, "imdb_word_index.json"), (reuters, "reuters_word_index.json")])
def test_word_index(put, module, name):
    put(name, json.dumps({"the": 1, "é": 2}).encode(), module, "WORD_INDEX_MD5")
    assert module.get_word_index() == {"the": 1, "é": 2}


def test_reuters_has_46_topics():
    names = reuters.get_label_names()
    assert len(names) == 46
    assert (names[0], names[45]) == ("cocoa", "lead")
