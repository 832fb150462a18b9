"""Options and checks that every test folder shares."""

import sys


def pytest_addoption(parser):
    parser.addoption(
        "--no-tensorflow",
        action="store_true",
        help="make `import tensorflow` and `import keras` fail, to prove that nothing under test needs them",
    )
    parser.addoption(
        "--long",
        action="store_true",
        help="run the long forms of tests with a budget, such as fuzzers and kills",
    )


def pytest_configure(config):
    if config.getoption("--no-tensorflow"):
        for name in ("tensorflow", "keras"):
            sys.modules[name] = None  # Python's own way to block an import: it raises ModuleNotFoundError
