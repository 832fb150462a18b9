"""Every planted mistake is found, nothing is found where all is well, and nothing changes."""

from pathlib import Path

import numpy as np
import pytest

from minikeras.tools.diagnosis.evidence import Evidence
from minikeras.tools.diagnosis.examination import DIAGNOSES, examine
from minikeras.utils.kept_state import state_of
from tests.unit.tools.diagnosis.planted import HEALTHY, PLANTED, healthy_classifier

CASES = [(name, plant) for name, plants in PLANTED.items() for plant in plants]


@pytest.mark.parametrize("name, plant", CASES, ids=lambda case: getattr(case, "__name__", None))
def test_planted_mistakes_are_found(name, plant, capsys):
    model, x, y, settings = plant()
    found = model.diagnose(x, y, **settings)
    assert name in [diagnosis.name for diagnosis in found]
    assert len(found) == 1, found
    assert capsys.readouterr().out.strip() == str(found[0])
    assert found[0].sentence.endswith(".")


@pytest.mark.parametrize("make", HEALTHY)
def test_nothing_is_found_where_all_is_well(make, capsys):
    model, x, y, settings = make()
    evidence = Evidence(model, x, y, **settings, trained=make.__name__ == "healthy_after_training")
    assert examine(evidence, strict=True) == []
    assert model.diagnose(x, y, **settings) == []
    assert capsys.readouterr().out == ""


def test_every_diagnosis_has_a_planted_mistake():
    assert {diagnosis.__name__ for diagnosis in DIAGNOSES} == set(PLANTED)


def test_the_page_says_how_many_are_planted():
    page = Path(__file__).parents[4] / "docs/finding_mistakes.md"
    assert f"plant {len(CASES)} mistakes, all found" in " ".join(page.read_text(encoding="utf-8").split())


def test_nothing_of_the_model_changes():
    model, x, y, settings = healthy_classifier()
    model.fit(x, y, verbose=0)
    before = [variable.array.copy() for variable in state_of(model)]
    model.diagnose(x, y, **settings)
    for old, variable in zip(before, state_of(model), strict=True):
        np.testing.assert_array_equal(old, variable.array)


def test_a_training_goes_on_as_without_the_examination():
    losses = []
    for examined in (False, True):
        model, x, y, settings = healthy_classifier()
        model.fit(x, y, shuffle=False, verbose=0)
        if examined:
            model.diagnose(x, y, **settings)
        losses.append(model.fit(x, y, shuffle=False, verbose=0).history["loss"])
    assert losses[0] == losses[1]
