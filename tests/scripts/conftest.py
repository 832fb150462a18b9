"""Running scripts on both backends, and the option that renews the page of results."""

from dataclasses import asdict

import pytest

from minikeras.tools.cli.compare import processes
from minikeras.tools.cli.compare.processes import tensorflow_is_missing
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
    folder, temporary = tmp_path / "folder", tmp_path / "temporary"  # where scripts leave what they make there
    for path in (folder, temporary):
        path.mkdir()
    monkeypatch.chdir(folder)
    run_process = processes.run_process
    if not request.config.getoption("--write-script-results", default=False):  # else the import is timed as well
        run_process = run_by_servers(request.getfixturevalue("backend_servers"), run_process)

    def run_here(backend, command, environment, timeout):
        return run_process(backend, command, {**environment, "TMPDIR": str(temporary)}, timeout)

    monkeypatch.setattr(processes, "run_process", run_here)

    def outcome_of(script):
        outcome = run_on_both(script)
        notes.OUTCOMES.append(asdict(outcome))
        return outcome

    return outcome_of
