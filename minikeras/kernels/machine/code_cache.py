"""The user's cache of compiled code: files with a keyed checksum, in a folder that only this user may write in.

The folder is `minikeras` in `NUMBA_CACHE_DIR` if that is set, else the user's cache folder (`user_cache_folder`).
If it belongs to another user, or others may write in it, there is one warning, and nothing is read or written: each
process then compiles for itself.

A file holds the code of one function, after the HMAC-SHA256 of the code and of all that it was made for and from. The
key is a random number in the folder's file `key`, which only its owner may read. So a file counts as absent, and is
replaced silently, if it is damaged, truncated, empty, another user's, or exchanged for that of another function or
processor. Nothing is loaded or unpickled before its checksum has been verified.

This protects against damage, and against files made by anyone who cannot read the key: other users of the machine, and
archives or folders that were copied here. It does not protect against programs that run as the same user or as root:
they can read the key, and could also change minikeras itself.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import shutil
import stat
import time
import warnings
from functools import cache
from itertools import islice
from pathlib import Path

from minikeras.base.system import is_running, user_cache_folder, who_else_writes

KEY = "key"
SUFFIX = ".code"
UNFINISHED = ".tmp"
DIGEST_BYTES = KEY_BYTES = 32
LARGEST = 1 << 26  # bytes of a file that is read; code takes a few thousand
UNFINISHED_SECONDS = 3600  # age from which an unfinished file is removed, even if a process with its writer's ID runs
MAX_FILES = 10_000  # inspected when the folder is cleaned

_refused = {}  # folders that a warning has reported


class Entry:
    """The code of one function, cached in a file or yet to be compiled.

    Args:
        name: of the function, unique.
        made_for: the processor and anything else that distinguishes code in the same folder.
        made_from: changes whenever the code would. Files with another value are out of date.
    """

    def __init__(self, name, made_for, made_from):
        # Two copies of minikeras use separate files: otherwise each would find the other's out of date.
        made_for = (_PACKAGE, made_for)
        self._identity = repr((name, made_for, made_from)).encode()
        self._stem = f"{name}-{_digest(made_for)}-"
        self._name = f"{self._stem}{_digest(made_from)}{SUFFIX}"

    @property
    def file(self):
        """Its path; None without a folder."""
        return folder() and folder() / self._name

    def exists(self):
        """Whether there is a file, perhaps a damaged one."""
        return self.file is not None and os.path.lexists(self.file)

    def read(self):
        """The code; None if there is none, or none that is authentic."""
        key = _key()
        if key is None:
            return None
        content = _content(self.file, DIGEST_BYTES + 1, LARGEST)
        if content is None:
            return None
        digest, code = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        return code if hmac.compare_digest(digest, self._checksum(key, code)) else None

    def write(self, code):
        """Write the code to the file atomically, so that no process reads half of it, and remove files out of date.

        If that fails, as on a full disk, no file remains, and the code is compiled again next time.
        """
        key = _key()
        if key is None:
            return
        with contextlib.suppress(OSError):
            _replace(self.file, self._checksum(key, code) + code)
            for other in _names(folder()):
                if other.startswith(self._stem) and other.endswith(SUFFIX) and other != self._name:
                    _remove(folder() / other)
            _remove_unfinished(folder())

    def _checksum(self, key, code):
        # The length delimits the identity, so that no other pair of identity and code is the same message.
        length = len(self._identity).to_bytes(8, "little")
        return hmac.digest(key, length + self._identity + code, "sha256")


@cache
def folder():
    """The folder of the files, without symbolic links; None if no folder, or no safe one, can be made."""
    place = chosen_folder()
    if place is None:
        return None
    try:
        _make_private(place)
        place = place.resolve(strict=True)
        reason = who_else_writes(place)
    except (OSError, RuntimeError):  # RuntimeError: circular links, before Python 3.13
        return None
    if reason:
        _warn_once(place, reason)
        return None
    return place


def _warn_once(place, reason):
    token = object()
    if _refused.setdefault(place, token) is token:  # of several threads, one warns
        warnings.warn(
            f"Compiled kernels are neither read from {place} nor kept there, for {reason}: code from this folder could "
            "be someone else's. Each process compiles its kernels again. To keep them, make the folder your own and "
            f"writable by you alone (chmod 700 {place}), or set NUMBA_CACHE_DIR to such a folder.",
            RuntimeWarning,
            stacklevel=3,
        )


def refusal():
    """Why `chosen_folder` exists and is not used, in words; None if it is used or would be."""
    place = chosen_folder()
    try:
        return place and who_else_writes(place.resolve(strict=True))
    except (OSError, RuntimeError):
        return None


def is_writable():
    """Whether code can be cached for later processes."""
    return _key() is not None and os.access(folder(), os.W_OK)


def chosen_folder():
    """The folder where the files belong, safe or not; None without a home."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    return Path(named, "minikeras").absolute() if named else user_cache_folder("minikeras")


def sizes():
    """{path: bytes} of the files in `chosen_folder`: code, the key, and unfinished files."""
    place, found = chosen_folder(), {}
    for name in [] if place is None else _names(place):
        if name == KEY or name.endswith((SUFFIX, UNFINISHED)):
            with contextlib.suppress(FileNotFoundError):  # another process has replaced it
                found[place / name] = os.lstat(place / name).st_size
    return found


def clear():
    """Remove them, and the folder if it is then empty.

    Raises:
        OSError: something cannot be removed.
    """
    for file in sizes():
        _remove(file)
        with contextlib.suppress(OSError):  # fails until the last file is gone
            file.parent.rmdir()
    _key_in.cache_clear()


# --- the key ----------------------------------------------------------------------------------------------------------


def _key():
    return _key_in(folder()) if folder() is not None else None


@cache
def _key_in(place):
    """The folder's key, which is created if there is none, or none that is secret; None if that fails."""
    file = place / KEY
    for removes in (False, True):  # not at once: another process may have made a key since this one looked
        key = _content(file, KEY_BYTES, KEY_BYTES, secret=True)
        if key is not None:
            return key
        with contextlib.suppress(OSError):
            if removes:
                _remove(file)
            _create(file, secrets.token_bytes(KEY_BYTES))
    return _content(file, KEY_BYTES, KEY_BYTES, secret=True)


# --- files ------------------------------------------------------------------------------------------------------------

_PACKAGE = str(Path(__file__).parents[2])
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _make_private(place):
    """Create a folder, and its missing parents, for this user alone."""
    if not place.is_dir():
        if not place.parent.is_dir():
            _make_private(place.parent)
        place.mkdir(mode=0o700, exist_ok=True)


def _content(file, least, most, secret=False):
    """The bytes of a regular file of this user's with a size between these bounds; None for anything else, such as a
    link or pipe.

    `secret`: None also if others may read it.
    """
    try:
        descriptor = os.open(file, _READ)
    except (OSError, ValueError):  # ValueError: not a file name
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not least <= status.st_size <= most:
            return None
        if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or (secret and status.st_mode & 0o077)):
            return None
        with open(descriptor, "rb", closefd=False) as opened:
            return opened.read()
    except OSError:  # the disk cannot read it
        return None
    finally:
        os.close(descriptor)


def _replace(file, content):
    """Write a file atomically, replacing any that exists.

    Raises:
        OSError: it cannot be written.
    """
    with _unfinished(file, content) as new:
        if file.is_dir():
            _remove(file)
        os.replace(new, file)


def _create(file, content):
    """Write a file atomically, unless another process has written it since.

    Raises:
        OSError: it cannot be written.
    """
    with _unfinished(file, content) as new:
        try:
            os.link(new, file)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            os.replace(new, file)


@contextlib.contextmanager
def _unfinished(file, content):
    """A temporary file next to `file` with this content. At the end, also after an error, it is removed."""
    new = file.with_name(f"{os.getpid()}-{secrets.token_hex(8)}{UNFINISHED}")
    try:
        with open(os.open(new, _WRITE, 0o600), "wb") as opened:
            opened.write(content)
        yield new
    finally:
        with contextlib.suppress(OSError):  # renamed, or never created
            os.unlink(new)


def _remove(path):
    """Remove a file, a link or a folder with its content."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@cache
def _remove_unfinished(place):
    """Remove, once per process, the files of processes that were killed while they wrote."""
    for name in _names(place):
        if name.endswith(UNFINISHED):
            number = name.partition("-")[0]
            with contextlib.suppress(OSError):
                age = time.time() - os.lstat(place / name).st_mtime
                if age > UNFINISHED_SECONDS or not (number.isdecimal() and is_running(int(number))):
                    _remove(place / name)


def _names(place):
    """The first `MAX_FILES` names in a folder; none if there is no folder."""
    try:
        with os.scandir(place) as found:
            return [item.name for item in islice(found, MAX_FILES)]
    except OSError:
        return []


def _digest(identity):
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:16]
