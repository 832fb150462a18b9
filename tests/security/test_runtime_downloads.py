"""`get_file`: names that would leave the cache folder, several downloads at once, downloads that end early."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minikeras.utils import cached_file, downloading, file_lock, get_file
from minikeras.utils.downloading import DownloadError
from tests.security.file_server import CONTENT, serving
from tests.waiting import DEADLINE, wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as server:
        yield server


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def names_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# --- names ------------------------------------------------------------------------------------------------------------

UNUSABLE_NAMES = [
    *["..", ".", "...", ". .", " ", "/etc/passwd", "../x", "a/../../x", "a/b", "a/", "./x"],
    *["..\\x", "a\\b", "\\", "C:\\x", "x\0y", "x\ny", "x\x1b[2J", "n" * 256, "é" * 128],
]


@pytest.mark.parametrize("extract", [False, True])
@pytest.mark.parametrize("name", UNUSABLE_NAMES, ids=repr)
def test_a_name_that_is_none_of_a_file_is_refused_before_anything_is_fetched(server, home, name, extract):
    with pytest.raises(ValueError, match="Specify a name without folders by the `fname` argument"):
        get_file(name, f"{server.url}/x", extract=extract, force_download=True)
    assert server.ranges == []
    assert names_in(home) == ["datasets"]


ADDRESSES_WITHOUT_NAME = [
    "/..",
    "/a/..",
    "/",
    "",
    "/a/",
    "/..?x=1",
    "/..#x",
    "/.\t.",
    "/a/...",
    "/a\\..\\b",
    "/.",
    "/%00\0",
]


@pytest.mark.parametrize("end", ADDRESSES_WITHOUT_NAME, ids=repr)
def test_an_address_that_ends_in_no_name_is_refused(server, home, end):
    with pytest.raises(ValueError, match="the `fname` argument"):
        get_file(origin=f"{server.url}{end}")
    assert server.ranges == []
    assert names_in(home) == ["datasets"]
    assert Path(get_file("named", server.url)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "end", ["%2e%2e", "%2E%2e", "a%2Fb", "%2e%2e%2fx", "..%5cx", "~", "..x", "x..", "-rf", "é"], ids=repr
)
def test_names_are_taken_as_they_stand_and_never_decoded(server, home, end):
    assert get_file(end, f"{server.url}/x") == str(home / "datasets" / end)
    if end.isascii():
        assert get_file(origin=f"{server.url}/folder/{end}") == str(home / "datasets" / end)
    assert names_in(home) == ["datasets", f"datasets/{end}"]


def test_the_longest_name_is_one(server, home):
    for name in ("n" * 255, "é" * 127):
        assert Path(get_file(name, f"{server.url}/x")).read_bytes() == CONTENT
    assert names_in(home / "datasets") == ["n" * 255, "é" * 127]


def test_a_name_that_becomes_too_long_by_unpacking_is_refused(server, home):
    with pytest.raises(ValueError, match="longer than 255 bytes"):
        get_file("n" * 250, f"{server.url}/x", extract=True)


def test_a_folder_in_the_cache_is_no_file(server, home):
    (home / "datasets" / "x").mkdir(parents=True)
    for force_download in (False, True):
        with pytest.raises(ValueError, match="is not a file"):
            get_file("x", f"{server.url}/x", force_download=force_download)


def test_bytes_and_paths_are_names(server, home):
    for name in (b"x", Path("x")):
        assert get_file(name, f"{server.url}/x") == str(home / "datasets/x")


@pytest.mark.parametrize("subfolder", ["../beside", "a/b/c", "", "."])
def test_cache_subdir_is_the_callers_own_and_may_lead_anywhere_as_in_keras(server, home, subfolder):
    path = get_file("x", f"{server.url}/x", cache_subdir=subfolder)
    assert os.path.samefile(path, home / subfolder / "x")


def test_an_absolute_cache_subdir_stands_for_itself(server, home, tmp_path):
    assert get_file("x", f"{server.url}/x", cache_subdir=tmp_path / "else") == str(tmp_path / "else/x")


def test_a_link_in_place_of_the_unfinished_file_is_not_written_through(server, home, tmp_path):
    (home / "datasets").mkdir(parents=True)
    (tmp_path / "precious").write_text("precious")
    (home / "datasets/x").symlink_to(tmp_path / "precious")
    get_file("x", f"{server.url}/x", force_download=True)
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (home / "datasets/x").is_symlink()


# --- the folder for those without a home ------------------------------------------------------------------------------


def test_without_a_home_the_temporary_folder_is_the_users_own(tmp_path):
    folder = cached_file._temporary_folder(tmp_path)
    assert folder == tmp_path / ".keras"
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)  # others may have written there
    assert cached_file._temporary_folder(tmp_path) == tmp_path / f".keras-{os.geteuid()}"
    (tmp_path / f".keras-{os.geteuid()}").chmod(0o770)
    with pytest.raises(PermissionError, match="cache_dir"):
        cached_file._temporary_folder(tmp_path)


def test_a_link_is_no_temporary_folder(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".keras").symlink_to(tmp_path / "elsewhere")
    assert cached_file._temporary_folder(tmp_path) == tmp_path / f".keras-{os.geteuid()}"


# --- several at once --------------------------------------------------------------------------------------------------


def start_download(server, *arguments, code="", **keywords):
    """A process of its own that downloads; it prints the messages of `get_file` and then the path."""
    call = f"get_file(*{arguments!r}, origin={server.url + '/x'!r}, **{keywords!r})"
    script = f"import sys\nfrom minikeras.utils import get_file\n{code}\nprint(flush=True)\nprint('path', {call})"
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def wait_for(process, text):
    """Read the process's output up to a line with this text."""
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the process ended: {process.stderr.read()}")


def end(process):
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors
    return Path(output.split("path ")[-1].strip())


@pytest.mark.one_in(2)
@pytest.mark.parametrize("force_download", [False, True])
def test_processes_that_want_one_file_at_once_all_get_it_whole(server, home, force_download):
    server.pauses = True
    first = start_download(server, "x", force_download=force_download)
    assert server.paused.wait(DEADLINE)
    others = [start_download(server, "x", force_download=force_download) for _ in range(3)]
    for process in others:
        wait_for(process, "Waiting for another download of x")
    server.go_on.set()
    for process in (first, *others):
        assert end(process).read_bytes() == CONTENT
    assert server.ranges == [None] * (4 if force_download else 1)
    assert names_in(home) == ["datasets", "datasets/x"]


def test_a_process_that_waits_goes_on_where_a_killed_one_stopped(server, home):
    server.pauses = True
    first = start_download(server, "x")
    assert server.paused.wait(DEADLINE)
    second = start_download(server, "x")
    wait_for(second, "Waiting for another download of x")
    partial = home / "datasets/x.partial"
    wait_until(lambda: partial.exists() and partial.stat().st_size, "the first has written what it received")
    first.kill()
    first.communicate(timeout=DEADLINE)
    assert end(second).read_bytes() == CONTENT
    assert server.ranges[0] is None
    assert names_in(home) == ["datasets", "datasets/x"]


def test_threads_that_want_one_file_at_once_all_get_it_whole(server, home):
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: get_file("x", f"{server.url}/x"), range(16)))
    assert {Path(path).read_bytes() for path in paths} == {CONTENT}
    assert server.ranges == [None]
    assert names_in(home) == ["datasets", "datasets/x"]


def test_without_locks_each_writes_a_file_of_its_own(server, home, monkeypatch):
    """As on Windows. Both download at the same time, neither sees half a file, nothing is left over."""
    monkeypatch.setattr(file_lock, "fcntl", None)
    barrier = threading.Barrier(2, timeout=DEADLINE)
    monkeypatch.setattr(downloading, "_note_version", lambda *_: barrier.wait())  # both connections are open then
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: get_file("x", f"{server.url}/x"), range(2)))
    assert {Path(path).read_bytes() for path in paths} == {CONTENT}
    assert server.ranges == [None, None]
    assert names_in(home) == ["datasets", "datasets/x"]


def test_a_lock_is_free_again_although_a_child_process_holds_its_file(tmp_path):
    """A fork while a download runs copies the open lock file; the child lives on after the parent has the file."""
    script = f"""if True:
        import os
        from pathlib import Path
        from minikeras.utils.file_lock import exclusive
        path = Path({str(tmp_path / "x.lock")!r})
        read, write = os.pipe()
        with exclusive(path):
            if os.fork() == 0:
                os.close(write)
                os.read(read, 1)  # until the parent has ended
                os._exit(0)
        def fail():
            raise AssertionError("the lock is still held")
        with exclusive(path, on_wait=fail) as is_alone:
            assert is_alone
        """
    subprocess.run([sys.executable, "-c", script], check=True, timeout=DEADLINE, cwd=ROOT)


# --- downloads that end early -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ['"v1"', None, 'W/"weak"'])
def test_an_interrupted_download_leaves_the_old_file_and_is_made_good_by_the_next(server, home, monkeypatch, mark):
    server.mark = mark
    (home / "datasets").mkdir(parents=True)
    (home / "datasets/x").write_bytes(b"old")

    class Interrupting(downloading.Progbar):
        def update(self, done, **keywords):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(downloading, "Progbar", Interrupting)
        with pytest.raises(KeyboardInterrupt):
            get_file("x", f"{server.url}/x", force_download=True)
    assert (home / "datasets/x").read_bytes() == b"old"
    leftovers = ["x.partial", "x.partial-version"] if mark == '"v1"' else []  # kept only if they can be continued
    assert names_in(home / "datasets") == ["x", *leftovers]
    assert Path(get_file("x", f"{server.url}/x", force_download=True)).read_bytes() == CONTENT
    assert names_in(home / "datasets") == ["x"]


@pytest.mark.parametrize(
    "mark_file",
    [b"", b'"v1"', b'"v1"\nmore\n', b"\x00\n", bytes(range(256))],
    ids=["empty", "cut", "two", "zero", "noise"],
)
def test_a_damaged_note_of_the_version_starts_from_the_beginning(server, home, mark_file):
    (home / "datasets").mkdir(parents=True)
    (home / "datasets/x.partial").write_bytes(b"beginning of another file")
    (home / "datasets/x.partial-version").write_bytes(mark_file)
    assert Path(get_file("x", f"{server.url}/x")).read_bytes() == CONTENT
    assert server.ranges == [None]


@pytest.mark.parametrize("length", ["-5", "many", "", "1e3"])
def test_a_length_that_is_no_number_is_as_none(server, home, length):
    server.length = length
    assert Path(get_file("x", f"{server.url}/x")).read_bytes() in (CONTENT, b"")


def test_a_file_that_is_shorter_than_announced_is_refused(server, home):
    server.length, server.mark = str(len(CONTENT) + 1), None
    with pytest.raises(DownloadError, match="broke after"):
        get_file("x", f"{server.url}/x")
    assert names_in(home / "datasets") == []


def test_a_full_disk_leaves_the_old_file(server, home):
    """A limit on the length of files stands for the full disk: the system refuses to write more, likewise."""
    (home / "datasets").mkdir(parents=True)
    (home / "datasets/x").write_bytes(b"old")
    server.mark = None
    limit = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({len(CONTENT) // 2},) * 2)"
    process = start_download(server, "x", force_download=True, code=limit)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert "DownloadError: URL fetch failure" in errors
    assert names_in(home / "datasets") == ["x"]
    assert (home / "datasets/x").read_bytes() == b"old"


@pytest.mark.parametrize("moment", range(3))
def test_kills_leave_a_whole_file_or_none(server, home, request, moment):
    """Killed while it downloads; what the next process gets is whole. The long form does it often."""
    server.pauses = True
    for _ in range(20 if request.config.getoption("--long") else 1):
        server.paused.clear()
        process = start_download(server, "x", force_download=moment == 2)
        assert server.paused.wait(DEADLINE)
        process.send_signal((signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)[moment])
        process.communicate(timeout=DEADLINE)
        assert not (home / "datasets/x").exists()
    server.go_on.set()
    assert Path(get_file("x", f"{server.url}/x")).read_bytes() == CONTENT
    assert names_in(home / "datasets") == ["x"]
