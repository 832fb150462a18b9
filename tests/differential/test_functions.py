"""Generated calls of `keras.ops` and `keras.activations` on both packages: results, shapes, dtypes, exceptions.

hypothesis chooses the same cases in each run, and shrinks one that differs. `hunt` runs many more; what it finds
becomes a row of `test_found_cases.py`.
"""

import pytest

pytest.importorskip("tensorflow")

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential.cases import NAMES, compare, generated_case
from tests.differential.choices import Chooser
from tests.drawn_cases import REPRODUCIBLE

GROUPS = 8
QUICK, FULL = 10, 150  # cases of each group


def check_group(group, mistakes):
    @given(st.data())
    def check(data):
        chooser = Chooser.of_hypothesis(data.draw)
        case = generated_case(chooser, chooser.pick(*NAMES[group::GROUPS]), mistakes)
        difference = compare(case)
        assert difference is None, f"{difference[0]} in {case}: {difference[1]}"

    return check


@pytest.mark.parametrize("group", range(GROUPS))
def test_generated_calls_agree(group):
    settings(max_examples=QUICK, **REPRODUCIBLE)(check_group(group, mistakes=10))()


@pytest.mark.full
@pytest.mark.parametrize("group", range(GROUPS))
def test_many_generated_calls_agree(group):
    settings(max_examples=FULL, **REPRODUCIBLE)(check_group(group, mistakes=5))()
