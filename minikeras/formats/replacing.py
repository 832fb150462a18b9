"""Files and folders that are replaced atomically: completely or not at all."""

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path

from minikeras.formats.exchanging import exchange, restore_earlier
from minikeras.formats.temporary import is_temporary, temporary


@contextmanager
def replacing(path):
    """Yields a path next to `path` to write to; at the end of the context that file replaces `path`.

    Any earlier failure, a full disk, a power failure or the end of the process, leaves the earlier file as it was. A
    symbolic link stays one: its target is replaced. Leftovers of earlier processes are removed.

    Raises:
        FileNotFoundError: the folder is not there.
        IsADirectoryError: `path` is a folder.
        OSError: the disk is full, or the file too large for it.
    """
    path = _destination(path)
    if path.is_dir():
        raise IsADirectoryError(f"'{path}' is a folder. Give the name of a file in it.")
    with temporary(path) as unfinished:
        yield unfinished
        _to_disk(unfinished)  # else the new name could reach the disk before the new content
        if path.exists():
            unfinished.chmod(stat.S_IMODE(path.stat().st_mode))
        unfinished.replace(path)
    _name_to_disk(path)


@contextmanager
def replacing_folder(path, own_names):
    """The same for a folder: yields a folder to write into.

    Args:
        path: the final path of the folder.
        own_names: names that a folder of this kind may hold.

    Raises:
        FileExistsError: a folder is there that holds other names, which would be lost.
        OSError: the disk is full.
    """
    path = _destination(path)
    restore_earlier(path)
    if path.exists() and (other := _other_names(path, own_names)):
        raise FileExistsError(f"'{path}' is there already and holds other things: {other[:5]}. Give another name.")
    with temporary(path, is_folder=True) as unfinished:
        yield unfinished
        for inner in unfinished.rglob("*"):
            _to_disk(inner)
        exchange(unfinished, path)
    _name_to_disk(path)


def may_replace(path, overwrite):
    """Whether a file may be written: it does not exist, `overwrite` is True, or the user agrees when asked.

    Raises:
        FileExistsError: there is no terminal to ask at.
    """
    if overwrite or not os.path.exists(path):
        return True
    try:
        answer = input(f"[WARNING] {path} already exists - overwrite? [y/n] ")
        while answer.strip().lower() not in ("y", "n"):
            answer = input('Enter "y" (overwrite) or "n" (cancel): ')
    except (EOFError, OSError) as error:  # OSError: pytest's standard input
        raise FileExistsError(f"'{path}' exists already. Pass `overwrite=True`, or another name.") from error
    return answer.strip().lower() == "y"


def _destination(path):
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"The folder '{path.parent}' is not there. Make it first: `os.makedirs({str(path.parent)!r})`."
        )
    return path


def _other_names(path, own_names):
    """The names in a folder other than those of its kind and temporary files; the path's name if it is no folder."""
    if not path.is_dir():
        return [path.name]
    return sorted(name for name in os.listdir(path) if name not in own_names and not is_temporary(name, own_names))


def _to_disk(path):
    """Flush the content of a file, or the names in a folder, to the disk itself."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no such thing
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name_to_disk(path):
    with suppress(OSError):  # not all file systems can; the new file is there in any case
        _to_disk(path.parent)
