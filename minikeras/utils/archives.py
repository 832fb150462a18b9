"""Archives unpacked so that nothing they hold can end up outside the folder.

A tar or zip file names its members as it likes: `../../.bashrc`, `/etc/passwd`, or a link to `/` and then a file below
that link. Here every member's place is worked out first, and only plain files and folders are made, never links.
"""

import os
import shutil
import tarfile
import warnings
import zipfile
from pathlib import Path

FORMATS = ("tar", "zip")


def extract_archive(file_path, path=".", archive_format="auto"):
    """Unpack a .tar, .tar.gz, .tar.bz2, .tar.xz or .zip file into the folder `path`.

    Members that would leave the folder, links and devices are skipped with a warning.

    Args:
        archive_format: "tar", "zip", a list of them to try in turn, "auto" for both, None for none.

    Returns:
        Whether the file was an archive of one of these formats.
    """
    if archive_format == "auto":
        archive_format = FORMATS
    elif isinstance(archive_format, str):
        archive_format = [archive_format]
    for name in archive_format or ():
        if name not in FORMATS:
            raise ValueError(f"`archive_format` must be of {FORMATS}, 'auto' or None. Received: {name!r}")
        if name == "tar" and tarfile.is_tarfile(file_path):
            with tarfile.open(file_path) as archive:
                _extract_tar(archive, Path(path))
            return True
        if name == "zip" and zipfile.is_zipfile(file_path):
            with zipfile.ZipFile(file_path) as archive:
                _extract_zip(archive, Path(path))
            return True
    return False


def _extract_tar(archive, folder):
    for member in archive:
        target = place_inside(folder, member.name)
        if target is None or not (member.isfile() or member.isdir()):
            _warn_of(member.name)
        elif member.isdir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            _write(archive.extractfile(member), target)
            os.chmod(target, 0o644 | (member.mode & 0o111))  # keep programs executable, and nothing else of the mode


def _extract_zip(archive, folder):
    for member in archive.infolist():
        target = place_inside(folder, member.filename)
        if target is None:
            _warn_of(member.filename)
        elif member.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            _write(archive.open(member), target)


def place_inside(folder, name):
    """Where the member `name` goes, links on the way there followed; None when that is not inside `folder`."""
    base = folder.resolve()
    target = (base / name).resolve()
    return target if target.is_relative_to(base) else None


def _write(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    with source, open(target, "wb") as file:
        shutil.copyfileobj(source, file)


def _warn_of(name):
    warnings.warn(f"Skipping an unsafe member during archive extraction: {name!r}.", stacklevel=2)
