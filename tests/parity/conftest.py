"""Shared by the parity tests: names that count from the start."""

import sys

import pytest

from minikeras.utils import clear_session


@pytest.fixture(autouse=True)
def fresh_names():
    """Names such as "dense_1" count from the start on both sides, after any other tests."""
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "utils"):
        keras.utils.clear_session(free_memory=False)  # collecting garbage takes half a second with TensorFlow loaded
    clear_session(free_memory=False)
