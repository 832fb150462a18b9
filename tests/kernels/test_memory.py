"""Keeping freed memory: where it applies, and that it leaves a user's own settings alone; workspaces."""

import ctypes
import sys

import numpy as np
import pytest

from minikeras.base.errors import InvalidArgumentError
from minikeras.config import threads
from minikeras.kernels import memory
from minikeras.kernels.memory import scratch, workspaces

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


def test_instructions_share_workspaces_and_the_jobs_of_one_do_not():
    blocks = []
    with workspaces.of_next_instruction(blocks):
        first, second = scratch(100), scratch(100)
        first[...], second[...] = 1, 2
        assert (first == 1).all()
    with workspaces.of_next_instruction(blocks):
        other = scratch(50, np.int32)
        assert other.shape == (threads(), 50)
        assert np.shares_memory(other, first)
        assert not np.shares_memory(scratch(1000), second)  # which was too small
    assert len(blocks) == 2
    assert not any(np.shares_memory(scratch(100), block) for block in blocks)
