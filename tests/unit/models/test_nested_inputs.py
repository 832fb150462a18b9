"""Models whose inputs are dicts in dicts or lists: what they take, and what is missing."""

import re

import numpy as np
import pytest

import minikeras as keras

A, B, C = (np.full((3, 1), n, "float32") for n in (1, 2, 3))
NESTED = {"first": {"z": A, "b": B}, "rest": [C]}


def nested():
    a, b, c = (keras.Input((1,), name=name) for name in ("p", "q", "r"))
    return keras.Model({"first": {"z": a, "b": b}, "rest": [c]}, keras.layers.Concatenate()([a, b, c]))


@pytest.mark.filterwarnings("ignore:The structure of `inputs`")
@pytest.mark.parametrize(
    "inputs",
    [
        NESTED,
        {"rest": C, "first": {"b": B, "z": A}},
        {**NESTED, "more": A, "first": {"a": C, **NESTED["first"]}},
        {"r": C, "q": B, "p": A},
        [B, A, C],
    ],
)
def test_values_reach_the_inputs_that_lie_at_their_place(inputs):
    model = nested()
    model.compile("sgd", "mse")
    for result in (model(inputs), model.predict(inputs, verbose=0), keras.models.clone_model(model)(inputs)):
        assert np.asarray(result)[0].tolist() == [1, 2, 3]


def test_evaluation_and_files(tmp_path):
    model = nested()
    model.compile("sgd", "mse")
    assert model.evaluate(NESTED, np.zeros((3, 3)), verbose=0) == pytest.approx(14 / 3)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.asarray(again(NESTED))[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "inputs, missing",
    [({"first": {"z": A}, "rest": [C]}, "('first', 'b')"), ({"first": {"z": A, "b": B}, "rest": []}, "('rest', 0)")],
)
def test_what_is_missing_is_named_by_its_place(inputs, missing):
    with pytest.raises(ValueError, match=re.escape(f"input(s) [{missing}]")):
        nested()(inputs)
