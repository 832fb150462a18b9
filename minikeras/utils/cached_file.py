"""`get_file`: downloads a file to the cache folder, checks it and unpacks it."""

import contextlib
import hashlib
import os
import stat
import tempfile
import urllib.parse
from pathlib import Path

from minikeras import config
from minikeras.base.messages import print_message, warn
from minikeras.utils.file_lock import LONGEST_NAME, beside, exclusive

HASH_ALGORITHMS = ("auto", "sha256", "md5")
SHA256_LENGTH = 64
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """The path of a local copy of the file at the address `origin`, downloaded unless it exists already.

    Several processes and threads may ask for the same file at once: one downloads it, the others wait. The next call
    continues an interrupted download, if the server confirms that the file is still the same.

    Args:
        fname: Name of the local file, without folders; None takes the last part of `origin` unchanged. With
            `extract`, a name without a dot is the name of the folder to unpack into.
        origin: Address (URL) of the file.
        untar: Same as `extract=True, archive_format="tar"`. (Keras calls it deprecated.)
        md5_hash: Same as `file_hash` with `hash_algorithm="md5"`. (Deprecated likewise.)
        file_hash: Checksum that the file must have. A file in the cache without it is downloaded again.
        cache_subdir: Folder below the cache folder; an absolute path is used as it is.
        hash_algorithm: "sha256", "md5", or "auto" to decide by the length of `file_hash`.
        extract: Whether to unpack the file. `extract_archive` lists what is refused.
        archive_format: "tar", "zip", a list of them, "auto" for both, None for none.
        cache_dir: The cache folder. None means $KERAS_HOME, else ~/.keras; where that cannot be written, a folder
            .keras among the temporary files.
        force_download: Whether to download even an existing file.

    Returns:
        The path as a string: of the file, or with `extract` of the folder it was unpacked into.

    Raises:
        DownloadError: the file cannot be fetched. The message names the path for a manually downloaded copy.
        ArchiveError: the archive is damaged, or unpacks to far more than its size.
        ValueError: the downloaded file has another checksum, or an argument cannot be used.
    """
    if origin is None:
        raise ValueError('Please specify the "origin" argument: the URL of the file to download.')
    if hash_algorithm not in HASH_ALGORITHMS:
        raise ValueError(f"`hash_algorithm` must be one of {HASH_ALGORITHMS}. Received: {hash_algorithm!r}")
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = _writable_folder(cache_dir) / cache_subdir
    folder.mkdir(parents=True, exist_ok=True)
    target, extraction_folder = _positions(folder, fname, origin, extract or untar)
    _fetch_once(origin, target, file_hash, hash_algorithm, force_download)
    if extraction_folder is None:
        return str(target)
    from minikeras.utils.archives import extract_archive  # here, so that `import minikeras` does not load tarfile

    if not extract_archive(target, extraction_folder, "tar" if untar else archive_format):
        warn("Could not extract archive.")
    return str(extraction_folder)


def _fetch_once(origin, target, file_hash, hash_algorithm, force_download):
    """Download the file unless it exists; one process or thread at a time."""
    if target.exists() and not target.is_file():
        raise ValueError(f"{target} is there, but is not a file. Remove it, or give another `fname`.")
    if not force_download and _is_in_cache(target, file_hash, hash_algorithm):
        return
    from minikeras.utils.downloading import download  # here, so that `import minikeras` does not load urllib

    def wait():
        print_message(f"Waiting for another download of {target.name} to end")

    def check(path):
        _refuse_other_hash(path, file_hash, hash_algorithm)

    with exclusive(beside(target, ".lock"), on_wait=wait) as is_alone:
        if force_download or not _is_in_cache(target, file_hash, hash_algorithm):
            if target.exists() and not force_download:
                print_message(
                    f"The local file {target} does not have the {hash_algorithm} file hash {file_hash}: it is "
                    "incomplete, changed or outdated. Downloading it again."
                )
            download(origin, target, check, is_alone)


def _writable_folder(cache_dir):
    """The cache folder, created if necessary. Keras uses the temporary folder even if `cache_dir` is missing."""
    folder = Path(config.keras_home() if cache_dir is None else cache_dir).expanduser()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        return folder
    return _temporary_folder(Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()))


def _temporary_folder(parent):
    """`.keras` among the temporary files, or `.keras-<user>` where the former belongs to another user.

    All users may write among the temporary files: another one could have put files there, or be about to.
    """
    if not hasattr(os, "geteuid"):  # Windows has such a folder for each user
        return parent / ".keras"
    for name in (".keras", f".keras-{os.geteuid()}"):
        folder = parent / name
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & WRITABLE_BY_OTHERS:
            return folder
    raise PermissionError(f"{folder} belongs to another user, or others may write in it. Give a `cache_dir` of yours.")


def _positions(folder, fname, origin, extract):
    """The path of the download, and the folder to unpack it into (None without `extract`), named as in Keras."""
    given = None if fname is None else os.fsdecode(fname)
    name = given or os.path.basename(urllib.parse.urlsplit(origin).path)
    source = f"fname={given!r}" if given else f"origin={origin!r}, which ends in {name!r}"
    if not extract:
        names = (name,)
    elif given and "." in given:
        names = (given, f"{given[: given.index('.')]}_extracted")
    else:
        names = (f"{name}_archive", name)
    for one in (name, *names):
        _refuse_unusable_name(one, source)
    return (folder / names[0], folder / names[1] if extract else None)


def _refuse_unusable_name(name, source):
    """Raise unless `name` names a file in a folder on every system: no folder, and no path elsewhere."""
    if any(character in name for character in "/\\" + os.sep):
        problem = "it has folders; those go into `cache_dir` and `cache_subdir`"
    elif not name.strip(". "):
        problem = "it is not the name of a file"
    elif any(ord(character) < 32 for character in name) or os.path.splitdrive(name)[0]:
        problem = "it has characters that names of files do not have"
    elif len(os.fsencode(name)) > LONGEST_NAME:
        problem = f"it is longer than {LONGEST_NAME} bytes"
    else:
        return
    raise ValueError(
        f"The file cannot be called {name[:80]!r}: {problem}. Received: {source[:300]}. Specify a name without folders "
        "by the `fname` argument."
    )


def _is_in_cache(target, file_hash, hash_algorithm):
    return target.exists() and (file_hash is None or has_hash(target, file_hash, hash_algorithm))


def _refuse_other_hash(path, file_hash, hash_algorithm):
    if file_hash is not None and not has_hash(path, file_hash, hash_algorithm):
        name = _algorithm_of(file_hash, hash_algorithm)
        raise ValueError(
            f"Incomplete or corrupted file detected: what was downloaded is not kept, as its {name} checksum is "
            f"{_checksum(path, name)}. Expected: {file_hash}. Try again, or correct `file_hash`."
        )


def has_hash(path, file_hash, algorithm="auto"):
    """Whether the file at `path` has this checksum (hexadecimal)."""
    return _checksum(path, _algorithm_of(file_hash, algorithm)) == file_hash.lower()


def _algorithm_of(file_hash, algorithm):
    """The algorithm's name, for "auto" by the length of the checksum."""
    return algorithm if algorithm != "auto" else "sha256" if len(file_hash) == SHA256_LENGTH else "md5"


def _checksum(path, algorithm):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
