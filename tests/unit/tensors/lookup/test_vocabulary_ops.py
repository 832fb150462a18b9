"""`TokenIndices` for many tokens against a dict, also while another thread sets another vocabulary."""

import numpy as np
import pytest

from minikeras import layers
from minikeras.kernels.strings.packed import ENOUGH
from minikeras.tensors.lookup import vocabulary_ops

WORDS = [f"word {i}" for i in range(50)]
TOKENS = np.random.default_rng(0).choice([*WORDS, "unknown"], ENOUGH)


def indices_in(vocabulary):
    return [1 + vocabulary.index(token) if token in vocabulary else 0 for token in TOKENS.tolist()]


@pytest.mark.parametrize("unknown", [1, 0], ids=["one unknown", "none"])
def test_many_tokens_follow_a_vocabulary_that_changes(unknown):
    layer = layers.StringLookup(vocabulary=[*WORDS, "unknown"], num_oov_indices=unknown)
    for words in (WORDS, WORDS[::-1], [*WORDS[10:], *WORDS[:10]]):
        vocabulary = words if unknown else [*words, "unknown"]
        layer.set_vocabulary(vocabulary)
        expected = np.array(indices_in(vocabulary)) - 1 + unknown
        assert layer(TOKENS).numpy().tolist() == expected.tolist()


def test_a_vocabulary_that_is_set_while_the_table_of_the_old_one_is_made_replaces_it(monkeypatch):
    """As another thread may do."""
    layer = layers.StringLookup(vocabulary=WORDS)
    make = vocabulary_ops.string_table

    def make_late(strings):
        table = make(strings)
        monkeypatch.undo()
        layer.set_vocabulary(WORDS[::-1])
        return table

    monkeypatch.setattr(vocabulary_ops, "string_table", make_late)
    assert layer(TOKENS).numpy().tolist() == indices_in(WORDS)
    assert layer(TOKENS).numpy().tolist() == indices_in(WORDS[::-1])


def test_rows_of_no_words_are_empty():
    layer = layers.TextVectorization(vocabulary=WORDS, output_sequence_length=0)
    assert layer([" ".join(WORDS)] * 100).shape == (100, 0)
