"""The table at the end of the run, and the option that renews the page."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.scripts import results_page

OUTCOMES = pytest.StashKey[list]()


def pytest_addoption(parser):
    parser.addoption("--write-script-results", action="store_true", help="write tests/scripts/RESULTS.md anew")


def pytest_configure(config):
    config.stash[OUTCOMES] = []


@pytest.fixture
def outcomes(request):
    """The outcomes of all scripts, in the order in which they ran."""
    return request.config.stash[OUTCOMES]


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
