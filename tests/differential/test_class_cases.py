"""Found cases: each row of `{api,class,constructor,optimizer,training}_cases.py` comes to the same on both packages."""

import keras
import pytest
import tensorflow as tf  # noqa: F401  (Keras's backend)

import minikeras
from tests.differential import api_cases, class_cases, constructor_cases, optimizer_cases, training_cases
from tests.differential.outcomes import difference, outcome_of
from tests.rows import quick_rows

EARLIER = {**class_cases.CASES, **constructor_cases.CASES, **api_cases.CASES}
CASES = {**EARLIER, **optimizer_cases.CASES, **training_cases.CASES}
QUICK = optimizer_cases.QUICK | training_cases.QUICK
TRAINING = {*class_cases.TRAINING, *constructor_cases.TRAINING, *api_cases.TRAINING}


@pytest.fixture(autouse=True)
def _names_are_numbered_from_the_beginning():
    for backend in (minikeras, keras):
        backend.utils.clear_session(free_memory=False)


@pytest.mark.parametrize("name", quick_rows(CASES, {*list(EARLIER)[::3]} - TRAINING | QUICK))
def test_both_packages_agree(name):
    found = difference(outcome_of(minikeras, CASES[name]), outcome_of(keras, CASES[name]))
    assert found is None, found
