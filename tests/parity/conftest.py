"""Shared by the parity tests: automatic names that start at 0."""

import sys

import pytest

from minikeras.utils import clear_session


@pytest.fixture(autouse=True)
def fresh_names():
    """Restart the numbering of names such as "dense_1" on both sides, after any other tests."""
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "utils"):
        keras.utils.clear_session(free_memory=False)  # collecting garbage takes half a second with TensorFlow loaded
    clear_session(free_memory=False)
