"""HDF5 files, read with care: what such a file can say beyond groups of arrays is refused.

An HDF5 file may contain links to other files, arrays whose bytes lie elsewhere on the disk, and arrays of any declared
size that store nothing. Keras refuses these as well.
"""

import math
import os
from contextlib import contextmanager

import numpy as np

from minikeras.saving.unreadable import UnreadableFileError, missing, unreadable

# An array may declare more bytes than are stored (compression does that). Beyond this size and factor it is a trap.
LARGE, EXPANSION = 1 << 32, 1000


class _UnsafeContentError(Exception):
    """The file holds something that could reach beyond it."""


class _DamagedError(Exception):
    """The file's bytes are not those that were written."""


@contextmanager
def open_hdf5(source, wanted, name=None):
    """The file opened for reading. What goes wrong while it is read is told as an `UnreadableFileError`.

    Args:
        source: path, or a file in memory.
        wanted: what the file should be, such as "a file of Keras weights".
        name: path to name in errors, if `source` is not a path.

    Raises:
        FileNotFoundError: it is not there.
        UnreadableFileError: it is damaged, of another kind, or holds something unsafe.
    """
    import h5py  # 0.1 s, for those who save and load

    name = source if name is None else name
    if isinstance(source, (str, os.PathLike)) and not os.path.exists(source):
        raise missing(os.fspath(source), wanted)
    try:
        file = h5py.File(source, "r")
    except BlockingIOError:
        raise  # another process writes to it, which h5py says well
    except (OSError, RuntimeError) as error:
        raise unreadable(name, wanted, _first_line(error)) from error
    with file:
        try:
            yield file
        except _UnsafeContentError as error:
            raise UnreadableFileError(f"'{name}' is not read, for it may not be what it seems: {error}.") from error
        except _DamagedError as error:
            raise unreadable(name, wanted, _first_line(error)) from error


def group_at(parent, path):
    """The group at a path inside a file or group; None if there is none. Links are refused."""
    import h5py  # see above

    for part in path.split("/"):
        if not _has(parent, part):
            return None
        child = parent[part]
        if not isinstance(child, h5py.Group):
            return None
        parent = child
    return parent


def array_at(group, path):
    """The array at a path inside a group; None if there is none. What lies elsewhere or is a trap is refused."""
    import h5py  # see above

    head, _, name = path.rpartition("/")
    parent = group_at(group, head) if head else group
    if parent is None or not _has(parent, name) or not isinstance(parent[name], h5py.Dataset):
        return None
    dataset = parent[name]
    if dataset.external or dataset.is_virtual:
        raise _UnsafeContentError(f"the array '{dataset.name}' lies in another file")
    declared = math.prod(dataset.shape or ()) * dataset.dtype.itemsize
    stored = dataset.id.get_storage_size()
    if declared > LARGE and declared > EXPANSION * stored:
        raise _UnsafeContentError(f"the array '{dataset.name}' declares {declared} bytes, but {stored} are stored")
    try:
        array = np.asarray(dataset)
    except (OSError, RuntimeError) as error:
        raise _DamagedError(f"the array '{dataset.name}' cannot be read") from error
    return _from_bfloat16(array) if dataset.attrs.get("dtype") in ("bfloat16", b"bfloat16") else array


def arrays_in(group):
    """{name: array} of the arrays directly in a group; empty for None."""
    found = {name: array_at(group, name) for name in group} if group is not None else {}
    return {name: array for name, array in found.items() if array is not None}


def texts(group, name):
    """A list of texts among a group's attributes; empty if there is none.

    One attribute holds at most 64 kB, so that long lists are spread over `name0`, `name1`, …
    """
    values = [group.attrs[name]] if name in group.attrs else []
    while name not in group.attrs and f"{name}{len(values)}" in group.attrs:
        values.append(group.attrs[f"{name}{len(values)}"])
    return [text(item) for part in values for item in part]


def text(value):
    """What an attribute says, whether it was stored as bytes or as text."""
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _has(parent, name):
    import h5py  # see above

    try:
        link = parent.get(name, getlink=True) if name else None
    except (OSError, RuntimeError) as error:
        raise _DamagedError(f"'{parent.name}' cannot be read") from error
    if link is None:
        return False
    if not isinstance(link, h5py.HardLink):
        kind = "another file" if isinstance(link, h5py.ExternalLink) else "another place"
        raise _UnsafeContentError(f"'{parent.name}/{name}' is a link to {kind}")
    return True


def _from_bfloat16(array):
    """NumPy has no bfloat16; its bytes are the upper half of a float32's."""
    return (array.view("uint16").astype("uint32") << 16).view("float32")


def _first_line(error):
    return str(error).split("\n")[0][:200]
