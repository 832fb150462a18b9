"""`keras.preprocessing.text`."""

import numpy as np
import pytest

from minikeras.preprocessing import text

TEXTS = ["The cat sat.", "The cat ran; the dog sat"]


def test_words_are_numbered_by_how_often_they_occur():
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    assert tokenizer.word_index == {"the": 1, "cat": 2, "sat": 3, "ran": 4, "dog": 5}
    assert tokenizer.texts_to_sequences(["cat and dog"]) == [[2, 5]]
    assert tokenizer.sequences_to_texts([[5, 4]]) == ["dog ran"]


def test_unknown_and_rare_words_become_the_token_for_them():
    tokenizer = text.Tokenizer(num_words=3, oov_token="?")
    tokenizer.fit_on_texts(TEXTS)
    assert tokenizer.texts_to_sequences(["the cat and dog"]) == [[2, 1, 1, 1]]


def test_fitting_again_goes_on_counting():
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    tokenizer.fit_on_texts(["dog dog dog dog"])
    assert tokenizer.word_index["dog"] == 1
    assert tokenizer.document_count == 3


def test_matrices():
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    assert tokenizer.texts_to_matrix(["cat cat dog"], "count").tolist() == [[0, 0, 2, 0, 0, 1]]
    assert tokenizer.texts_to_matrix(["cat cat dog"], "freq")[0, 2] == pytest.approx(2 / 3)
    weight = (1 + np.log(2)) * np.log(1 + 2 / 3)
    assert tokenizer.texts_to_matrix(["cat cat dog"], "tfidf")[0, 2] == pytest.approx(weight)


def test_a_tokenizer_survives_json():
    tokenizer = text.Tokenizer(num_words=4, char_level=True)
    tokenizer.fit_on_texts(TEXTS)
    again = text.tokenizer_from_json(tokenizer.to_json(indent=2))
    assert again.get_config() == tokenizer.get_config()
    assert again.texts_to_sequences(TEXTS) == tokenizer.texts_to_sequences(TEXTS)


@pytest.mark.parametrize("call, words", [
    (lambda t: t.sequences_to_matrix([[1]], "binarry"), "Unknown vectorization mode"),
    (lambda t: t.sequences_to_matrix([[1]]), "number of columns is not known"),
    (lambda t: text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf"), "Fit the Tokenizer"),
])  # fmt: skip
def test_what_a_matrix_needs(call, words):
    with pytest.raises(ValueError, match=words):
        call(text.Tokenizer())


def test_unknown_arguments_are_refused():
    with pytest.raises(TypeError, match="Unrecognized"):
        text.Tokenizer(max_words=3)


def test_the_apostrophe_is_part_of_a_word():
    assert text.text_to_word_sequence("Don't\tstop, (now)!") == ["don't", "stop", "now"]


def test_hashes_of_md5_are_the_same_in_every_run():
    assert text.hashing_trick("the cat the", 100, "md5") == [51, 3, 51]
    assert all(1 <= number < 10 for number in text.one_hot(" ".join(TEXTS), 10))
