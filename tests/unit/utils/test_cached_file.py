"""minikeras.utils.get_file: cache, checksums, resumed downloads, and names. The server is one of our own."""

import hashlib
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from minikeras.utils import get_file
from minikeras.utils.downloading import DownloadError
from tests.waiting import join

CONTENT = bytes(range(256)) * 1024
HALF = len(CONTENT) // 2


class Server(ThreadingHTTPServer):
    """Serves CONTENT under every path but /missing, and records what was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.content, self.mark, self.break_off = [], CONTENT, '"v1"', False
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests.append(self.headers.get("Range"))
        if self.path == "/missing":
            self.send_error(404)
            return
        start = 0
        if self.headers.get("Range") and self.headers.get("If-Range") == server.mark:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if start and start >= len(server.content):
            self.send_error(416)
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if server.mark:
            self.send_header("ETag", server.mark)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        self.end_headers()
        self.wfile.write(body[: HALF if server.break_off else None])

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        join(thread)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_file_is_downloaded_once_with_a_progress_bar(server, home, capsys):
    for _ in range(2):
        path = get_file(origin=f"{server.url}/folder/data.bin?query=1")
        assert path == str(home / "datasets/data.bin")
    assert (home / "datasets/data.bin").read_bytes() == CONTENT
    assert len(server.requests) == 1
    shown = capsys.readouterr().out
    assert "Downloading data from" in shown
    assert f"{len(CONTENT)}/{len(CONTENT)}" in shown


def test_force_download_downloads_again(server, home):
    get_file("data.bin", f"{server.url}/data.bin")
    server.content = b"new"
    path = get_file("data.bin", f"{server.url}/data.bin", force_download=True)
    assert Path(path).read_bytes() == b"new"


SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


@pytest.mark.parametrize(
    "arguments",
    [
        {"file_hash": SHA256},
        {"file_hash": SHA256.upper()},
        {"file_hash": MD5},
        {"file_hash": SHA256, "hash_algorithm": "sha256"},
        {"file_hash": MD5, "hash_algorithm": "md5"},
        {"md5_hash": MD5},
    ],
)
def test_a_wrong_file_in_the_cache_is_replaced_by_one_with_the_right_hash(server, home, capsys, arguments):
    (home / "datasets").mkdir(parents=True)
    (home / "datasets/data.bin").write_bytes(b"old")
    for _ in range(2):
        assert Path(get_file("data.bin", f"{server.url}/x", **arguments)).read_bytes() == CONTENT
    assert len(server.requests) == 1
    assert "Downloading it again" in capsys.readouterr().out


def test_a_download_with_another_hash_is_refused_and_leaves_nothing(server, home):
    for wrong, name, right in (("0" * 64, "sha256", SHA256), ("0" * 32, "md5", MD5)):
        with pytest.raises(ValueError, match=f"ncomplete or corrupted.* {name} checksum is {right}. Expected: {wrong}"):
            get_file("data.bin", f"{server.url}/x", file_hash=wrong)
    assert list((home / "datasets").iterdir()) == []


def test_a_broken_download_goes_on_where_it_stopped(server, home):
    server.break_off = True
    with pytest.raises(DownloadError, match="broke after"):
        get_file("data.bin", f"{server.url}/x")
    assert not (home / "datasets/data.bin").exists()
    server.break_off = False
    assert Path(get_file("data.bin", f"{server.url}/x")).read_bytes() == CONTENT
    assert server.requests == [None, f"bytes={HALF}-"]
    assert [path.name for path in (home / "datasets").iterdir()] == ["data.bin"]


@pytest.mark.parametrize("mark", ['"v2"', None])
def test_a_file_that_changed_meanwhile_is_fetched_from_the_beginning(server, home, mark):
    server.break_off, server.mark = True, mark and '"v1"'
    with pytest.raises(DownloadError):
        get_file("data.bin", f"{server.url}/x")
    server.break_off, server.mark, server.content = False, mark, CONTENT[::-1]
    assert Path(get_file("data.bin", f"{server.url}/x")).read_bytes() == CONTENT[::-1]


def test_a_download_that_ended_without_being_put_in_place_is_fetched_again(server, home):
    (home / "datasets").mkdir(parents=True)
    (home / "datasets/data.bin.partial").write_bytes(CONTENT)
    (home / "datasets/data.bin.partial-version").write_text(f"{server.mark}\n")
    assert Path(get_file("data.bin", f"{server.url}/x")).read_bytes() == CONTENT
    assert server.requests == [f"bytes={len(CONTENT)}-", None]


def test_a_failure_names_the_address_and_the_place_for_the_file(server, home):
    with pytest.raises(DownloadError, match="404") as caught:
        get_file("data.bin", f"{server.url}/missing")
    assert f"{server.url}/missing" in str(caught.value)
    assert str(home / "datasets/data.bin") in str(caught.value)


def test_a_server_that_is_not_there_is_a_download_error(home):
    with pytest.raises(DownloadError, match="URL fetch failure"):
        get_file("data.bin", "http://127.0.0.1:9/data.bin")


def test_a_file_of_this_machine_can_be_the_origin(home, tmp_path):
    (tmp_path / "source.txt").write_text("hello")
    assert Path(get_file(origin=(tmp_path / "source.txt").as_uri())).read_text() == "hello"


@pytest.mark.parametrize(
    "fname, file, folder",
    [
        (None, "stuff.tar.gz_archive", "stuff.tar.gz"),
        ("named", "named_archive", "named"),
        ("named.tar.gz", "named.tar.gz", "named_extracted"),
    ],
)
def test_archives_are_unpacked_under_keras_names(home, tmp_path, fname, file, folder):
    (tmp_path / "member").write_text("hello")
    with tarfile.open(tmp_path / "stuff.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "member", "member")
    path = get_file(fname, (tmp_path / "stuff.tar.gz").as_uri(), extract=True, cache_subdir="sub")
    assert path == str(home / "sub" / folder)
    assert (home / "sub" / folder / "member").read_text() == "hello"
    assert (home / "sub" / file).is_file()


def test_what_is_no_archive_brings_a_warning(home, tmp_path):
    (tmp_path / "text").write_text("hello")
    with pytest.warns(UserWarning, match="Could not extract"):
        get_file("t", (tmp_path / "text").as_uri(), untar=True)


def test_cache_dir_is_made_when_it_does_not_exist(home, tmp_path):
    (tmp_path / "source").write_text("hello")
    path = get_file(origin=(tmp_path / "source").as_uri(), cache_dir=tmp_path / "a/b", cache_subdir="")
    assert path == str(tmp_path / "a/b/source")


@pytest.mark.parametrize(
    "arguments, match",
    [
        ({}, "origin"),
        ({"origin": "http://127.0.0.1/"}, "fname"),
        ({"origin": "http://127.0.0.1/x", "fname": "a/b"}, "without folders"),
        ({"origin": "http://127.0.0.1/x", "hash_algorithm": "sha1"}, "hash_algorithm"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(home, arguments, match):
    with pytest.raises(ValueError, match=match):
        get_file(**arguments)
