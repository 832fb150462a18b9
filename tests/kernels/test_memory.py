"""Keeping freed memory: where it applies, and that it leaves a user's own settings alone."""

import ctypes
import sys

import pytest

from minikeras.errors import InvalidArgumentError
from minikeras.kernels import memory

on_glibc = pytest.mark.skipif(
    not (sys.platform.startswith("linux") and hasattr(ctypes.CDLL(None), "mallopt")), reason="glibc's settings"
)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in memory.ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@on_glibc
def test_glibc_accepts_the_settings():
    assert memory.keep_freed_memory()


@pytest.mark.parametrize("name", memory.ENVIRONMENT)
def test_the_users_own_settings_stay(monkeypatch, name):
    monkeypatch.setenv(name, "1000000")
    assert not memory.keep_freed_memory()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not memory.keep_freed_memory()


def test_memory_for_kernels_holds_no_python_objects():
    with pytest.raises(InvalidArgumentError, match="takes numbers"):
        memory.aligned((2, 3), object)
