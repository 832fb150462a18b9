"""Generated layers and initializers, and calls of `keras.random`, `keras.tree` and `keras.utils`, on both packages.

As in `test_functions.py`: the same cases in each run, compared by results, shapes, dtypes and exceptions.
"""

import pytest

pytest.importorskip("tensorflow")

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential import random_arguments
from tests.differential.cases import compare, generated_case
from tests.differential.choices import Chooser
from tests.differential.generated_classes import GENERATED
from tests.drawn_cases import REPRODUCIBLE

QUICK, FULL = 8, 120  # cases of each kind


def compared_function(chooser):
    """(case, how it differs or None)"""
    case = generated_case(chooser, chooser.pick(*random_arguments.NAMES))
    return case, compare(case)


KINDS = {**GENERATED, "functions": compared_function}


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
