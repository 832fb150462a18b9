"""The table at the end of the run, and the option that renews the page."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from minikeras.cli.compare.processes import tensorflow_is_missing
from tests.scripts import results_page
from tests.scripts.comparing import outcomes_of

OUTCOMES = pytest.StashKey[list]()


def pytest_addoption(parser):
    parser.addoption("--write-script-results", action="store_true", help="write tests/scripts/RESULTS.md anew")


def pytest_configure(config):
    config.stash[OUTCOMES] = []


@pytest.fixture(scope="session")
def outcome_of(request):
    """A function that gives the outcome of a script. They run two at a time, or one after the other to be timed."""
    if tensorflow_is_missing():
        pytest.skip("TensorFlow is not installed")
    is_timed = request.config.getoption("--write-script-results", default=False)
    scripts = [item.callspec.params["script"] for item in request.session.items if "outcome_of" in item.fixturenames]
    with outcomes_of(scripts, at_a_time=1 if is_timed else 2) as wait_for:

        def outcome_of(script):
            outcome = wait_for(script)
            request.config.stash[OUTCOMES].append(outcome)
            return outcome

        yield outcome_of


def pytest_terminal_summary(terminalreporter, config):
    """One line per script."""
    outcomes = config.stash.get(OUTCOMES, [])
    if not outcomes:
        return
    terminalreporter.section("scripts on both backends")
    for script, *cells in results_page.scripts_table(outcomes):
        terminalreporter.write_line(f"{script:45s}" + "".join(f"{cell:>16s}" for cell in cells))
    if config.getoption("--write-script-results", default=False):
        import tensorflow as tf

        terminalreporter.write_line(f"written: {results_page.write(outcomes, tf)}")
