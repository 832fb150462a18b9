"""One script, two backends: the examples train alike on both, and end with the same numbers."""

from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from minikeras.cli.compare import compare_script, processes
from tests.scripts.comparing import differences_of

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = ["first_network.py", "functional_two_branches.py", "custom_train_step.py", "gradient_tape_loop.py"]
SCRIPTS += ["saving_and_resuming.py"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_both_backends_train_alike(script, tmp_path, monkeypatch, tensorflow_server):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(processes, "run_process", tensorflow_server.instead_of(processes.run_process))
    comparison = compare_script(EXAMPLES / script, ["--backend", "tensorflow"], look_closely=False, timeout=240)
    assert comparison.failure is None
    assert len(comparison.first.steps) > 20
    differences, numbers = differences_of(comparison)
    assert not differences, "\n".join(differences)
    assert numbers > 0
