"""Files and folders that appear whole or not at all."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path):
    """Within it, write to the path that it gives, beside `path`; at its end that file takes the place of `path`.

    Whatever goes wrong before, a full disk or a power failure, leaves the earlier file as it was. A symbolic link stays
    one: what it points to is replaced.

    Raises:
        FileNotFoundError: the folder is not there.
        IsADirectoryError: `path` is a folder.
    """
    path = _destination(path)
    if path.is_dir():
        raise IsADirectoryError(f"'{path}' is a folder. Give the name of a file in it.")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())  # else the new name could reach the disk before the new content
        unfinished.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path, own_names):
    """The same for a folder: within it, write into the folder that it gives.

    Args:
        path: where the folder is to be.
        own_names: names that a folder of this kind may hold.

    Raises:
        FileExistsError: a folder is there that holds other names, which would be lost.
    """
    path = _destination(path)
    if path.exists():
        other = sorted(set(os.listdir(path)) - set(own_names)) if path.is_dir() else [path.name]
        if other:
            raise FileExistsError(f"'{path}' is there already and holds other things: {other[:5]}. Give another name.")
    unfinished = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield unfinished
        unfinished.chmod(0o777 & ~_umask())
        earlier = unfinished.with_suffix(".earlier")
        if path.exists():
            path.replace(earlier)
        unfinished.replace(path)
        shutil.rmtree(earlier, ignore_errors=True)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def may_replace(path, overwrite):
    """Whether a file may be written: it is not there, `overwrite` is True, or the user says yes when asked.

    Raises:
        FileExistsError: there is nobody to ask.
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


def _umask():
    mask = os.umask(0)  # there is no way to ask without setting
    os.umask(mask)
    return mask
