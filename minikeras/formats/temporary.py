"""Makes temporary files and folders next to the ones that they will replace, and removes leftovers.

A process that writes one holds a lock on it, which the operating system releases when the process ends, in any way. So
a temporary file without a lock is a leftover, and the next process that writes the same file removes it.
"""

import os
import re
import secrets
import shutil
import stat
from contextlib import contextmanager

try:
    import fcntl
except ImportError:  # Windows has no such locks: leftovers stay there
    fcntl = None

LONGEST_NAME = 255  # bytes, on the usual file systems
MARK = r"[0-9a-f]{16}\.part"


@contextmanager
def temporary(path, is_folder=False):
    """A new file or folder next to `path`, locked; removed at the end if it is still there."""
    _remove_leftovers(path)
    created, locks = [], []  # filled before each step that Ctrl-C could come after
    try:
        yield _create(path, is_folder, created, locks)
    finally:
        _discard(created, locks)


def _discard(created, locks):
    for lock in locks:
        os.close(lock)
    for path in created:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_temporary(name, of_names):
    """Whether a file's name is that of a temporary file for one of those names."""
    return any(re.fullmatch(re.escape(_stem(other)) + MARK, name) for other in of_names)


def _remove_leftovers(path):
    """Remove the files that processes that died while writing `path` left next to it."""
    if fcntl is None:
        return
    with os.scandir(path.parent) as entries:
        leftovers = [entry for entry in entries if is_temporary(entry.name, (path.name,))]
    for entry in leftovers:
        _remove_if_left(entry)


def _remove_if_left(entry):
    try:
        status = entry.stat(follow_symlinks=False)
        if status.st_uid != os.geteuid() or not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
            return
        lock = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # another process removed it
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)
    except OSError:  # it is being written
        pass
    finally:
        os.close(lock)


def _create(path, is_folder, created, locks):
    """A new path, noted in `created`; the open file that holds its lock is noted in `locks`."""
    mode = 0o600 if path.exists() else 0o666  # a private file must not be readable by others before it is complete
    while True:
        created.append(path.with_name(f"{_stem(path.name)}{secrets.token_hex(8)}.part"))
        if is_folder:
            created[-1].mkdir()
            if fcntl is None:
                return created[-1]
            try:
                locks.append(os.open(created[-1], os.O_RDONLY))
            except FileNotFoundError:  # as in `_locked`
                created.pop()
                continue
        else:
            locks.append(os.open(created[-1], os.O_RDWR | os.O_CREAT | os.O_EXCL, mode))
        if _locked(locks[-1], created[-1]):
            return created[-1]
        os.close(locks.pop())
        created.pop()


def _locked(lock, created):
    """Lock the file. False if another process took it for a leftover before, and removed it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)  # the kind that readers have, whom it does not disturb
        return os.path.samestat(os.fstat(lock), os.stat(created))
    except FileNotFoundError:
        return False
    except OSError:  # a file system without locks
        return True


def _stem(name):
    """The prefix of the names of temporary files for a name, which is truncated if it is long."""
    most = LONGEST_NAME - len(".." + "0" * 16 + ".part")
    return f".{os.fsencode(name)[:most].decode(errors='ignore')}."
