"""`get_file`: a file of the network kept in the cache folder, checked and unpacked."""

import contextlib
import hashlib
import os
import tempfile
import urllib.parse
import warnings
from pathlib import Path

from minikeras import config
from minikeras.messages import print_message

HASH_ALGORITHMS = ("auto", "sha256", "md5")
SHA256_LENGTH = 64


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
    """The path of a local copy of the file at the address `origin`, which is downloaded unless it is there already.

    Args:
        fname: Name of the local file; None takes the name in `origin`. With `extract`, a name without a dot is the
            name of the folder to unpack into.
        origin: Address (URL) of the file.
        untar: Same as `extract=True, archive_format="tar"`. (Keras calls it deprecated.)
        md5_hash: Same as `file_hash` with `hash_algorithm="md5"`. (Deprecated likewise.)
        file_hash: Checksum that the file must have. A file in the cache without it is downloaded again.
        cache_subdir: Folder below the cache folder; an absolute path stands for itself.
        hash_algorithm: "sha256", "md5", or "auto" to tell by the length of `file_hash`.
        extract: Whether to unpack the file. See `extract_archive` for what is refused.
        archive_format: "tar", "zip", a list of them, "auto" for both, None for none.
        cache_dir: The cache folder. None means $KERAS_HOME, else ~/.keras; where that cannot be written, a folder
            .keras among the temporary files.
        force_download: Whether to download even what is there.

    Returns:
        The path as a string: of the file, or with `extract` of the folder it was unpacked into.

    Raises:
        DownloadError: the file cannot be fetched. The message says where it can be put by hand.
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
    target, extraction_folder = _places(folder, fname, origin, extract or untar)
    # Imported here, since urllib and tarfile cost 50 ms that `import minikeras` need not pay.
    from minikeras.utils.archives import extract_archive
    from minikeras.utils.downloading import download

    if force_download or not _is_in_cache(target, file_hash, hash_algorithm):
        download(origin, target, check=lambda path: _refuse_other_hash(path, file_hash, hash_algorithm))
    if extraction_folder is None:
        return str(target)
    if not extract_archive(target, extraction_folder, "tar" if untar else archive_format):
        warnings.warn("Could not extract archive.", stacklevel=2)
    return str(extraction_folder)


def _writable_folder(cache_dir):
    """The cache folder, made if need be. Keras takes the temporary folder also when `cache_dir` does not exist yet."""
    folder = Path(config.keras_home() if cache_dir is None else cache_dir).expanduser()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        return folder
    return Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()) / ".keras"


def _places(folder, fname, origin, extract):
    """Where the download goes, and the folder to unpack it into (None without `extract`). Keras's names."""
    given = None if fname is None else os.fspath(fname)
    name = given or os.path.basename(urllib.parse.urlsplit(origin).path)
    if not name:
        raise ValueError(f"The address {origin!r} ends in no file name. Please specify the `fname` argument.")
    if given and os.sep in given:
        raise ValueError(f"`fname` must be a name without folders; those go into `cache_dir`. Received: fname={given}")
    if not extract:
        return folder / name, None
    if given and "." in given:
        return folder / given, folder / f"{given[: given.index('.')]}_extracted"
    return folder / f"{name}_archive", folder / name


def _is_in_cache(target, file_hash, hash_algorithm):
    if not target.exists():
        return False
    if file_hash is None or has_hash(target, file_hash, hash_algorithm):
        return True
    print_message(
        f"The local file {target} does not have the {hash_algorithm} file hash {file_hash}: it is incomplete, changed "
        "or outdated. Downloading it again."
    )
    return False


def _refuse_other_hash(path, file_hash, hash_algorithm):
    if file_hash is not None and not has_hash(path, file_hash, hash_algorithm):
        raise ValueError(
            f"Incomplete or corrupted file detected. Its {hash_algorithm} file hash does not match the provided value "
            f"of {file_hash}."
        )


def has_hash(path, file_hash, algorithm="auto"):
    """Whether the file at `path` has this checksum (hexadecimal)."""
    if algorithm == "auto":
        algorithm = "sha256" if len(file_hash) == SHA256_LENGTH else "md5"
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == file_hash.lower()
