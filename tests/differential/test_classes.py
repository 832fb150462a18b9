"""Generated constructor calls of layers and initializers, and calls of `keras.random`, `keras.tree`, `keras.utils`.

As in `test_functions.py`: the same cases in each run, results, shapes, dtypes and exceptions on both packages.
"""

import keras
import pytest
import tensorflow as tf  # noqa: F401  (Keras's backend)
from hypothesis import given, settings
from hypothesis import strategies as st

import minikeras
from tests.differential import random_arguments
from tests.differential.cases import compare, generated_case
from tests.differential.choices import Chooser
from tests.differential.initializer_arguments import generated_initializer
from tests.differential.layer_arguments import generated_layer, is_known
from tests.differential.outcomes import difference, outcome_of
from tests.differential.test_functions import REPRODUCIBLE

QUICK, FULL = 12, 700  # cases of each kind


def difference_of_layer(chooser):
    case = generated_layer(chooser)
    ours, theirs = outcome_of(minikeras, case.run), outcome_of(keras, case.run)
    return case, None if is_known(case, ours, theirs) else difference(ours, theirs)


def difference_of_initializer(chooser):
    case = generated_initializer(chooser)
    return case, difference(outcome_of(minikeras, case.run), outcome_of(keras, case.run))


def difference_of_function(chooser):
    case = generated_case(chooser, chooser.pick(*random_arguments.NAMES))
    return case, compare(case)


KINDS = {"layers": difference_of_layer, "initializers": difference_of_initializer, "functions": difference_of_function}


def check(kind, cases):
    @settings(max_examples=cases, **REPRODUCIBLE)
    @given(st.data())
    def agree(data):
        case, found = KINDS[kind](Chooser.of_hypothesis(data.draw))
        assert found is None, f"{found[0]} in {case}: {found[1]}"

    agree()


@pytest.mark.parametrize("kind", KINDS)
def test_generated_calls_agree(kind):
    check(kind, QUICK)


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS)
def test_many_generated_calls_agree(kind):
    check(kind, FULL)
