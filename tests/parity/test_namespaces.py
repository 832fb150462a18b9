"""The README's table of namespaces and the names in errors are what the live Keras and minikeras have."""

import pytest

import minikeras
from tests.parity.namespaces import NOT_HERE, README, names_not_here, table, written

keras = pytest.importorskip("keras")


def test_readme_has_the_current_table_of_namespaces():
    expected = "\n".join(table(keras, minikeras))
    assert written(README.read_text(encoding="utf-8")) == expected, "Run: python -m tests.parity.namespaces"


def test_errors_know_the_names_that_are_not_here():
    expected = "\n".join([*names_not_here(keras, minikeras), ""])
    assert NOT_HERE.read_text(encoding="utf-8") == expected, "Run: python -m tests.parity.namespaces"
