"""minikeras.base.suggestions: "did you mean"."""

import pytest

from minikeras.base.suggestions import did_you_mean, nearest_names

NAMES = ["Adam", "AdamW", "adam", "relu", "gelu", "selu", "sparse_categorical_crossentropy", "categorical_crossentropy"]


@pytest.mark.parametrize(
    "name, nearest",
    [
        ("adm", "adam"),
        ("Adm", "Adam"),
        ("rleu", "relu"),
        ("sparse-categorical-crossentropy", "sparse_categorical_crossentropy"),
        ("SparseCategoricalCrossEntropy", "sparse_categorical_crossentropy"),
        ("categorical_crossentrpy", "categorical_crossentropy"),
    ],
)
def test_the_nearest_name_comes_first(name, nearest):
    assert nearest_names(name, NAMES)[0] == nearest


def test_the_phrase_is_ready_to_stand_at_the_end_of_a_message():
    assert did_you_mean("rleu", ["relu", "tanh"]) == " Did you mean 'relu'?"
    assert did_you_mean("geelu", ["relu", "gelu", "elu"]) == " Did you mean 'gelu', 'elu' or 'relu'?"


@pytest.mark.parametrize("name, known", [("xyz", NAMES), ("relu", []), (None, ["relu"]), (7, ["relu"])])
def test_no_phrase_when_nothing_resembles(name, known):
    assert did_you_mean(name, known) == ""
