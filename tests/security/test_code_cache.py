"""The cache of compiled code: for any files in it, nothing is loaded or unpickled that minikeras did not put there."""

import errno
import os
import pickle
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from minikeras.kernels.machine import code_cache
from minikeras.kernels.machine.code_cache import Entry
from minikeras.kernels.registry import jit_disabled

CODE = bytes(range(256)) * 8
posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes of files are POSIX's")
compiles = pytest.mark.skipif(jit_disabled(), reason="nothing is compiled")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def forget():
    """Know nothing of the folder, as a new process."""
    code_cache.folder.cache_clear()
    code_cache._key_in.cache_clear()
    code_cache._remove_unfinished.cache_clear()
    code_cache._refused.clear()


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


def flip(position):
    def damage(file):
        content = bytearray(file.read_bytes())
        content[position] ^= 4
        file.write_bytes(content)

    return damage


def exchange(file):
    other = Entry("module.function2", "processor", "source")
    other.write(CODE[::-1])
    other.file.replace(file)


def put_older_code_here(file):
    older = Entry("module.function", "processor", "older source")
    older.write(CODE[::-1])
    older.file.replace(file)


def other_name(file):
    return file.with_name(f"other {file.name}.txt")


def link_in_a_circle(file):
    file.unlink()
    os.symlink(other_name(file), file)
    os.symlink(file, other_name(file))


def link_to_a_copy(file):
    file.replace(other_name(file))
    os.symlink(other_name(file), file)


def folder_in_place(file):
    file.unlink()
    (file / "inside").mkdir(parents=True)
    (file / "inside" / "file").write_text("text")


def pipe_in_place(file):
    file.unlink()
    os.mkfifo(file)


def huge(file):
    with open(file, "r+b") as opened:
        opened.truncate(1 << 40)  # without blocks on the disk


def of_another_user(file):
    os.chown(file, 1, -1)


DAMAGES = {
    "first bit of the checksum": flip(0),
    "last bit of the checksum": flip(code_cache.DIGEST_BYTES - 1),
    "first bit of the code": flip(code_cache.DIGEST_BYTES),
    "last bit of the code": flip(-1),
    "cut by a byte": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "cut to the checksum": lambda file: file.write_bytes(file.read_bytes()[: code_cache.DIGEST_BYTES]),
    "cut within the checksum": lambda file: file.write_bytes(file.read_bytes()[:7]),
    "a byte more": lambda file: file.write_bytes(file.read_bytes() + b"\0"),
    "empty": lambda file: file.write_bytes(b""),
    "noise": lambda file: file.write_bytes(np.random.default_rng(0).bytes(2000)),
    "zeros": lambda file: file.write_bytes(bytes(2000)),
    "another function's": exchange,
    "that of other source": put_older_code_here,
    "huge": huge,
    "a folder": folder_in_place,
}
if os.name == "posix":
    DAMAGES |= {
        "links in a circle": link_in_a_circle,
        "a link that leads nowhere": lambda file: (file.unlink(), os.symlink("nowhere", file)),
        "a link to a copy": link_to_a_copy,
        "a pipe": pipe_in_place,
    }
    if IS_ROOT:
        DAMAGES["another user's"] = of_another_user
    else:
        DAMAGES["unreadable"] = lambda file: file.chmod(0)


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
    assert_refused(entry, "others may rename what lies in")


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
from minikeras.child_processes import PACKAGE
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
        writer.communicate(timeout=120)
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

TRAINING = """
import sys
import numpy as np
import minikeras as keras
{before}
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.MaxPooling2D(3, 2),
    keras.layers.Flatten(), keras.layers.Dropout(0.1), keras.layers.Dense(3, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", jit_compile="auto")
x = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype("float32")
history = model.fit(x, np.arange(64) % 3, batch_size=16, epochs=2, verbose=0)
p = model.predict(x[:20], verbose=0)
made = "minikeras.kernels.machine.translation" in sys.modules
print(history.history["loss"][-1], float(p.sum()), made)
"""


def train(cache, before="", status=0, **variables):
    """((loss, sum of predictions), whether code was made, what was printed as errors)."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache.parent), "MINIKERAS_THREADS": "2", **variables}
    command = [sys.executable, "-W", "always", "-c", TRAINING.format(before=before)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == status, done.stderr[-3000:]
    *numbers, made = done.stdout.split()
    return [float(number) for number in numbers], made == "True", done.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A cache with all that a training needs, and its results."""
    cache = tmp_path_factory.mktemp("trained") / "minikeras"
    results, made, errors = train(cache)
    assert made
    assert errors == ""
    return cache, results


@compiles
def test_a_training_loads_what_an_earlier_one_made(trained):
    cache, results = trained
    assert train(cache) == (results, False, "")
    names = [file.name for file in cache.iterdir()]
    assert len(names) > 15


FILE_DAMAGES = [name for name in DAMAGES if name not in ("another function's", "that of other source")]


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of that cache, to be damaged."""
    shutil.copytree(trained[0], tmp_path / "minikeras")
    return tmp_path / "minikeras"


@pytest.mark.full
@compiles
def test_a_training_with_a_damaged_cache_makes_it_again(trained, copy):
    """All files are damaged, each in its own way; a third time they are there again."""
    cache, results = trained
    for number, file in enumerate(sorted(copy.glob(f"*{code_cache.SUFFIX}"))):
        DAMAGES[FILE_DAMAGES[number % len(FILE_DAMAGES)]](file)
    assert number > len(FILE_DAMAGES)
    assert train(copy) == (results, True, "")
    assert train(copy) == (results, False, "")
    assert {file.name for file in copy.iterdir() if file.suffix != ".txt"} == {file.name for file in cache.iterdir()}


@pytest.mark.full
@compiles
def test_a_training_with_exchanged_files_makes_them_again(trained, copy):
    _, results = trained
    files = sorted(copy.glob(f"*{code_cache.SUFFIX}"))
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, contents[1:] + contents[:1], strict=True):
        file.write_bytes(content)
    assert train(copy) == (results, True, "")
    assert train(copy) == (results, False, "")


class Planted:
    """What runs where it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


@pytest.mark.full
@compiles
@pytest.mark.parametrize("checksum", ["none", "of a known key"])
def test_a_planted_pickle_is_not_unpickled(checksum, trained, copy, tmp_path):
    _, results = trained
    pickled = pickle.dumps(Planted(tmp_path / "ran"))
    digest = {
        "none": b"",
        "of a known key": code_cache.hmac.digest(bytes(code_cache.KEY_BYTES), pickled, "sha256"),
    }[checksum]
    for file in copy.glob(f"*{code_cache.SUFFIX}"):
        file.write_bytes(digest + pickled)
    assert train(copy) == (results, True, "")
    assert not (tmp_path / "ran").exists()


@pytest.mark.full
@compiles
@posix
def test_a_training_with_a_refused_folder_says_so_once_and_compiles_in_memory(trained, copy):
    _, results = trained
    copy.chmod(0o777)
    before = {file: file.read_bytes() for file in copy.iterdir()}
    again, made, errors = train(copy)
    assert (again, made) == (results, True)
    assert errors.count("RuntimeWarning") == 1
    assert f"neither read from {copy.resolve()} nor kept there, for others may write in it" in errors
    assert {file: file.read_bytes() for file in copy.iterdir()} == before


SMALL_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
"""


@pytest.mark.full
@compiles
@posix
@pytest.mark.parametrize("limit", [0, 3000])
def test_a_training_with_a_limit_of_file_sizes(limit, trained, tmp_path):
    """The error EFBIG for every file, and for some."""
    _, results = trained
    cache = tmp_path / "minikeras"
    again, made, errors = train(cache, SMALL_FILES.format(limit=limit))
    assert (again, made, errors) == (results, True, "")
    assert not list(cache.glob(f"*{code_cache.UNFINISHED}"))
    assert all(file.stat().st_size <= limit for file in cache.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own with 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "none", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no permission to mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.full
@compiles
def test_a_training_on_a_disk_that_gets_full(trained, small_disk):
    _, results = trained
    cache = small_disk / "minikeras"
    again, made, errors = train(cache)
    assert (again, made, errors) == (results, True, "")
    assert not list(cache.glob(f"*{code_cache.UNFINISHED}"))


@compiles
@posix
@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_training_with_a_folder_for_reading_only_loads_from_it(trained, copy):
    _, results = trained
    copy.chmod(0o500)
    assert train(copy) == (results, False, "")


@compiles
def test_nothing_is_kept_in_the_package(trained):
    package = Path(code_cache.__file__).parents[2]
    kept = {".o", ".nbi", ".nbc", code_cache.SUFFIX, code_cache.UNFINISHED}
    assert [file for file in package.rglob("*") if file.suffix in kept] == []
