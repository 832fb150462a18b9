"""A full disk, or a limit on the size of files: an error, and the old file stays. The process lives on."""

import contextlib
import errno
import os
import resource
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests.security.children import run_in_child
from tests.security.saves import SAVES, content_of, model_with, value_of
from tests.waiting import DEADLINE

UNITS = 4000  # 100 kB of weights
LIMIT = 40_000  # bytes
SMALL_FILES = {"edited.weights.h5"}  # what it holds does not depend on the model
MADE_IN_MEMORY = {"m.keras", "m.weights.h5", "m.h5", "folder"}


def save_under_a_limit(folder):
    """Save in each way under a limit on the size of files, then without. Runs in a child process."""
    warnings.simplefilter("ignore")
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    for name, (save, _) in SAVES.items():
        path = Path(folder, name.replace(".", "_"), name)
        path.parent.mkdir()
        old, new = model_with(1, UNITS), model_with(2, UNITS)
        save(old, path)
        before = content_of(path.parent)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, whole[1]))
        code = error_code(save, new, path)
        resource.setrlimit(resource.RLIMIT_FSIZE, whole)
        kept = content_of(path.parent) == before
        save(new, path)
        yield {"name": name, "code": code, "kept": kept, "then": bool(content_of(path.parent) != before)}


def save_on_a_small_disk(folder):
    """Save in each way on a disk that has space for one small file and half of another. Runs in a child process."""
    warnings.simplefilter("ignore")
    for name, (save, load) in SAVES.items():
        if name in SMALL_FILES:
            continue
        path = Path(folder, name.replace(".", "_"), name)
        path.parent.mkdir()
        save(model_with(1), path)
        before = content_of(path.parent)
        code = error_code(save, model_with(2, 40 * UNITS), path)
        yield {
            "name": name,
            "code": code,
            "kept": content_of(path.parent) == before,
            "then": value_of(load(path)) == 1,
        }
        shutil.rmtree(path.parent)


def error_code(save, model, path):
    """The number of the OSError that a save raises; None if it succeeds."""
    try:
        save(model, path)
    except OSError as error:
        return error.errno
    return None


@pytest.fixture(scope="module")
def under_a_limit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limit")
    return {result["name"]: result for result in run_in_child(save_under_a_limit, str(folder), timeout=DEADLINE)}


@pytest.mark.parametrize("name", SAVES)
def test_a_file_over_the_limit_is_an_error_and_the_old_one_stays(under_a_limit, name):
    assert under_a_limit[name] == {"name": name, "code": errno.EFBIG, "kept": True, "then": True}


IN_SMALL_DISK = 'mount -t tmpfs -o size=700k tmpfs "$0" && exec "$@"'


@pytest.fixture(scope="module")
def on_a_small_disk(tmp_path_factory):
    """Results of saving on a disk of 700 kB, which only a new name space of mounts can have."""
    folder = str(tmp_path_factory.mktemp("disk"))
    mount = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", IN_SMALL_DISK, folder]
    if shutil.which("unshare") is None or subprocess.run([*mount, "true"], capture_output=True).returncode:
        pytest.skip("this system lets no user mount a small disk")
    return {
        result["name"]: result
        for result in run_in_child(save_on_a_small_disk, folder, timeout=DEADLINE, before_python=mount)
    }


@pytest.mark.parametrize("name", sorted(set(SAVES) - SMALL_FILES))
def test_a_full_disk_is_an_error_and_the_old_file_stays(on_a_small_disk, name):
    assert on_a_small_disk[name] == {"name": name, "code": errno.ENOSPC, "kept": True, "then": True}


@pytest.mark.parametrize("name", SAVES)
def test_a_disk_that_fails_at_the_last_moment(name, tmp_path, monkeypatch):
    warnings.simplefilter("ignore")
    save, _ = SAVES[name]
    path = tmp_path / name
    save(model_with(1), path)
    before = content_of(tmp_path)

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        save(model_with(2), path)
    assert content_of(tmp_path) == before


def take_all_memory():
    """Arrays of 4 MB, as many as there is memory for; some is kept by the process for later use."""
    taken = []
    with contextlib.suppress(MemoryError):
        while True:
            taken.append(bytearray(4 << 20))
    return taken


def save_with_little_memory(folder):
    """Save in each way with too little memory for the file. Runs in a child process."""
    warnings.simplefilter("ignore")
    units, hard = 4_000_000, resource.getrlimit(resource.RLIMIT_AS)[1]
    model = model_with(2, units)
    for name, (save, load) in SAVES.items():
        if name not in MADE_IN_MEMORY:
            continue
        path = Path(folder, name.replace(".", "_"), name)
        path.parent.mkdir()
        save(model_with(1), path)
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + (8 << 20), hard))
        ballast = take_all_memory()
        try:
            save(model, path)
            error = None
        except MemoryError as raised:
            error = type(raised).__name__
        finally:
            del ballast
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        value = value_of(load(path)) if error else 1
        yield {"name": name, "error": error, "value": value, "left": len(list(path.parent.rglob("*.part")))}


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_too_little_memory_for_a_file_leaves_the_old_one(tmp_path):
    results = run_in_child(save_with_little_memory, str(tmp_path), timeout=DEADLINE)
    assert {result["name"] for result in results} == MADE_IN_MEMORY
    for result in results:
        assert result["error"] == "MemoryError", result
        assert (result["value"], result["left"]) == (1, 0), result
