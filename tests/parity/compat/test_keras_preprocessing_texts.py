"""Tokenizer, words, skip-grams and series of `keras.preprocessing`."""

import sys

import numpy as np
import pytest

from tests.parity.compat.preprocessing_cases import EXACT, FLOAT64, GROUP, RNG, TEXTS, both

pytest.importorskip("tensorflow")
pytest.importorskip("PIL.Image")

from minikeras.compat import keras as ours
from tests.identifiers import without_addresses
from tests.parity.comparing import assert_close, assert_same_nested

# What Keras itself does there: old names of SciPy, and a float for `random.randint`.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Please import `affine_transform`"),
    pytest.mark.filterwarnings("ignore:non-integer arguments to randrange"),
]


# --- texts ---

TOKENIZERS = [
    {},
    {"num_words": 5},
    {"oov_token": "<unknown>"},
    {"num_words": 4, "oov_token": "<unknown>"},
    {"char_level": True},
    {"lower": False, "filters": "!.", "split": " "},
    {"analyzer": lambda text: text.lower().split("t")},
]


@pytest.mark.parametrize("settings", TOKENIZERS, ids=without_addresses)
def test_tokenizer(settings):
    def run(keras):
        tokenizer = keras.preprocessing.text.Tokenizer(**settings)
        tokenizer.fit_on_texts(TEXTS[:3])
        tokenizer.fit_on_texts([["a", "list", "The"], *TEXTS[3:]])
        sequences = tokenizer.texts_to_sequences(["the cat and the bird", "", "zebra"])
        matrices = [tokenizer.texts_to_matrix(TEXTS, mode) for mode in ("binary", "count", "freq", "tfidf")]
        return tokenizer, sequences, matrices

    (mine, my_sequences, my_matrices), (their, their_sequences, their_matrices) = both(run)
    assert my_sequences == their_sequences
    assert mine.sequences_to_texts([[1, 2, 99], [3]]) == their.sequences_to_texts([[1, 2, 99], [3]])
    assert_same_nested(GROUP, my_matrices, their_matrices, FLOAT64)
    for name in ("word_index", "index_word", "word_counts", "word_docs", "index_docs", "document_count"):
        assert getattr(mine, name) == getattr(their, name), name
    if "analyzer" not in settings:
        my_config, their_config = mine.get_config(), their.get_config()
        assert list(my_config) == list(their_config)
        assert {k: v for k, v in my_config.items() if "docs" not in k} == {
            k: v
            for k, v in their_config.items()
            if "docs" not in k  # dicts made from sets, in any order
        }
        for written in (mine.to_json(), their.to_json()):
            again = ours.preprocessing.text.tokenizer_from_json(written)
            assert again.texts_to_sequences(TEXTS) == their.texts_to_sequences(TEXTS)
            assert np.array_equal(again.texts_to_matrix(TEXTS, "tfidf"), their.texts_to_matrix(TEXTS, "tfidf"))


def test_tokenizer_of_sequences():
    def run(keras):
        tokenizer = keras.preprocessing.text.Tokenizer(num_words=6)
        tokenizer.fit_on_sequences([[1, 2, 2], [3, 1]])
        return tokenizer.sequences_to_matrix([[1, 2, 5, 9], []], "tfidf")

    assert_same_nested(GROUP, *both(run), FLOAT64)


@pytest.mark.parametrize("call", [
    lambda text: [text.text_to_word_sequence(t) for t in TEXTS],
    lambda text: text.text_to_word_sequence("A,b,c D", filters="", lower=False, split=","),
    lambda text: text.text_to_word_sequence("a--b", filters="-", split="_"),
    lambda text: text.one_hot(TEXTS[1], 50),
    lambda text: text.hashing_trick(TEXTS[1], 50, "md5"),
    lambda text: text.hashing_trick(TEXTS[1], 50, len),
    lambda text: text.hashing_trick(TEXTS[1], 50, analyzer=str.split),
])  # fmt: skip
def test_words(call):
    mine, their = both(lambda keras: call(keras.preprocessing.text))
    assert mine == their


# --- sequences ---


@pytest.mark.parametrize("settings", [
    {},
    {"shuffle": False},
    {"window_size": 2, "negative_samples": 2.5, "seed": 3},
    {"categorical": True, "negative_samples": 0},
    {"sampling_table": np.linspace(0, 1, 20)},
], ids=str)  # fmt: skip
def test_skipgrams(settings):
    if sys.version_info >= (3, 12) and settings.get("shuffle", True) and "seed" not in settings:
        pytest.skip("Keras draws its seed by randint(0, 1e7), which Python 3.12 refuses")
    words = [1, 5, 0, 3, 9, 12, 5, 2]
    mine, their = both(lambda keras: keras.preprocessing.sequence.skipgrams(words, 20, **settings))
    assert mine == their


def test_sampling_table():
    mine, their = both(lambda keras: keras.preprocessing.sequence.make_sampling_table(500, 1e-4))
    assert_close(GROUP, mine, their, FLOAT64)


@pytest.mark.parametrize("settings", [
    {},
    {"sampling_rate": 2, "stride": 3, "start_index": 2, "end_index": 40},
    {"shuffle": True, "batch_size": 5},
    {"reverse": True, "batch_size": 7},
], ids=str)  # fmt: skip
def test_timeseries_generator(settings):
    data, targets = RNG.normal(size=(50, 2)), np.arange(50)

    def run(keras):
        generator = keras.preprocessing.sequence.TimeseriesGenerator(data, targets, 6, **settings)
        return [generator[i] for i in range(len(generator))]

    assert_same_nested(GROUP, *both(run), EXACT)
