"""`.keras` files: a whole model in a zip archive, or in a folder with the same content.

    metadata.json       {"keras_version", "date_saved"}
    config.json         the architecture, and the arguments of `compile`
    model.weights.h5    weights and the optimizer's state, see `state.py`
    assets/             files that layers wrote

Reading one runs no code of the file's. What the config names is looked up among Keras's own classes and those that the
user has registered or given; a lambda, which is code, is refused unless `safe_mode=False`.
"""

import datetime
import io
import json
import os
import shutil
import tempfile
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from minikeras.limits import parse_json, reading
from minikeras.saving.hdf5 import open_hdf5
from minikeras.saving.legacy_config import modern_model_config
from minikeras.saving.replacing import replacing, replacing_folder
from minikeras.saving.state import read_state, write_state
from minikeras.saving.unreadable import UnreadableFileError, missing, unreadable
from minikeras.serialization import CustomObjectScope, deserialize_keras_object, serialize_keras_object

METADATA, CONFIG, WEIGHTS, ASSETS = "metadata.json", "config.json", "model.weights.h5", "assets"
KERAS_VERSION = "3.15.1"  # whose format this is
WANTED = "a `.keras` archive"

# Members may be compressed, though Keras does not. Beyond this size and factor one is a trap that fills the memory.
LARGE, EXPANSION = 1 << 28, 100


def write_archive(model, filepath):
    """Write a model to a `.keras` file. An earlier file of that name is replaced only by a whole one."""
    metadata, config = _described(model)
    with tempfile.TemporaryDirectory() as folder, replacing(filepath) as unfinished:
        assets = Path(folder, ASSETS)
        weights = _weights_in_memory(model, assets)
        with zipfile.ZipFile(unfinished, "w") as archive:
            archive.writestr(METADATA, metadata)
            archive.writestr(CONFIG, config)
            archive.writestr(WEIGHTS, weights)
            for path in sorted(assets.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder).as_posix())


def write_folder(model, folder):
    """Write a model to a folder with the content of a `.keras` file, but not zipped."""
    metadata, config = _described(model)
    with replacing_folder(folder, own_names=(METADATA, CONFIG, WEIGHTS, ASSETS)) as unfinished:
        Path(unfinished, METADATA).write_text(metadata, encoding="utf-8")
        Path(unfinished, CONFIG).write_text(config, encoding="utf-8")
        Path(unfinished, WEIGHTS).write_bytes(_weights_in_memory(model, Path(unfinished, ASSETS)))
        for path in sorted([Path(unfinished, ASSETS), *Path(unfinished, ASSETS).rglob("*")], reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def read_model(filepath, custom_objects=None, compile=True, safe_mode=None):
    """The model of a `.keras` file or of such a folder, with its weights, and its optimizer's state if compiled.

    Raises:
        UnreadableFileError: the file is damaged or of another kind.
        ValueError: a lambda in safe mode, or weights that do not fit.
        TypeError: a class of the user's own that is neither registered nor among `custom_objects`.
    """
    with opened(filepath) as content:
        config = content.json(CONFIG)
        if not isinstance(config, dict) or "class_name" not in config:
            raise unreadable(filepath, WANTED, f"{CONFIG} describes no model")
        with CustomObjectScope(custom_objects), reading(config, memory_limit=memory_for_weights(content.size)):
            if content.keras_version().startswith("2."):
                config = modern_model_config(config)
            model = model_from(config, custom_objects, compile, safe_mode)
        with stored_weights(content) as file, content.assets() as assets:
            read_state(model, file, filepath, assets)
    return model


def memory_for_weights(size):
    """The bytes that the variables of a model may take that is read from a file of `size` bytes.

    Many times as many, for weights may be compressed, and optimizers keep up to five slots for each of them, which are
    not in the file before the first step; and 256 MiB for what no file holds, such as the state of metrics.
    """
    return 16 * (size + (16 << 20))


def model_from(config, custom_objects=None, compile=True, safe_mode=None):
    """The model that a config describes, without weights; compiled as it says, unless `compile` is False."""
    if not compile:
        config = {**config, "compile_config": None}
    return deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)


def read_weights(model, filepath, skip_mismatch=False):
    """Set the weights of a model from a `.keras` file, whose config is not looked at."""
    with opened(filepath) as content, stored_weights(content) as file:
        read_state(model, file, filepath, skip_mismatch=skip_mismatch)


def _described(model):
    """The texts of metadata.json and config.json."""
    if not model.built:
        warnings.warn(
            f"You are saving model '{model.name}', which is not built yet, so it has no weights to save. Call it on "
            "some data first, or `build(input_shape)`.",
            stacklevel=5,
        )
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = json.dumps({"keras_version": KERAS_VERSION, "date_saved": now})
    return metadata, json.dumps(serialize_keras_object(model))


def _weights_in_memory(model, assets):
    """The bytes of an HDF5 file with the model's state; files beside it are written to `assets`."""
    import h5py  # 0.1 s, for those who save and load

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        write_state(model, file, assets)
    return memory.getbuffer()


def stored_weights(content):
    """The open HDF5 file in an archive or folder."""
    return open_hdf5(content.weights(), "a file of Keras weights", f"{content.path}/{WEIGHTS}")


# --- what is in an archive or folder ----------------------------------------------------------------------------------


@contextmanager
def opened(filepath):
    """The content of a `.keras` file or of such a folder: `json(name)`, `keras_version()`, `weights()`, `assets()`."""
    path = os.fspath(filepath)
    if os.path.isdir(path):
        yield _Folder(path)
        return
    if not os.path.exists(path):
        raise missing(path, "a model")
    try:
        with zipfile.ZipFile(path) as archive:
            yield _Archive(path, archive)
    except (zipfile.BadZipFile, EOFError) as error:
        raise unreadable(path, WANTED, str(error)) from error


class _Content:
    """What an archive and a folder have in common."""

    def keras_version(self):
        """The version of the Keras that wrote it."""
        metadata = self.json(METADATA)
        return str(metadata.get("keras_version")) if isinstance(metadata, dict) else ""


class _Archive(_Content):
    """The content of a `.keras` file."""

    def __init__(self, path, archive):
        self.path, self._archive, self.size = path, archive, os.path.getsize(path)
        self._names = archive.namelist()
        for info in archive.infolist():
            if info.file_size > LARGE and info.file_size > EXPANSION * info.compress_size:
                raise UnreadableFileError(
                    f"'{path}' is not read, for it may not be what it seems: '{info.filename}' declares "
                    f"{info.file_size} bytes, but {info.compress_size} are stored."
                )

    def json(self, name):
        """A member's JSON."""
        return _parsed(self._bytes(name), self.path, name)

    def weights(self):
        """A file in memory with the weights."""
        return io.BytesIO(self._bytes(WEIGHTS))

    @contextmanager
    def assets(self):
        """A folder with the assets, there as long as it is needed; None if there are none."""
        members = [info for info in self._archive.infolist() if info.filename.startswith(f"{ASSETS}/")]
        if not members:
            yield None
            return
        with tempfile.TemporaryDirectory() as folder:
            for info in members:
                self._extract(info, folder)
            yield Path(folder, ASSETS)

    def _extract(self, info, folder):
        parts = PurePosixPath(info.filename).parts
        is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
        if is_link or ".." in parts or "\\" in info.filename or ":" in info.filename:
            raise UnreadableFileError(
                f"'{self.path}' is not read, for it may not be what it seems: its member '{info.filename}' would be "
                "written to another place than its own."
            )
        target = Path(folder, *parts)
        if info.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._archive.open(info) as source, open(target, "xb") as copy:
            shutil.copyfileobj(source, copy)

    def _bytes(self, name):
        if name not in self._names:
            raise unreadable(self.path, WANTED, f"it holds no {name}, only {self._names[:5]}")
        try:
            return self._archive.read(name)
        except (RuntimeError, NotImplementedError, ValueError) as error:  # encrypted, or compressed in an unknown way
            raise unreadable(self.path, WANTED, str(error)) from error


class _Folder(_Content):
    """The content of a folder that holds what a `.keras` file does."""

    def __init__(self, path):
        self.path = path
        self.size = os.path.getsize(self.weights()) if os.path.exists(self.weights()) else 0

    def json(self, name):
        """A file's JSON."""
        if not os.path.exists(os.path.join(self.path, name)):
            raise unreadable(self.path, "a folder with a model", f"it holds no {name}")
        return _parsed(Path(self.path, name).read_bytes(), self.path, name)

    def weights(self):
        """Path of the weights."""
        return os.path.join(self.path, WEIGHTS)

    @contextmanager
    def assets(self):
        """The folder with the assets; None if there are none."""
        folder = Path(self.path, ASSETS)
        yield folder if folder.is_dir() else None


def _parsed(content, path, name):
    try:
        return parse_json(content)
    except json.JSONDecodeError as error:
        raise unreadable(path, WANTED, f"{name} is no JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise unreadable(path, WANTED, f"{name} is no text: {error}") from error
    except ValueError as error:
        raise UnreadableFileError(f"'{path}' is not read: {name}: {error}") from error
