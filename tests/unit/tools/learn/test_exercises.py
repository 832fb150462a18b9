"""Exercises: the reference solutions are right, starters are not, and each planted mistake gets its hint."""

from pathlib import Path

import numpy as np
import pytest

import minikeras
from minikeras.tools import learn
from minikeras.tools.learn import checking
from minikeras.tools.learn.checking import check, difference
from tests.unit.tools.learn.planted import ENDLESS_ORDER, FIT_WITHOUT_NUMBERS, PLANTED, RECURSIVE_ORDER

SOLUTIONS = Path(__file__).with_name("solutions")
FILES = Path(minikeras.__file__).parents[1]


def namespace_of(text, name="solution.py"):
    """What a reader's file defines."""
    namespace = {"np": np}
    exec(compile(text, name, "exec"), namespace)
    return namespace


def solution_of(name):
    return (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")


def hints(name, text):
    """The hints about a solution's functions, in order."""
    return [hint for _, hint in check(learn.load(name), namespace_of(text), minikeras) if hint is not None]


@pytest.mark.parametrize("name", learn.EXERCISES)
def test_the_reference_solution_is_right_and_the_starter_is_not_written_yet(name):
    exercise = learn.load(name)
    assert exercise.name == name
    assert hints(name, solution_of(name)) == []
    found = hints(name, exercise.starter)
    assert len(found) == len(exercise.tasks)
    assert all(hint.aspect == "error" and "is not written yet" in hint.message for hint in found)


@pytest.mark.parametrize("name", learn.EXERCISES)
def test_the_files_that_an_exercise_names_are_there(name):
    for place in learn.load(name).where.split(", "):
        assert (FILES / place).exists(), place


ROWS = [(name, *row) for name, rows in PLANTED.items() for row in rows]


@pytest.mark.parametrize("name, old, new, aspect, words", ROWS, ids=[f"{row[0]}: {row[4]}" for row in ROWS])
def test_a_planted_mistake_gets_its_hint(name, old, new, aspect, words):
    solution = solution_of(name)
    assert old in solution
    found = hints(name, solution.replace(old, new))
    assert [(hint.aspect, words in hint.message) for hint in found][:1] == [(aspect, True)], found[0].message


def test_every_exercise_has_at_least_three_planted_mistakes():
    assert {name: len(rows) >= 3 for name, rows in PLANTED.items()} == dict.fromkeys(learn.EXERCISES, True)


def test_a_recursive_order_fails_on_deep_graphs_with_a_hint():
    (hint,) = hints("functional_order", RECURSIVE_ORDER)
    assert hint.aspect == "numerical range"
    assert "Keep the remaining work in a list" in hint.message


def test_a_loop_that_never_ends_is_interrupted(monkeypatch):
    monkeypatch.setattr(checking, "TIMEOUT", 1.0)
    (hint,) = hints("functional_order", ENDLESS_ORDER)
    assert hint.aspect == "error"
    assert "Of two nodes that need each other" in hint.message
    assert "does a loop never end? Line" in hint.message


def test_a_mistake_explains_a_result_only_if_it_is_right_where_the_reader_is():
    # With one sample, a product of elements is kernel · x; with several it does not run.
    (hint,) = hints("dense", solution_of("dense").replace("x @ kernel + bias", "x * kernel + bias"))
    assert "kernel · x" not in hint.message


def test_a_result_of_another_form_gets_a_hint():
    (hint,) = hints("fit_loop", FIT_WITHOUT_NUMBERS)
    assert hint.aspect == "shape"
    assert "has not the expected form" in hint.message


def test_a_missing_function_and_an_unknown_exercise():
    (hint,) = hints("adam", "x = 1")
    assert hint.message == "The file defines no function `adam`."
    with pytest.raises(KeyError):
        learn.load("dense2")


def test_values_that_no_typical_mistake_explains():
    right = np.arange(6.0).reshape(2, 3)
    assert "off by 0.5: a summand" in difference("y", right + 0.5, right).message
    assert "are −1 times" in difference("y", -right, right).message.replace("-1", "−1")
    assert difference("y", right.T, right).aspect == "shape"
    assert difference("y", np.add.outer(right[0], right[0]), right[:1]).aspect == "broadcasting"
    assert difference("y", np.full((2, 3), np.nan), right).aspect == "numerical range"
    assert "2 of 6 values differ" in difference("y", right + [[0, 1, 0], [3, 0, 0]], right).message
    assert difference("y", "text", right).aspect == "shape"
