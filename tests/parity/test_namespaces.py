"""The README's table of namespaces is what the live Keras and minikeras have."""

import pytest

import minikeras
from tests.parity.namespaces import README, table, written

keras = pytest.importorskip("keras")


def test_readme_has_the_current_table_of_namespaces():
    expected = "\n".join(table(keras, minikeras))
    assert written(README.read_text(encoding="utf-8")) == expected, "Run: python -m tests.parity.namespaces"
