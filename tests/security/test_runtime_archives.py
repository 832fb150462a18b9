"""`extract_archive`: archives made to get out of the folder, to fill the disk or the memory, or damaged."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minikeras import config
from minikeras.utils import archives
from minikeras.utils.archives import ArchiveError, extract_archive, most_bytes
from tests.waiting import DEADLINE

ROOT = Path(__file__).parents[2]
COMPRESSORS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lambda data: lzma.compress(data, preset=0)}


@pytest.fixture
def small_limit():
    """Bombs of a megabyte are as good as large ones then."""
    config.set_loading_limits(file=1 << 20)
    yield
    config.set_loading_limits(file=None)


def header(name, kind=tarfile.REGTYPE, size=0, **settings):
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    for key, value in settings.items():
        setattr(member, key, value)
    return member


def block(member, size_field=None):
    """The 512 bytes of a member's header, with the field for its length as given and a checksum that is right."""
    data = bytearray(member.tobuf(tarfile.GNU_FORMAT)[-512:])
    if size_field is not None:
        data[124:136] = size_field
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data)
    return bytes(data)


def tar_of(*members):
    """A tar file of (TarInfo, content) pairs."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Member(zipfile.ZipInfo):
    """A member of any name: Python 3.11 asks for the last letter of it."""

    def is_dir(self):
        return self.filename.endswith("/")


def zip_of(members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else Member(name), content, compression)
    return buffer.getvalue()


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def check_refused(tmp_path, data, match="may be made to fill the disk"):
    """The archive is refused, and a file that was in the folder before is all that is in it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/earlier").write_text("earlier")
    (tmp_path / "archive").write_bytes(data)
    with pytest.raises(ArchiveError, match=match):
        extract_archive(tmp_path / "archive", tmp_path / "out")
    assert files_in(tmp_path / "out") == ["earlier"]


# --- more than the disk should take -----------------------------------------------------------------------------------

ZEROS = bytes(8 << 20)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_bomb_is_refused_before_anything_is_written(tmp_path, small_limit, monkeypatch, compression):
    monkeypatch.setattr(archives, "_write", None)
    check_refused(tmp_path, zip_of([("zeros", ZEROS)], compression))


@pytest.mark.parametrize("kind", COMPRESSORS)
@pytest.mark.parametrize("name", ["zeros", "../zeros"], ids=["a member", "a member that is skipped"])
@pytest.mark.filterwarnings("ignore:Skipping an unsafe member")
def test_a_tar_bomb_is_refused(tmp_path, small_limit, kind, name):
    check_refused(tmp_path, COMPRESSORS[kind](tar_of((header(name), ZEROS))))


def test_very_many_empty_files_are_refused(tmp_path, small_limit):
    """Each takes a block on the disk; compressed headers of 512 bytes take 30."""
    config.set_loading_limits(file=1 << 16)
    names = [f"{i}" for i in range(4_000)]
    check_refused(tmp_path, gzip.compress(tar_of(*[(header(name), b"") for name in names])))


def test_a_sparse_file_counts_with_its_holes(tmp_path, small_limit):
    """1 MB of archive would otherwise be a file of a terabyte, with `tarfile` writing all its zeros."""
    data = bytearray(block(header("sparse", tarfile.GNUTYPE_SPARSE)))
    data[386:410] = b"%011o\0%011o\0" % (0, 0)
    data[483:495] = b"\x80" + (1 << 40).to_bytes(11, "big")
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data)
    check_refused(tmp_path, bytes(data) + bytes(1024))


def test_the_limit_is_a_setting_that_the_error_names(tmp_path, small_limit):
    (tmp_path / "bomb").write_bytes(zip_of([("zeros", ZEROS)]))
    with pytest.raises(ArchiveError) as caught:
        extract_archive(tmp_path / "bomb", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    advice = str(caught.value).split("`")[1]
    eval(advice, {"keras": __import__("minikeras")})
    assert extract_archive(tmp_path / "bomb", tmp_path / "out")
    assert (tmp_path / "out/zeros").read_bytes() == ZEROS


def test_archives_as_people_make_them_are_far_from_the_limit(tmp_path):
    lines = b"".join(b"%d,%d,%d\n" % (i, i * i, i % 7) for i in range(20_000))
    (tmp_path / "a").write_bytes(zip_of([("table.csv", lines), ("zeros.npy", bytes(1 << 20))]))
    assert most_bytes(tmp_path / "a") > 10 * (len(lines) + (1 << 20))


HEADERS_WITH_TEXT = [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]


@pytest.mark.parametrize("kind", HEADERS_WITH_TEXT)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_header_of_64_megabytes_is_not_read_into_memory(tmp_path, kind, is_first):
    start = b"" if is_first else tar_of((header("a"), b"a"))[:1024]
    data = gzip.compress(start + block(header("b", kind, 1 << 26)) + bytes(1 << 26), 1)
    (tmp_path / "archive").write_bytes(data)
    tracemalloc.start()
    with contextlib.suppress(ArchiveError):  # or it is not an archive at all, says `tarfile` of the first header
        assert not extract_archive(tmp_path / "archive", tmp_path / "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 24
    assert not (tmp_path / "out").exists()


CLAIMED_LENGTHS = {"8 GiB": b"77777777777\0", "2⁸⁰": b"\x80" + (1 << 80).to_bytes(11, "big"), "negative": b"\xff" * 12}


@pytest.mark.parametrize("kind", [*HEADERS_WITH_TEXT, tarfile.REGTYPE, tarfile.DIRTYPE])
@pytest.mark.parametrize("length", CLAIMED_LENGTHS)
@pytest.mark.filterwarnings("ignore:Skipping an unsafe member")
def test_headers_that_claim_impossible_lengths_come_to_an_end(tmp_path, kind, length):
    data = block(header("a")) + block(header("b", kind), CLAIMED_LENGTHS[length]) + bytes(1 << 16)
    (tmp_path / "archive").write_bytes(gzip.compress(data))
    with contextlib.suppress(ArchiveError):
        extract_archive(tmp_path / "archive", tmp_path / "out")
    assert files_in(tmp_path) in (["archive"], ["archive", "out/a"], ["archive", "out/a", "out/b"])


# --- out of the folder ------------------------------------------------------------------------------------------------

NAMES = [
    *["../evil", "/evil", "a/../../evil", "//evil", "./../evil", "../out-beside/evil", "a/./../../evil"],
    *["\0", "..", "../", "/", "", ".", "a/..", "n" * 300, "d/" * 100 + "f", "d/" * 3000 + "f"],
]


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
@pytest.mark.filterwarnings("ignore:Skipping an unsafe member")
def test_nothing_gets_out_of_the_folder(tmp_path, kind, name):
    if kind == "zip":
        data = zip_of([(name, b"evil"), ("good", b"good")])
    else:
        data = tar_of((header(name, pax_headers={"path": name}), b"evil"), (header("good"), b"good"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/archive").write_bytes(data)
    extract_archive(tmp_path / "in/archive", tmp_path / "in/out")
    assert files_in(tmp_path) == ["in/archive", "in/out/good"]
    assert not Path("/evil").exists()


LINKS = {
    "a symbolic link": header("door", tarfile.SYMTYPE, linkname="/tmp"),
    "a symbolic link to the folder above": header("door", tarfile.SYMTYPE, linkname=".."),
    "a hard link": header("door", tarfile.LNKTYPE, linkname="../secret"),
    "a named pipe": header("door", tarfile.FIFOTYPE),
    "a device of bytes": header("door", tarfile.CHRTYPE, devmajor=1, devminor=3),
    "a device of blocks": header("door", tarfile.BLKTYPE, devmajor=8),
}


@pytest.mark.parametrize("name", LINKS)
def test_links_and_devices_are_not_made_and_lead_nowhere(tmp_path, name):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "archive").write_bytes(tar_of((LINKS[name], b""), (header("door/file"), b"file")))
    with pytest.warns(UserWarning, match="'door'"):
        extract_archive(tmp_path / "archive", tmp_path / "out")
    assert files_in(tmp_path) == ["archive", "out/door/file", "secret"]
    assert stat.S_ISDIR((tmp_path / "out/door").lstat().st_mode)


def test_a_link_in_a_zip_file_is_not_made(tmp_path):
    link = zipfile.ZipInfo("door")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (tmp_path / "archive").write_bytes(zip_of([(link, "/tmp"), ("door/file", "file")]))
    with pytest.warns(UserWarning, match="'door'"):
        extract_archive(tmp_path / "archive", tmp_path / "out")
    assert files_in(tmp_path / "out") == ["door/file"]


def test_links_in_a_circle_in_the_folder_stop_nothing(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a").symlink_to(tmp_path / "out/b")
    (tmp_path / "out/b").symlink_to(tmp_path / "out/a")
    (tmp_path / "archive").write_bytes(zip_of([("a/file", "file"), ("good", "good")]))
    with pytest.warns(UserWarning, match="'a/file'"):
        extract_archive(tmp_path / "archive", tmp_path / "out")
    assert (tmp_path / "out/good").read_text() == "good"


# --- damaged ----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_also_a_folder_is_an_error(tmp_path):
    check_refused(tmp_path, zip_of([("a", "file"), ("a/b", "file")]), match="a file and a folder in the same place")


def test_an_encrypted_member_is_an_error(tmp_path):
    data = bytearray(zip_of([("secret", b"secret")]))
    data[6] |= 1  # the flag in the member's header, and below in the directory
    data[data.index(b"PK\1\2") + 8] |= 1
    check_refused(tmp_path, bytes(data), match="encrypted")


@pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz", "tar"])
@pytest.mark.filterwarnings("ignore")
def test_damaged_archives_bring_one_error_and_change_nothing(tmp_path, request, kind):
    """Bits flipped, bytes cut off or put in: unpacked, no archive any more, or an ArchiveError."""
    rng = random.Random(0)
    content = [(f"folder/{i}", bytes(rng.randrange(256) for _ in range(500))) for i in range(4)]
    tar = tar_of(*[(header(name), data) for name, data in content])
    original = zip_of(content) if kind == "zip" else COMPRESSORS.get(kind, bytes)(tar)
    unpacked, count = 0, 2000 if request.config.getoption("--long") else 150
    for number in range(count):
        data = bytearray(original)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        if number % 3 == 1:
            del data[rng.randrange(len(data)) :]
        elif number % 3 == 2:
            data[rng.randrange(len(data)) : rng.randrange(len(data))] = rng.randbytes(rng.randrange(40))
        (tmp_path / "archive").write_bytes(data)
        out = tmp_path / "out"
        try:
            unpacked += extract_archive(tmp_path / "archive", out)
        except ArchiveError:
            assert not out.exists()
        assert not list(out.glob(f"{archives.UNPACKING}*"))
        shutil.rmtree(out, ignore_errors=True)
    assert unpacked < count  # the damage was seen


# --- several at once, and killed --------------------------------------------------------------------------------------


def test_threads_that_unpack_into_one_folder_leave_whole_files(tmp_path):
    content = [(f"{i}", bytes([i]) * 10_000) for i in range(20)]
    (tmp_path / "archive").write_bytes(zip_of(content))
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: extract_archive(tmp_path / "archive", tmp_path / "out"), range(8)))
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == dict(content)


def test_a_reader_of_an_earlier_unpacking_keeps_a_whole_file(tmp_path):
    (tmp_path / "archive").write_bytes(zip_of([("file", b"new" * 1000)]))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/file").write_bytes(b"old" * 1000)
    with open(tmp_path / "out/file", "rb") as reader:
        start = reader.read(10)
        extract_archive(tmp_path / "archive", tmp_path / "out")
        assert start + reader.read() == b"old" * 1000
    assert (tmp_path / "out/file").read_bytes() == b"new" * 1000


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    (tmp_path / "archive").write_bytes(zip_of([("a", b"a"), ("b", b"b")]))
    script = f"""if True:
        import os, signal
        from minikeras.utils import archives
        def killed(staging, folder):
            os.kill(os.getpid(), signal.SIGKILL)
        archives._move = killed
        archives.extract_archive({str(tmp_path / "archive")!r}, {str(tmp_path / "out")!r})
        """
    process = subprocess.run([sys.executable, "-c", script], check=False, timeout=DEADLINE, cwd=ROOT)
    assert process.returncode == -signal.SIGKILL
    assert f"{archives.UNPACKING}/a" in files_in(tmp_path / "out")
    extract_archive(tmp_path / "archive", tmp_path / "out")
    assert os.listdir(tmp_path / "out") in (["a", "b"], ["b", "a"])
