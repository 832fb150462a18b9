"""Lets one process or thread run at a time, by locking a file.

The operating system releases the lock when the process ends, in any way, so a leftover lock file locks nothing.
"""

import contextlib
import hashlib
import os

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LONGEST_NAME = 255  # bytes, on the usual file systems
_FLAGS = os.O_RDONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@contextlib.contextmanager
def exclusive(path, on_wait=None):
    """Hold a lock on the file `path`, which is created if necessary, and removed at the end.

    Args:
        path: the lock file, which serves no other purpose.
        on_wait: called once if the lock is held elsewhere, before waiting for it.

    Yields:
        Whether the lock is held: False where the system or its file system has no such locks.
    """
    if fcntl is None:
        yield False
        return
    handle, is_held = _acquire(path, on_wait)
    try:
        yield is_held
    finally:
        if is_held:
            path.unlink(missing_ok=True)  # while it is held: those who wait see below that this file is no longer it
            fcntl.flock(handle, fcntl.LOCK_UN)  # closing is not enough if the process was forked meanwhile
        os.close(handle)


def _acquire(path, on_wait):
    """(open lock file, whether it is locked). It is locked twice if its last holder removed it in between."""
    while True:
        handle = os.open(path, _FLAGS, 0o666)
        try:
            if not _lock(handle, on_wait):
                return handle, False
            if _is_at(path, handle):
                return handle, True
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle, on_wait):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        if on_wait is not None:
            on_wait()
    except OSError:  # a file system without locks
        return False
    fcntl.flock(handle, fcntl.LOCK_EX)
    return True


def _is_at(path, handle):
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def beside(path, suffix):
    """`path` with `suffix` after its name, which is shortened where that would be too long for a file system."""
    name = os.fsencode(path.name)
    if len(name) + len(suffix) > LONGEST_NAME:
        digest = hashlib.sha256(name).hexdigest()[:16]
        name = name[: LONGEST_NAME - len(digest) - len(suffix) - 1]
        return path.with_name(f"{name.decode(errors='ignore')}-{digest}{suffix}")
    return path.with_name(path.name + suffix)
