"""Options, processes and tables shared by all test folders. It imports nothing heavy, since every process loads it."""

import gc
import os
import random
import signal
import sys
from collections import Counter

import pytest

from tests import notes
from tests.backend_server import BackendServer

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

MEMORY_OF_A_PROCESS = 3 * 2**30  # bytes: TensorFlow, its copies that run scripts, and what tests make


def pytest_addoption(parser):
    parser.addoption(
        "--full",
        action="store_true",
        help="run the tests marked `full` too: slow ones, whose subject a quicker test touches as well (CI runs them)",
    )
    parser.addoption("--long", action="store_true", help="run the long forms of fuzz, kill and soak tests")
    parser.addoption(
        "--no-tensorflow",
        action="store_true",
        help="make `import tensorflow` and `import keras` fail, to prove that nothing under test needs them",
    )
    parser.addoption(
        "--rows",
        type=int,
        metavar="N",
        help="run N rows of each table of parameters: enough where all would show the same, such as what is imported",
    )


def pytest_configure(config):
    random.seed(0)  # for what modules of tests draw when they are imported
    if config.getoption("--no-tensorflow"):
        for name in ("tensorflow", "keras"):
            sys.modules[name] = None  # Python's own way to block an import: it raises ModuleNotFoundError
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell does to what it starts in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)  # some tests, and their children, are sent Ctrl-C


@pytest.hookimpl(tryfirst=True)  # before pytest looks at `-m full`
def pytest_collection_modifyitems(config, items):
    """Deselect tests marked `full` unless they are requested: by the option, by name, or by file with `--long`."""
    _mark_rows_of_long_tables(items)
    if config.getoption("--rows"):
        _keep_first_rows(config, items)
    named = [argument for argument in config.args if "::" in argument]
    if config.getoption("--long"):
        named += filter(os.path.isfile, config.args)
    if config.getoption("--full") or named:
        return
    slow = [item for item in items if item.get_closest_marker("full")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


def _mark_rows_of_long_tables(items):
    """In a test (or module) marked `one_in(n)`, mark all rows except every n-th as `full`."""
    place = Counter()
    for item in items:
        mark = item.get_closest_marker("one_in")
        if mark is None or item.get_closest_marker("full"):
            continue
        test = item.nodeid.split("[")[0]
        if place[test] % mark.args[0]:
            item.add_marker(pytest.mark.full)
        place[test] += 1


def _keep_first_rows(config, items):
    rows, kept, left_out = Counter(), [], []
    for item in items:
        test = item.nodeid.split("[")[0]
        rows[test] += item.get_closest_marker("full") is None or config.getoption("--full")
        (kept if rows[test] <= config.getoption("--rows") else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def pytest_collection_finish(session):
    """Exclude imported modules and collected tests from garbage collections, which some of Keras's functions trigger.

    Each would look at all of TensorFlow and of thousands of tests: 40 % of the time of those of quantized layers.
    """
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers(config):
    """The number of processes that processors and memory allow; none besides this one for single test files."""
    if config.getoption("--write-script-results", default=False):
        return 0  # their times are taken
    if all(os.path.isfile(argument.split("::")[0]) for argument in config.args):
        return 0
    from minikeras.base.system import count_of_processors  # here: no other process needs it

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**34
    return max(1, min(count_of_processors(), memory // MEMORY_OF_A_PROCESS))


GENERATORS = {}  # {module: [(generator of random numbers, its state before the first test)]}


@pytest.fixture(autouse=True)
def same_random_numbers(request):
    """Whichever tests ran before in this process: what sets no seed draws the same, and so do a module's generators."""
    import numpy as np  # here: the process that gives out the tests needs none

    random.seed(0)
    np.random.seed(0)
    module = request.module
    if module not in GENERATORS:
        found = [value for value in vars(module).values() if isinstance(value, np.random.Generator)]
        GENERATORS[module] = [(generator, generator.bit_generator.state) for generator in found]
    for generator, state in GENERATORS[module]:
        generator.bit_generator.state = state


@pytest.fixture(scope="session")
def backend_servers():
    """{backend: the server that runs scripts on it without importing it each time}."""
    servers = {backend: BackendServer(backend) for backend in ("tensorflow", "minikeras")}
    yield servers
    for server in servers.values():
        server.close()


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["notes"] = notes.all_notes()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """A process of pytest-xdist has ended."""
    notes.add_notes(getattr(node, "workeroutput", {}).get("notes", {"agreement": {}, "outcomes": []}))


def pytest_terminal_summary(terminalreporter, config):
    """Print the tables, before pytest's own last line."""
    if notes.OUTCOMES:
        _scripts_table(terminalreporter, config)
    if notes.AGREEMENT:
        terminalreporter.section("agreement with tf.keras")
        for line in notes.agreement_table():
            terminalreporter.write_line(line)


def _scripts_table(terminalreporter, config):
    from tests.scripts import results_page  # here: it imports minikeras, which only this table needs
    from tests.scripts.comparing import Outcome

    outcomes = [Outcome(**fields) for fields in notes.OUTCOMES]
    terminalreporter.section("scripts on both backends")
    for script, *cells in results_page.scripts_table(outcomes):
        terminalreporter.write_line(f"{script:45s}" + "".join(f"{cell:>16s}" for cell in cells))
    if config.getoption("--write-script-results", default=False):
        import tensorflow as tf

        terminalreporter.write_line(f"written: {results_page.write(outcomes, tf)}")
