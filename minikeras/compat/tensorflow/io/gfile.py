"""`tf.io.gfile`: files and folders, for paths on this machine."""

import io
import os
import shutil
from contextlib import contextmanager

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    NotFoundError,
    PermissionDeniedError,
    UnimplementedError,
)
from minikeras.data.pipeline.files import matching_files
from minikeras.tensors.strings.elementwise import path_of

__all__ = [
    "GFile",
    "copy",
    "exists",
    "get_registered_schemes",
    "glob",
    "isdir",
    "join",
    "listdir",
    "makedirs",
    "mkdir",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]


def _local(path):
    """A path on this machine.

    Raises:
        UnimplementedError: the path is on another system, such as "gs://…".
    """
    path = path_of(path)
    scheme, found, rest = path.partition("://")
    if not found:
        return path
    if scheme == "file":
        return rest
    raise UnimplementedError(None, None, f"File system scheme '{scheme}' not implemented (file: '{path}')")


_ERRORS = {
    FileNotFoundError: (NotFoundError, "No such file or directory"),
    IsADirectoryError: (FailedPreconditionError, "Is a directory"),
    NotADirectoryError: (NotFoundError, "Could not find such a directory"),
    PermissionError: (PermissionDeniedError, "Permission denied"),
    OSError: (FailedPreconditionError, None),
}


@contextmanager
def _as_tensorflow_reports():
    """Raise errors of the system as TensorFlow's: a context manager and decorator."""
    try:
        yield
    except io.UnsupportedOperation as error:  # such as "not readable"
        raise PermissionDeniedError(None, None, f"The file is {error}: see `mode`.") from None
    except OSError as error:
        kind, text = next(found for python, found in _ERRORS.items() if isinstance(error, python))
        raise kind(None, None, f"{error.filename}; {text or error.strerror}") from None


class GFile:
    """A file, to be read and written like Python's.

    `read` returns text, or bytes if `mode` has a "b".

    Args:
        name: path.
        mode: "r", "w", "a", "r+", "w+" or "a+", with "b" for bytes.
    """

    _opened = None

    def __init__(self, name, mode="r"):
        if mode.replace("b", "") not in ("r", "w", "a", "r+", "w+", "a+"):
            raise ValueError(
                f"`mode` must be 'r', 'w', 'a', 'r+', 'w+' or 'a+', with or without 'b'. Received: {mode!r}"
            )
        self._name, self._mode = name, mode

    @property
    def name(self):
        """The path, as it was given."""
        return self._name

    @property
    def mode(self):
        """The mode."""
        return self._mode

    @property
    def _file(self):
        """The open file; TensorFlow too opens it at its first use."""
        if self._opened is None:
            options = {} if "b" in self._mode else {"encoding": "utf-8"}
            self._opened = open(_local(self._name), self._mode, **options)  # noqa: SIM115
        return self._opened

    @_as_tensorflow_reports()
    def read(self, n=-1):
        """The next `n` characters or bytes; the rest if −1."""
        return self._file.read(n)

    @_as_tensorflow_reports()
    def readline(self):
        """The next line with its end."""
        return self._file.readline()

    @_as_tensorflow_reports()
    def readlines(self):
        """All remaining lines."""
        return self._file.readlines()

    @_as_tensorflow_reports()
    def write(self, file_content):
        """Write text or bytes."""
        self._file.write(file_content)

    @_as_tensorflow_reports()
    def seek(self, offset=None, whence=0, position=None):
        """Set the position."""
        self._file.seek(position if offset is None else offset, whence)

    def seekable(self):
        """True."""
        return True

    @_as_tensorflow_reports()
    def tell(self):
        """The position in the file."""
        return self._file.tell()

    @_as_tensorflow_reports()
    def size(self):
        """The size in bytes."""
        return os.path.getsize(_local(self._name))

    def flush(self):
        """Flush written data to the system."""
        if self._opened is not None:
            self._opened.flush()

    @_as_tensorflow_reports()
    def close(self):
        """Close the file."""
        if "w" in self._mode and self._opened is None:
            self._file.flush()  # makes an empty file
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def __del__(self):
        if self._opened is not None:  # left open; scripts often read in one line
            self._opened.close()

    @_as_tensorflow_reports()
    def __iter__(self):
        return iter(self._file)

    def __next__(self):
        return next(self._file)

    def __enter__(self):
        return self

    def __exit__(self, exception_type, exception, traceback):
        self.close()


def exists(path):
    """Whether there is such a file or folder."""
    return os.path.exists(_local(path))


def isdir(path):
    """Whether it is a folder."""
    return os.path.isdir(_local(path))


def glob(pattern):
    """The paths that match a pattern (or one of a list)."""
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike, Tensor)) else pattern
    return [path.decode() for each in patterns for path in matching_files(_local(each))]


@_as_tensorflow_reports()
def listdir(path):
    """The names in a folder."""
    return os.listdir(_existing(path))


@_as_tensorflow_reports()
def makedirs(path):
    """Create a folder, and its parents; no effect if it exists."""
    os.makedirs(_local(path), exist_ok=True)


@_as_tensorflow_reports()
def mkdir(path):
    """Create a folder in an existing one; no effect if it exists."""
    if not os.path.isdir(_local(path)):
        os.mkdir(_local(path))


@_as_tensorflow_reports()
def remove(path):
    """Delete a file."""
    os.remove(_existing(path))


@_as_tensorflow_reports()
def rmtree(path):
    """Delete a folder and its contents."""
    shutil.rmtree(_existing(path))


@_as_tensorflow_reports()
def rename(src, dst, overwrite=False):
    """Move a file or folder."""
    os.replace(_existing(src), _free(dst, overwrite))


@_as_tensorflow_reports()
def copy(src, dst, overwrite=False):
    """Copy a file."""
    shutil.copyfile(_existing(src), _free(dst, overwrite))


def stat(path):
    """The file's attributes, with its size as `length`."""
    return FileStatistics(_existing(path))


class FileStatistics:
    """`length` in bytes, `mtime_nsec`, `is_directory`."""

    def __init__(self, path):
        found = os.stat(path)
        self.length, self.mtime_nsec, self.is_directory = found.st_size, found.st_mtime_ns, os.path.isdir(path)


def walk(top, topdown=True, onerror=None):
    """(folder, names of folders in it, names of files in it) for a folder and all below it."""
    return os.walk(_local(top), topdown, onerror)


def join(path, *paths):
    """Parts of a path as one."""
    return os.path.join(path, *paths)


def get_registered_schemes():
    """The kinds of paths: those on this machine."""
    return ["", "file"]


def _existing(path):
    path = _local(path)
    if not os.path.exists(path):
        raise NotFoundError(None, None, f"{path}; No such file or directory")
    return path


def _free(path, overwrite):
    path = _local(path)
    if os.path.exists(path) and not overwrite:
        raise AlreadyExistsError(None, None, f"file already exists: {path}. Use overwrite=True.")
    return path
