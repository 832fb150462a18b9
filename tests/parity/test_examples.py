"""One script, two backends: the examples train alike on both, and end with the same numbers."""

import pytest

pytest.importorskip("tensorflow")

from minikeras.tools.cli.compare import compare_script, processes
from tests.backend_server import run_by_servers
from tests.rows import quick_rows
from tests.scripts.comparing import differences_of
from tests.unit.examples.test_examples import EXAMPLES, ON_BOTH_BACKENDS


@pytest.mark.full
@pytest.mark.parametrize("script", quick_rows(sorted(ON_BOTH_BACKENDS), {"first_network.py"}))
def test_both_backends_train_alike(script, tmp_path, monkeypatch, backend_servers):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(processes, "run_process", run_by_servers(backend_servers, processes.run_process))
    comparison = compare_script(EXAMPLES / script, ["--backend", "tensorflow"], look_closely=False, timeout=240)
    assert comparison.failure is None
    assert len(comparison.first.steps) > 20
    differences, numbers = differences_of(comparison)
    assert not differences, "\n".join(differences)
    assert numbers > 0
