"""Running scripts on both backends, and the option that renews the page of results."""

from dataclasses import asdict

import pytest

from minikeras.cli.compare import processes
from minikeras.cli.compare.processes import tensorflow_is_missing
from tests import notes
from tests.backend_server import run_by_servers
from tests.scripts.comparing import outcome_of as run_on_both


def pytest_addoption(parser):
    parser.addoption("--write-script-results", action="store_true", help="write tests/scripts/RESULTS.md anew")


@pytest.fixture
def outcome_of(request, tmp_path, monkeypatch):
    """A function that gives the outcome of a script, which runs in an empty folder."""
    if tensorflow_is_missing():
        pytest.skip("TensorFlow is not installed")
    monkeypatch.chdir(tmp_path)
    if not request.config.getoption("--write-script-results", default=False):  # else the import is timed as well
        servers = request.getfixturevalue("backend_servers")
        monkeypatch.setattr(processes, "run_process", run_by_servers(servers, processes.run_process))

    def outcome_of(script):
        outcome = run_on_both(script)
        notes.OUTCOMES.append(asdict(outcome))
        return outcome

    return outcome_of
