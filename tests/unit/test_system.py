"""minikeras.system: processors, limits of Linux's control groups, and a user without a home."""

import math
import os
from pathlib import Path

import pytest

from minikeras import config, system
from minikeras.kernels.machine import object_code

GROUPS = {  # what is limited → (/proc/self/cgroup, {file below /sys/fs/cgroup: its text}, seconds in each second)
    "nothing": ("0::/\n", {"cpu.max": "max 100000\n"}, math.inf),
    "a container": ("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5),
    "a group around": ("0::/a/b\n", {"a/cpu.max": "50000 100000\n", "a/b/cpu.max": "max 100000\n"}, 0.5),
    "a group beside": ("0::/a\n", {"b/cpu.max": "50000 100000\n"}, math.inf),
    "version 1": (
        "5:memory:/x\n4:cpu,cpuacct:/x\n0::/\n",
        {"cpu/x/cpu.cfs_quota_us": "300000\n", "cpu/x/cpu.cfs_period_us": "100000\n"},
        3.0,
    ),
    "nothing, in version 1": (
        "4:cpuacct,cpu:/\n",
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
        math.inf,
    ),
}


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("limited", GROUPS)
def test_limits_of_control_groups(limited, tmp_path):
    groups, files, expected = GROUPS[limited]
    write(tmp_path / "proc/self/cgroup", groups)
    for name, text in files.items():
        write(tmp_path / "sys/fs/cgroup" / name, text)
    assert system.share_of_time(tmp_path) == expected


def test_a_system_without_control_groups_sets_no_limit(tmp_path):
    assert system.share_of_time(tmp_path) == math.inf


@pytest.mark.parametrize("share, count", [(math.inf, 8), (0.2, 1), (1.5, 2), (4.0, 4), (20.0, 8)])
def test_a_limit_of_time_limits_the_threads(share, count, monkeypatch):
    monkeypatch.setattr(system, "processors", lambda: set(range(8)))
    monkeypatch.setattr(system, "share_of_time", lambda root: share)
    assert system.count_of_processors() == count


def test_a_system_that_does_not_tell_which_processors_may_be_used(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert system.processors() == set()
    assert system.count_of_processors() == 1


@pytest.fixture
def _nobody(monkeypatch):
    """A user without a name and without variables, as in a container started with a bare number for its user."""

    def unknown(number):
        raise KeyError(number)

    for variable in ("HOME", "XDG_CACHE_HOME", "KERAS_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pytest.importorskip("pwd"), "getpwuid", unknown)


@pytest.mark.usefixtures("_nobody")
def test_a_user_without_a_home_keeps_compiled_code_beside_the_package_or_nowhere(monkeypatch):
    assert system.home_folder() is None
    assert config.keras_home() == Path("/tmp/.keras")
    assert object_code.folder.__wrapped__() == Path(object_code.__file__).parent / "__pycache__"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert object_code.folder.__wrapped__() is None
