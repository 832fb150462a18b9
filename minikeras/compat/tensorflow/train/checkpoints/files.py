"""The files of a checkpoint: `prefix.npz` has names and values, `prefix.index` is a readable list of them.

The format is minikeras's own; TensorFlow's can be read too (`formats/saved_model/tensor_bundle.py`). The index is JSON,
and the data are arrays without Python objects, so reading a file never runs code from it. Both files are written
atomically, the index last: without it there is no checkpoint. The latest checkpoint is recorded in a file named
"checkpoint", in TensorFlow's text format.
"""

import json
import os
import re
import time
import zipfile

import numpy as np

from minikeras.base.errors import DataLossError, NotFoundError
from minikeras.collectives.writing import on_first_rank
from minikeras.formats.npz import write_npz
from minikeras.formats.replacing import replacing
from minikeras.formats.saved_model.tensor_bundle import TensorBundle

__all__ = [
    "checkpoints_iterator",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
]

FORMAT = "minikeras checkpoint 1"
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"  # a key of TensorFlow's, which describes the objects
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"  # of the keys under which TensorFlow keeps Variables


def write(prefix, values):
    """Write {key: array} as a checkpoint."""
    prefix = os.fspath(prefix)
    os.makedirs(os.path.dirname(prefix) or ".", exist_ok=True)
    keys = list(values)
    strings = [key for key in keys if np.asarray(values[key]).dtype == object]
    if strings:
        raise ValueError(f"A checkpoint keeps numbers. Received: strings for {strings}")
    arrays = {f"array_{i}": np.asarray(values[key]) for i, key in enumerate(keys)}  # keys may hold any characters
    write_npz(f"{prefix}.npz", {"keys": np.array(keys, str), **arrays})
    contents = {
        key: {"shape": list(a.shape), "dtype": a.dtype.name} for key, a in zip(keys, arrays.values(), strict=True)
    }
    index = json.dumps({"format": FORMAT, "contents": contents}, indent=1)
    _write_text(f"{prefix}.index", index)


def read(prefix):
    """{key: array} of a checkpoint, minikeras's or TensorFlow's.

    Raises:
        NotFoundError: there is no such checkpoint.
        DataLossError: it is damaged or has another format.
    """
    prefix = os.fspath(prefix)
    if not os.path.exists(f"{prefix}.index"):
        raise NotFoundError(
            None,
            None,
            f"There is no checkpoint {prefix!r}: no file {prefix}.index. Is the number at the end missing, as in "
            f"'ckpt-1'?{_hint(prefix)}",
        )
    if not os.path.exists(f"{prefix}.npz"):
        bundle = TensorBundle(prefix)
        return {key: bundle[key] for key in bundle}
    try:
        with np.load(f"{prefix}.npz", allow_pickle=False) as archive:
            keys = archive["keys"].tolist()
            return {key: archive[f"array_{i}"] for i, key in enumerate(keys)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataLossError(None, None, f"The checkpoint {prefix!r} cannot be read: {error}.") from error


def remove(prefix):
    """Delete the files of a checkpoint."""
    for ending in (".index", ".npz"):
        if os.path.exists(prefix + ending):
            os.remove(prefix + ending)


def _hint(prefix):
    found = latest_checkpoint(prefix) if os.path.isdir(prefix) else None
    return f" In that directory the latest is {found!r}." if found else ""


def _write_text(path, text):
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


# --- which is the latest ----------------------------------------------------------------------------------------------


class CheckpointState:
    """The content of the file "checkpoint" of a directory.

    Attributes:
        model_checkpoint_path: the latest checkpoint.
        all_model_checkpoint_paths: all that are kept, the oldest first.
        all_model_checkpoint_timestamps: when they were written.
        last_preserved_timestamp: when the last permanently kept one was written.
    """

    def __init__(self, model_checkpoint_path, all_paths, timestamps=(), last_preserved=None):
        self.model_checkpoint_path = model_checkpoint_path
        self.all_model_checkpoint_paths = list(all_paths)
        self.all_model_checkpoint_timestamps = list(timestamps)
        self.last_preserved_timestamp = last_preserved


@on_first_rank
def write_state(directory, state, latest_filename=None):
    """Write the file "checkpoint"; paths inside the directory are written relative to it."""
    lines = [f'model_checkpoint_path: "{_relative(state.model_checkpoint_path, directory)}"']
    lines += [f'all_model_checkpoint_paths: "{_relative(p, directory)}"' for p in state.all_model_checkpoint_paths]
    lines += [f"all_model_checkpoint_timestamps: {t!r}" for t in state.all_model_checkpoint_timestamps]
    if state.last_preserved_timestamp is not None:
        lines.append(f"last_preserved_timestamp: {state.last_preserved_timestamp!r}")
    path = os.path.join(directory, latest_filename or "checkpoint")
    _write_text(path, "\n".join([*lines, ""]))


def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """The `CheckpointState` of a directory; None if it has none."""
    path = os.path.join(checkpoint_dir, latest_filename or "checkpoint")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        pairs = re.findall(r'^(\w+): "?(.*?)"?$', file.read(), re.MULTILINE)

    def all_of(name):
        return [value for key, value in pairs if key == name]

    latest = all_of("model_checkpoint_path")
    if not latest:
        return None
    preserved = all_of("last_preserved_timestamp")
    return CheckpointState(
        _absolute(latest[0], checkpoint_dir),
        [_absolute(p, checkpoint_dir) for p in all_of("all_model_checkpoint_paths")],
        [float(t) for t in all_of("all_model_checkpoint_timestamps")],
        float(preserved[0]) if preserved else None,
    )


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """The path (without ending) of the latest checkpoint in a directory; None if there is none."""
    state = get_checkpoint_state(os.fspath(checkpoint_dir), latest_filename)
    if state is None or not os.path.exists(f"{state.model_checkpoint_path}.index"):
        return None
    return state.model_checkpoint_path


def checkpoints_iterator(checkpoint_dir, min_interval_secs=0, timeout=None, timeout_fn=None):
    """Each new latest checkpoint of a directory, as it appears.

    Args:
        checkpoint_dir: the directory.
        min_interval_secs: minimum time between two of them.
        timeout: seconds to wait for the next; None waits forever.
        timeout_fn: called after the timeout; if it returns True, the iteration ends. If None, it always ends.
    """
    last = None
    while True:
        started = time.monotonic()
        while (found := latest_checkpoint(checkpoint_dir)) in (None, last):
            if timeout is not None and time.monotonic() - started > timeout:
                if timeout_fn is None or timeout_fn():
                    return
                started = time.monotonic()
            time.sleep(min(1.0, timeout or 1.0) / 4)
        last, shown = found, time.monotonic()
        yield found
        time.sleep(max(0.0, min_interval_secs - (time.monotonic() - shown)))


def _relative(path, directory):
    return os.path.relpath(path, directory) if os.path.isabs(path) == os.path.isabs(directory) else path


def _absolute(path, directory):
    return path if os.path.isabs(path) else os.path.join(directory, path)


# --- looking into one -------------------------------------------------------------------------------------------------


class CheckpointReader:
    """The contents of one checkpoint, returned by `load_checkpoint`."""

    def __init__(self, prefix):
        self._values = read(prefix)

    def get_variable_to_shape_map(self):
        """{key: shape as a list}."""
        return {key: list(value.shape) for key, value in self._values.items()}

    def get_variable_to_dtype_map(self):
        """{key: dtype}."""
        return {key: value.dtype.name for key, value in self._values.items()}

    def has_tensor(self, tensor_str):
        """Whether the checkpoint has a key."""
        return tensor_str in self._values

    def get_tensor(self, tensor_str):
        """The array of a key."""
        return self._values[tensor_str]


def load_checkpoint(ckpt_dir_or_file):
    """A `CheckpointReader` for a checkpoint, or for the latest one in a directory.

    Raises:
        ValueError: the directory has none.
        NotFoundError: there is no checkpoint of that name.
    """
    path = os.fspath(ckpt_dir_or_file)
    if os.path.isdir(path):
        found = latest_checkpoint(path)
        if found is None:
            raise ValueError(f"There is no checkpoint in the folder {path}")
        path = found
    return CheckpointReader(path)


def list_variables(ckpt_dir_or_file):
    """Pairs (key, shape) of everything in a checkpoint, sorted by key."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file, name):
    """The array of one key of a checkpoint; ":0" at the end of the name is ignored."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))
