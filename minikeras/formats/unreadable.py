"""Errors about files that are not what their names promise, with a guess of what they are, and the fix."""

import os

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
ZIP_SIGNATURE = b"PK\x03\x04"
PICKLE_VERSIONS = (b"\x02", b"\x03", b"\x04", b"\x05")


class UnreadableFileError(OSError, ValueError):
    """A file is damaged, of another kind, or asks for too much. It is both an OSError and a ValueError, since Keras
    raises sometimes the one and sometimes the other."""


class UnreadableConfigError(TypeError, ValueError):
    """A file describes an object that cannot be made. (Keras raises TypeError, other faults of files are ValueErrors:
    this is both.)"""


def unreadable(path, wanted, reason=""):
    """The error for a file that could not be read.

    Args:
        path: of the file.
        wanted: the kind of file it should be, such as "a `.keras` archive".
        reason: why it is refused.
    """
    detail = f" ({reason})" if reason else ""
    return UnreadableFileError(f"'{path}' is not {wanted}: {_seems_to_be(path)}{detail}")


def unsafe(path, reason):
    """The error for a file whose content could reach beyond the file."""
    return UnreadableFileError(f"'{path}' is not read, for it may not be what it seems: {reason}.")


def missing(path, wanted):
    """The error for a file that is not there, with the files of the same ending next to it."""
    folder, ending = os.path.dirname(path) or ".", os.path.splitext(path)[1]
    if not os.path.isdir(folder):
        return FileNotFoundError(f"There is no file '{path}' to read {wanted} from: the folder is not there either.")
    similar = sorted(name for name in os.listdir(folder) if name.endswith(ending))[:5]
    return FileNotFoundError(
        f"There is no file '{path}' to read {wanted} from."
        + (f" In the same folder: {', '.join(similar)}." if similar else "")
    )


def open_file(path, wanted):
    """A file opened for reading in binary.

    Raises:
        FileNotFoundError: it is not there.
        UnreadableFileError: it is a folder, or a device or pipe, which may have no end.
        OSError: the system does not allow it.
    """
    path = os.fspath(path)
    if not os.path.exists(path):
        raise missing(path, wanted)
    if not os.path.isfile(path):
        raise unreadable(path, wanted)
    return open(path, "rb")


def few(names):
    """The first of many names, and how many more there are."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _seems_to_be(path):
    if os.path.isdir(path):
        return folder_kind(path)
    if os.path.exists(path) and not os.path.isfile(path):
        return "it is a device or a pipe. Give the name of a file."
    if not os.path.exists(path):
        return "that part of the file is damaged. Copy or download the file again, or take an earlier copy."
    size = os.path.getsize(path)
    if not size:
        return "it is empty. The writing of it was interrupted; take an earlier copy."
    with open(path, "rb") as file:
        head = file.read(64)
    if head.startswith(HDF5_SIGNATURE):
        if str(path).endswith((".h5", ".hdf5")):
            return f"it is cut off or damaged ({size} bytes). Copy or download it again, or take an earlier copy."
        return "it is an HDF5 file. Rename it to end in `.h5`, or in `.weights.h5` if it holds weights alone."
    if head.startswith(ZIP_SIGNATURE):
        if str(path).endswith((".keras", ".npz")):
            return f"it is cut off or damaged ({size} bytes). Copy or download it again, or take an earlier copy."
        return "it is a zip archive. If it is a Keras model, rename it to end in `.keras`."
    if head[:1] == b"\x80" and head[1:2] in PICKLE_VERSIONS:
        return "it is a pickle, which can run code when it is read, so it is not. Write the arrays with `numpy.savez`."
    if head.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS, not the file itself. Get that with `git lfs pull`."
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "it is a web page, saved in place of the file. Download the file itself."
    return f"it is a file of another kind (it begins with {head[:12]!r})."


def folder_kind(path):
    """A guess what a folder passed in place of a file is, and the fix."""
    names = os.listdir(path)
    if "saved_model.pb" in names or "saved_model.pbtxt" in names:
        return (
            "it is a SavedModel, TensorFlow's format of functions, which has no layers. Call it by "
            "`keras.layers.TFSMLayer(path, call_endpoint='serving_default')`. For a model with layers, write "
            "`model.save('model.keras')` where it was made (in Keras 2.12 or later, or `model.save('model.h5')` "
            "before), and load that file."
        )
    if "checkpoint" in names or any(name.endswith(".index") for name in names):
        return (
            "it is a folder of TensorFlow checkpoints. Where they were made, write "
            "`model.save_weights('model.weights.h5')` instead, and load that file."
        )
    return f"it is a folder, which holds {sorted(names)[:5]}."
