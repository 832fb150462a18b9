"""The cache of compiled code: for any files in it, nothing is loaded or unpickled that minikeras did not put there."""

import errno
import os
import shutil
import subprocess
import sys
import warnings

import pytest

from minikeras.kernels.machine import code_cache
from minikeras.kernels.machine.code_cache import Entry
from tests.security.code_damages import (
    CODE,
    DAMAGES,
    IS_ROOT,
    folder_in_place,
    forget,
    link_in_a_circle,
    link_to_a_copy,
    of_another_user,
    pipe_in_place,
    posix,
)
from tests.waiting import DEADLINE


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of a new cache."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    forget()
    yield tmp_path / "minikeras"
    forget()


@pytest.fixture
def entry(cache):
    """An entry that holds `CODE`."""
    made = Entry("module.function", "processor", "source")
    made.write(CODE)
    assert made.read() == CODE
    return made


def test_the_folder_and_its_files_are_the_user_s_alone(entry, cache):
    assert sorted(file.name for file in cache.iterdir()) == ["key", entry.file.name]
    assert entry.exists()
    if os.name == "posix":
        assert cache.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in cache.iterdir()} == {0o600}


def test_a_new_process_reads_what_an_earlier_one_wrote(entry):
    forget()
    assert Entry("module.function", "processor", "source").read() == CODE


def test_files_out_of_date_go_when_there_is_a_new_one(entry):
    others = [Entry("module.function2", "processor", "source"), Entry("module.function", "another", "source")]
    for other in others:
        other.write(CODE)
    new = Entry("module.function", "processor", "edited")
    assert new.read() is None
    new.write(b"new")
    assert new.read() == b"new"
    assert not entry.file.exists()
    assert all(other.read() == CODE for other in others)


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_counts_as_absent_and_is_replaced(damage, entry):
    DAMAGES[damage](entry.file)
    assert entry.read() is None
    entry.write(CODE)
    assert entry.read() == CODE
    assert entry.file.is_file()
    assert not entry.file.is_symlink()


KEY_DAMAGES = {
    "lost": lambda key: key.unlink(),
    "empty": lambda key: key.write_bytes(b""),
    "cut": lambda key: key.write_bytes(key.read_bytes()[:-1]),
    "longer": lambda key: key.write_bytes(key.read_bytes() + b"\0"),
    "a folder": folder_in_place,
}
if os.name == "posix":
    KEY_DAMAGES |= {
        "readable by the group": lambda key: key.chmod(0o640),
        "writable by others": lambda key: key.chmod(0o602),
        "links in a circle": link_in_a_circle,
        "a link to a copy": link_to_a_copy,
        "a pipe": pipe_in_place,
    }
    if IS_ROOT:
        KEY_DAMAGES["another user's"] = of_another_user


@pytest.mark.parametrize("damage", KEY_DAMAGES)
def test_a_key_that_is_not_secret_is_replaced(damage, entry, cache):
    before = (cache / "key").read_bytes()
    KEY_DAMAGES[damage](cache / "key")
    forget()
    assert entry.read() is None
    assert (cache / "key").read_bytes() != before
    assert os.lstat(cache / "key").st_size == code_cache.KEY_BYTES
    entry.write(CODE)
    forget()
    assert entry.read() == CODE


def test_a_key_that_another_process_makes_in_the_meantime_stays(cache, monkeypatch):
    read, key = code_cache._content, bytes(range(code_cache.KEY_BYTES))

    def read_before_the_other_wrote(file, *bounds, **options):
        found = read(file, *bounds, **options)
        if not file.exists():
            code_cache._create(file, key)
        return found

    monkeypatch.setattr(code_cache, "_content", read_before_the_other_wrote)
    assert code_cache._key() == key
    assert (cache / "key").read_bytes() == key


def test_a_file_with_another_key_is_not_read(entry, cache, tmp_path):
    file, content = entry.file, entry.file.read_bytes()
    shutil.rmtree(cache)
    forget()
    Entry("other", "processor", "source").write(CODE)  # makes a folder with a key of its own
    file.write_bytes(content)
    assert entry.read() is None


# --- folders that others may write in ---------------------------------------------------------------------------------


def assert_refused(entry, match):
    forget()
    with pytest.warns(RuntimeWarning, match=match) as caught:
        assert entry.read() is None
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it is said once
        entry.write(b"new")
        assert entry.read() is None
        assert not entry.exists()
        assert not code_cache.is_writable()


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777, 0o702])
def test_a_folder_that_others_may_write_is_refused(mode, entry, cache):
    file, content = entry.file, entry.file.read_bytes()
    cache.chmod(mode)
    assert_refused(entry, "others may write in it")
    assert file.read_bytes() == content
    cache.chmod(0o700)
    forget()
    assert entry.read() == CODE


@posix
def test_a_folder_in_one_that_others_may_write_is_refused(entry, tmp_path):
    tmp_path.chmod(0o777)
    assert_refused(entry, "others may rename what is in")


@posix
def test_a_folder_of_another_user_is_refused(entry, monkeypatch):
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert_refused(entry, f"it belongs to user {user}")


@posix
@pytest.mark.skipif(not IS_ROOT, reason="only root can give folders away")
@pytest.mark.parametrize("owner", [1, 1000, 65534])
def test_a_folder_given_to_another_user_is_refused(owner, entry, cache):
    os.chown(cache, owner, -1)
    assert_refused(entry, f"it belongs to user {owner}")


@posix
def test_a_link_to_a_folder_is_followed_and_what_it_leads_to_is_checked(entry, cache, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    cache.rename(elsewhere)
    os.symlink(elsewhere, cache)
    forget()
    assert entry.read() == CODE
    assert code_cache.folder() == elsewhere.resolve()
    elsewhere.chmod(0o777)
    assert_refused(entry, "others may write in it")


@posix
def test_what_is_no_folder_keeps_nothing(tmp_path, monkeypatch):
    os.symlink(tmp_path / "b", tmp_path / "a")
    os.symlink(tmp_path / "a", tmp_path / "b")
    (tmp_path / "file").write_text("text")
    for name in ("a", "file"):
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / name))
        forget()
        assert code_cache.folder() is None
        assert code_cache.refusal() is None
        Entry("module.function", "processor", "source").write(CODE)
    forget()


@posix
def test_a_folder_is_made_for_the_user_alone_whatever_the_mask(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "new" / "newer"))
    forget()
    mask = os.umask(0)
    try:
        Entry("module.function", "processor", "source").write(CODE)
    finally:
        os.umask(mask)
        forget()
    made = [tmp_path / "new", tmp_path / "new" / "newer", tmp_path / "new" / "newer" / "minikeras"]
    assert [folder.stat().st_mode & 0o777 for folder in made] == [0o700] * 3
    assert {file.stat().st_mode & 0o777 for file in made[-1].iterdir()} == {0o600}


# --- full disks, interrupts, processes that end -----------------------------------------------------------------------


def fail_with(error):
    def fail(*arguments, **options):
        raise error

    return fail


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("failing", ["open", "replace", "scandir"])
@pytest.mark.parametrize("error", [FULL, OSError(errno.EROFS, "Read-only file system")], ids=str)
def test_what_cannot_be_written_leaves_nothing_behind(failing, error, entry, cache, monkeypatch):
    other = Entry("module.function2", "processor", "source")
    monkeypatch.setattr(os, failing, fail_with(error))
    other.write(CODE)
    monkeypatch.undo()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache.parent))
    assert not list(cache.glob(f"*{code_cache.UNFINISHED}"))
    assert entry.read() == CODE


@pytest.mark.parametrize("failing", ["open", "link", "replace"])
def test_without_a_key_nothing_is_kept(failing, cache, monkeypatch):
    entry = Entry("module.function", "processor", "source")
    monkeypatch.setattr(os, failing, fail_with(FULL))
    if failing == "link":  # as on a file system without them
        entry.write(CODE)
        assert entry.read() == CODE
    else:
        monkeypatch.setattr(os, "link", fail_with(FULL))
        entry.write(CODE)
        assert entry.read() is None
        assert not code_cache.is_writable()
        assert list(cache.iterdir()) == []


def test_ctrl_c_while_a_file_is_written_leaves_nothing_behind(entry, cache, monkeypatch):
    monkeypatch.setattr(os, "replace", fail_with(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        Entry("module.function2", "processor", "source").write(CODE)
    assert sorted(file.name for file in cache.iterdir()) == ["key", entry.file.name]


def test_what_dead_processes_left_is_removed(entry, cache):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    old = cache / f"{os.getpid()}-old{code_cache.UNFINISHED}"
    kept = cache / f"{os.getpid()}-new{code_cache.UNFINISHED}"
    for file in (old, kept, cache / f"{process.pid}-dead{code_cache.UNFINISHED}", cache / f"x{code_cache.UNFINISHED}"):
        file.write_bytes(b"some")
    (cache / "notes.txt").write_text("the user's")
    os.utime(old, (0, 0))
    forget()
    entry.write(CODE)
    assert sorted(cache.iterdir()) == sorted([cache / "key", entry.file, cache / "notes.txt", kept])


WRITER = """
import sys
from minikeras.base.child_processes import PACKAGE
from minikeras.kernels.machine.code_cache import Entry
entries = [Entry(f"function{i}", "processor", "source") for i in range(4)]
sys.stdin.readline()
for _ in range(int(sys.argv[1])):
    for entry in entries:
        assert entry.read() in (None, b"code" * 5000)
        entry.write(b"code" * 5000)
    print(flush=True)
"""


def start_writer(times):
    command = [sys.executable, "-c", WRITER, str(times)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_that_write_at_once_agree_on_a_key(cache):
    writers = [start_writer(20) for _ in range(4)]
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=DEADLINE)
        assert writer.returncode == 0
    assert len(list(cache.iterdir())) == 5
    assert all(Entry(f"function{i}", "processor", "source").read() == b"code" * 5000 for i in range(4))


@pytest.mark.full
def test_processes_that_are_killed_while_they_write_leave_nothing_for_long(cache):
    for _ in range(20):
        with start_writer(10**9) as writer:
            writer.stdin.write("\n")
            writer.stdin.flush()
            for _ in range(3):
                writer.stdout.readline()
            writer.kill()
    forget()
    Entry("function0", "processor", "source").write(b"code" * 5000)
    assert len(list(cache.iterdir())) == 5
    assert all(Entry(f"function{i}", "processor", "source").read() == b"code" * 5000 for i in range(4))


# --- training ---------------------------------------------------------------------------------------------------------
