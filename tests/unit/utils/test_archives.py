"""minikeras.utils.archives: whole archives come out whole, and nothing gets out of the folder."""

import io
import os
import tarfile
import zipfile

import pytest

from minikeras.utils.archives import extract_archive


def add_file(archive, name, data=b"data", mode=0o644):
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    archive.addfile(member, io.BytesIO(data))


def add_link(archive, name, target, kind=tarfile.SYMTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    archive.addfile(member)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_files_are_unpacked_with_their_folders(tmp_path, mode):
    with tarfile.open(tmp_path / "a.tar", mode) as archive:
        folder = tarfile.TarInfo("top/empty")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        add_file(archive, "top/sub/file.txt", b"hello")
        add_file(archive, "top/run", mode=0o4755)
    assert extract_archive(tmp_path / "a.tar", tmp_path / "out")
    assert (tmp_path / "out/top/sub/file.txt").read_bytes() == b"hello"
    assert (tmp_path / "out/top/empty").is_dir()
    assert (tmp_path / "out/top/run").stat().st_mode & 0o7777 == 0o755  # the set-user-id bit is not taken over


def test_zip_files_are_unpacked_with_their_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.mkdir("top/empty")
        archive.writestr("top/file.txt", "hello")
    assert extract_archive(tmp_path / "a.zip", tmp_path / "out")
    assert (tmp_path / "out/top/file.txt").read_text() == "hello"
    assert (tmp_path / "out/top/empty").is_dir()


OUTSIDE = ["../evil", "good/../../evil", "/tmp/minikeras-test-evil", "../out-beside/evil"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_members_that_would_leave_the_folder_are_skipped(tmp_path, kind, name):
    path = tmp_path / "a"
    if kind == "tar":
        with tarfile.open(path, "w") as archive:
            add_file(archive, name)
            add_file(archive, "good/file")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "data")
            archive.writestr("good/file", "data")
    with pytest.warns(UserWarning, match="unsafe member"):
        extract_archive(path, tmp_path / "out")
    files = {
        os.path.relpath(os.path.join(folder, f), tmp_path) for folder, _, files in os.walk(tmp_path) for f in files
    }
    assert files == {"a", "out/good/file"}
    assert not os.path.exists("/tmp/minikeras-test-evil")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_not_made(tmp_path, kind):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add_file(archive, "file")
        add_link(archive, "link", "file", kind)
    with pytest.warns(UserWarning, match="'link'"):
        extract_archive(tmp_path / "a.tar", tmp_path / "out")
    assert os.listdir(tmp_path / "out") == ["file"]


def test_a_file_below_a_link_of_the_same_archive_stays_inside(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add_link(archive, "door", str(tmp_path / "elsewhere"))
        add_file(archive, "door/file")
    with pytest.warns(UserWarning, match="'door'"):
        extract_archive(tmp_path / "a.tar", tmp_path / "out")
    assert not os.listdir(tmp_path / "elsewhere")
    assert (tmp_path / "out/door/file").exists()


def test_a_link_that_was_in_the_folder_before_is_no_way_out(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/door").symlink_to(tmp_path / "elsewhere")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        add_file(archive, "door/file")
    with pytest.warns(UserWarning, match="'door/file'"):
        extract_archive(tmp_path / "a.tar", tmp_path / "out")
    assert not os.listdir(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    "archive_format, done", [("auto", True), ("zip", True), ("tar", False), (["tar", "zip"], True), (None, False)]
)
def test_archive_format_says_what_is_tried(tmp_path, archive_format, done):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("file", "data")
    assert extract_archive(tmp_path / "a", tmp_path / "out", archive_format) is done


def test_unknown_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match="rar"):
        extract_archive(tmp_path / "a", tmp_path, "rar")
