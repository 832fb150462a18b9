"""Exchanges the names of two folders, so that there is always one under each."""

import ctypes
import os
import shutil
import sys
from functools import cache

LINUX_EXCHANGE, LINUX_HERE, MAC_SWAP = 2, -100, 2  # RENAME_EXCHANGE, AT_FDCWD, RENAME_SWAP


def exchange(folder, path):
    """Give a folder the name `path`, and the folder that had it, if there is one, the name `folder`.

    If the system cannot exchange names, the earlier folder briefly has another name; see `restore_earlier`.
    """
    if not path.exists():
        folder.rename(path)
    elif not _exchanged(os.fsencode(folder), os.fsencode(path)):
        earlier = _name_of_earlier(path)
        path.rename(earlier)
        folder.rename(path)
        shutil.rmtree(earlier, ignore_errors=True)


def restore_earlier(path):
    """Restore the earlier folder if a process died between renaming it and putting the new one in its place."""
    earlier = _name_of_earlier(path)
    if earlier.is_dir():
        if path.exists():
            shutil.rmtree(earlier, ignore_errors=True)
        else:
            earlier.rename(path)


def _name_of_earlier(path):
    return path.with_name(f".{path.name[:200]}.earlier")


def _exchanged(first, second):
    """Exchange two names by the system's own function. False if it has none, or not for this file system."""
    function = _function()
    return function is not None and function(first, second) == 0


@cache
def _function():
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "renameat2"):
        return lambda first, second: library.renameat2(LINUX_HERE, first, LINUX_HERE, second, LINUX_EXCHANGE)
    if sys.platform == "darwin" and hasattr(library := ctypes.CDLL(None), "renamex_np"):
        return lambda first, second: library.renamex_np(first, second, MAC_SWAP)
    return None
