"""System: processors, limits of control groups, processes, homes, caches, and who may write in a folder."""

import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from minikeras import config
from minikeras.base import system
from minikeras.kernels.machine import code_cache

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
    """A user without a name and without variables, as in a container started with a Python number for its user."""

    def unknown(number):
        raise KeyError(number)

    for variable in ("HOME", "XDG_CACHE_HOME", "KERAS_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pytest.importorskip("pwd"), "getpwuid", unknown)


@pytest.mark.usefixtures("_nobody")
def test_a_user_without_a_home_keeps_no_compiled_code():
    assert system.home_folder() is None
    assert config.keras_home() == Path("/tmp/.keras")
    assert code_cache.chosen_folder() is None
    assert code_cache.folder.__wrapped__() is None
    assert code_cache.sizes() == {}


CACHES = {  # system → (environment, where its cache lies)
    "linux": ({"HOME": "/home/ada"}, "/home/ada/.cache/minikeras"),
    "linux, named": ({"HOME": "/home/ada", "XDG_CACHE_HOME": "/fast"}, "/fast/minikeras"),
    "linux, relative": ({"HOME": "/home/ada", "XDG_CACHE_HOME": "here"}, "/home/ada/.cache/minikeras"),
    "darwin": ({"HOME": "/Users/ada"}, "/Users/ada/Library/Caches/minikeras"),
    "win32": ({"LOCALAPPDATA": "/Users/ada/AppData/Local"}, "/Users/ada/AppData/Local/minikeras/Cache"),
    "win32, unnamed": ({"HOME": "/Users/ada"}, "/Users/ada/AppData/Local/minikeras/Cache"),
}


@pytest.fixture
def environment(monkeypatch):
    """A function that sets these variables and unsets others that name folders."""

    def set_variables(variables):
        for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "NUMBA_CACHE_DIR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_variables


@pytest.mark.skipif(os.name != "posix", reason="the paths above are written with slashes")
@pytest.mark.parametrize("case", CACHES)
def test_the_folder_for_caches_of_each_system(case, environment, monkeypatch):
    variables, expected = CACHES[case]
    environment(variables)
    monkeypatch.setattr(system.sys, "platform", case.split(",")[0])
    assert system.user_cache_folder("minikeras") == Path(expected)


@pytest.mark.parametrize("variables", [{}, {"XDG_CACHE_HOME": "/fast"}, {"XDG_CACHE_HOME": "here"}], ids=str)
def test_it_is_the_one_of_platformdirs(variables, environment):
    platformdirs = pytest.importorskip("platformdirs")
    home = os.path.expanduser("~")
    environment({"HOME": home, **variables})
    assert system.user_cache_folder("minikeras") == platformdirs.user_cache_path("minikeras", appauthor=False)


def test_processes_that_run():
    assert system.is_running(os.getpid())
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    assert not system.is_running(process.pid)
    assert not system.is_running(1 << 80)


needs_owners = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owners here")


@pytest.fixture
def private(tmp_path):
    """A folder that only this user can write in, in another one."""
    folder = tmp_path / "parent" / "folder"
    folder.mkdir(parents=True)
    tmp_path.joinpath("parent").chmod(0o755)
    folder.chmod(0o700)
    return folder.resolve()


@needs_owners
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o500])
def test_a_folder_that_only_its_owner_writes(mode, private):
    private.chmod(mode)
    assert system.who_else_writes(private) is None


@needs_owners
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702, 0o720, 0o2770])
def test_a_folder_that_others_write(mode, private):
    private.chmod(mode)
    assert system.who_else_writes(private) == f"others may write in it (its mode is {mode:o}, expected 700)"


@needs_owners
@pytest.mark.parametrize("mode, safe", [(0o777, False), (0o702, False), (0o1777, True), (0o755, True)])
def test_a_folder_above_must_not_let_others_rename(mode, safe, private):
    private.parent.chmod(mode)
    assert (system.who_else_writes(private) is None) == safe


@needs_owners
def test_a_group_above_that_is_the_user_alone_is_the_user(private, monkeypatch):
    grp, pwd = pytest.importorskip("grp"), pytest.importorskip("pwd")
    private.parent.chmod(0o775)
    members = []
    monkeypatch.setattr(pwd, "getpwuid", lambda number: SimpleNamespace(pw_name="ada"))
    monkeypatch.setattr(grp, "getgrgid", lambda number: SimpleNamespace(gr_name="ada", gr_mem=members))
    assert system.who_else_writes(private) is None
    members.append("eve")
    assert "others may rename" in system.who_else_writes(private)
    members.clear()
    monkeypatch.setattr(pwd, "getpwuid", lambda number: SimpleNamespace(pw_name="eve"))
    assert "others may rename" in system.who_else_writes(private)


@needs_owners
def test_a_folder_of_another_user(private, monkeypatch):
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert system.who_else_writes(private).startswith(f"it belongs to user {owner}, and this process runs as user")


@needs_owners
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root can give folders away")
@pytest.mark.parametrize("owner", [1, 65534])
def test_a_folder_in_one_of_another_user(owner, private):
    os.chown(private.parent, owner, -1)
    assert system.who_else_writes(private) == f"{private.parent}, which it lies in, belongs to user {owner}"
    os.chown(private.parent, 0, -1)
    os.chown(private, owner, -1)
    assert system.who_else_writes(private).startswith(f"it belongs to user {owner}")
