"""Names of variables count from the start in each test."""

import pytest

from minikeras.base.naming import reset_uids


@pytest.fixture(autouse=True)
def fresh_names():
    reset_uids()
