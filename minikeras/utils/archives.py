"""Unpacks archives safely: nothing ends up outside the folder, and the size is limited.

A tar or zip file can name its members arbitrarily: `../../.bashrc`, `/etc/passwd`, or a link to `/` and then a file
below that link. Here every member's destination is resolved first, and only plain files and folders are made, never
links. A small archive can also unpack to many gigabytes, so its unpacked size is checked before it is written.

Files are unpacked into a separate folder and moved to their places when all are there: a damaged archive changes
nothing, and a reader of an earlier unpacked file reads a complete one.
"""

import errno
import os
import shutil
import stat
import struct
import zipfile
import zlib
from contextlib import ExitStack, contextmanager, suppress
from lzma import LZMAError
from pathlib import Path
from tarfile import TarError
from tempfile import mkdtemp
from typing import NamedTuple

from minikeras.base.messages import warn
from minikeras.config import loading_limits
from minikeras.formats.tar_stream import Oversized, open_tar
from minikeras.utils.file_lock import LONGEST_NAME, exclusive

FORMATS = ("tar", "zip")
SIZES = 100  # an archive may unpack to this many times its own size, plus the limit `file`
BLOCK = 4096  # bytes that a file takes on the disk besides its content, even an empty one
DEEPEST = 64  # folders within each other
UNPACKING = ".unpacking"
# Errors of Python's readers for damaged archives, and for members that are encrypted or use unknown compression.
DAMAGE = (TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, RuntimeError, ValueError, struct.error)
CLASHES = (FileExistsError, IsADirectoryError, NotADirectoryError)


class ArchiveError(ValueError):
    """An archive is damaged, or would take far more space on the disk than its own size."""


class Member(NamedTuple):
    """One entry of an archive; `open` gives a file to read its content from."""

    name: str
    kind: str  # "file", "folder", or "other" for links and devices
    size: int
    mode: int
    open: object


def extract_archive(file_path, path=".", archive_format="auto"):
    """Unpack a .tar, .tar.gz, .tar.bz2, .tar.xz or .zip file into the folder `path`.

    Members that would leave the folder, links and devices are skipped with a warning.

    Args:
        archive_format: "tar", "zip", a list of them to try in turn, "auto" for both, None for none.

    Returns:
        Whether the file was an archive of one of these formats.

    Raises:
        ArchiveError: the archive is damaged, or unpacks to more than a hundred times its size and
            the limit `file` of `keras.config.set_loading_limits`. Nothing is unpacked then.
    """
    if archive_format == "auto":
        archive_format = FORMATS
    elif isinstance(archive_format, str):
        archive_format = [archive_format]
    for name in archive_format or ():
        if name not in FORMATS:
            raise ValueError(f"`archive_format` must be of {FORMATS}, 'auto' or None. Received: {name!r}")
        with ExitStack() as stack, _clear_errors(file_path):
            members = (_tar_members if name == "tar" else _zip_members)(file_path, stack)
            if members is not None:
                _unpack(members, Path(path), most_bytes(file_path))
                return True
    return False


def most_bytes(file_path):
    """The disk space that an archive may take when it is unpacked."""
    return SIZES * os.stat(file_path).st_size + loading_limits()["file"]


def _tar_members(file_path, stack):
    """The members of a tar file, in order; None if it is none."""
    archive = open_tar(file_path, most_bytes(file_path), stack)
    return archive and (
        Member(
            member.name,
            "file" if member.isfile() else "folder" if member.isdir() else "other",
            member.size,
            member.mode,
            lambda member=member: archive.extractfile(member),
        )
        for member in archive
    )


def _zip_members(file_path, stack):
    """The members of a zip file; None if it is none."""
    if not zipfile.is_zipfile(file_path):
        return None
    archive = stack.enter_context(zipfile.ZipFile(file_path))
    return [
        Member(
            info.filename,
            # Python 3.11's `is_dir` fails without a name
            "folder" if info.filename.endswith("/") else "other" if stat.S_ISLNK(info.external_attr >> 16) else "file",
            info.file_size,
            0,
            lambda info=info: archive.open(info),
        )
        for info in archive.infolist()
    ]


@contextmanager
def _clear_errors(file_path):
    """A context that raises the errors of a damaged archive as an ArchiveError."""
    try:
        yield
    except Oversized as error:
        enough = 1 << max(error.size - 1, 1).bit_length()
        raise ArchiveError(
            f"'{file_path}' is not unpacked, for it may be made to fill the disk: it unpacks to {error.size} bytes or "
            f"more, over {SIZES} times its own size. If you trust it, raise the limit: "
            f"`keras.config.set_loading_limits(file={enough})`."
        ) from None
    except DAMAGE as error:
        raise ArchiveError(_damaged(file_path, error)) from error
    except CLASHES as error:
        raise ArchiveError(f"'{file_path}' has a file and a folder in the same place: {error}") from error
    except OSError as error:
        if error.errno in (None, errno.EINVAL):  # of a decompressor, or for a place before a file's beginning
            raise ArchiveError(_damaged(file_path, error)) from error
        raise


def _damaged(file_path, error):
    return f"The archive '{file_path}' cannot be read: {error}. It may be damaged. Delete it and fetch it again."


def _unpack(members, folder, limit):
    """Write members into a folder next to the others of `folder`, and move them to their destinations when all are
    there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with exclusive(folder / f"{UNPACKING}.lock") as is_alone, _staging(folder, is_alone) as staging:
            if isinstance(members, list):  # all are known before one is read
                _refuse_oversized(sum(member.size + BLOCK for member in members), limit)
            taken = 0
            for member in members:
                taken += member.size + BLOCK
                _refuse_oversized(taken, limit)
                _write(member, folder, staging)
            _move(staging, folder)
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # if nothing was in it before
        raise


@contextmanager
def _staging(folder, is_alone):
    """An empty folder inside `folder`, removed at the end. One left by a process that died is used again."""
    staging = folder / UNPACKING if is_alone else Path(mkdtemp(prefix=UNPACKING, dir=folder))
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _refuse_oversized(size, limit):
    if size > limit:
        raise Oversized(size)


def _write(member, folder, staging):
    """Write one member below `staging`, at the path that it will have below `folder`."""
    place = place_inside(folder, member.name)
    if place is None or member.kind == "other" or (member.kind == "file" and place == Path()):
        warn(f"Skipping an unsafe member during archive extraction: {member.name!r}.")
    elif member.kind == "folder":
        (staging / place).mkdir(parents=True, exist_ok=True)
    else:
        target = staging / place
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as source, open(target, "wb") as file:
            shutil.copyfileobj(source, file)
        if member.mode:
            os.chmod(target, 0o644 | (member.mode & 0o111))  # keep only the executable bits of the mode


def place_inside(folder, name):
    """The path of member `name` below `folder`, with links resolved; None if it is outside."""
    try:
        base = folder.resolve()
        place = (base / name).resolve().relative_to(base)
        lengths = [len(os.fsencode(part)) for part in place.parts]
    except (ValueError, OSError, RuntimeError):  # outside, no name of a file, or links in a circle
        return None
    if len(lengths) > DEEPEST or max(lengths, default=0) > LONGEST_NAME:
        return None
    is_circular = any((base / parent).is_symlink() for parent in place.parents)  # others are followed by now
    return None if is_circular else place


def _move(staging, folder):
    for path, folders, files in os.walk(staging):
        target = folder / Path(path).relative_to(staging)
        for name in folders:
            (target / name).mkdir(exist_ok=True)
        for name in files:
            os.replace(Path(path, name), target / name)
