"""`.keras` files: a whole model in a zip archive, or in a folder with the same content.

    metadata.json       {"keras_version", "date_saved"}
    config.json         the architecture, and the arguments of `compile`
    model.weights.h5    weights and the optimizer's state, see `state.py`
    assets/             files that layers wrote

Reading one runs no code from the file. The names in the config are looked up among Keras's own classes and those that
the user has registered or passed; a lambda, which is code, is refused unless `safe_mode=False`.
"""

import datetime
import json
import os
import tempfile
import zipfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from minikeras.base.limits import parse_json, reading
from minikeras.base.messages import warn
from minikeras.formats.budget import check_json_size, file_budget, variables_limit
from minikeras.formats.hdf5 import hdf5_image, open_hdf5
from minikeras.formats.replacing import replacing, replacing_folder
from minikeras.formats.unreadable import UnreadableFileError, unreadable
from minikeras.formats.zip_archive import open_zip
from minikeras.saving.legacy_config import modern_model_config
from minikeras.saving.state import read_state, write_state
from minikeras.serialization import CustomObjectScope, deserialize_keras_object, serialize_keras_object

METADATA, CONFIG, WEIGHTS, ASSETS = "metadata.json", "config.json", "model.weights.h5", "assets"
KERAS_VERSION = "3.15.1"  # whose format this is
WANTED = "a `.keras` archive"
WRITTEN_PER_NEEDED_BYTE = 2  # weights may be float64 where the model has float32


def write_archive(model, filepath):
    """Write a model to a `.keras` file, atomically."""
    metadata, config = _described(model)
    with tempfile.TemporaryDirectory() as folder, replacing(filepath) as unfinished:
        assets = Path(folder, ASSETS)
        weights = hdf5_image(lambda file: write_state(model, file, assets))
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
        weights = hdf5_image(lambda file: write_state(model, file, Path(unfinished, ASSETS)))
        Path(unfinished, WEIGHTS).write_bytes(weights)
        for path in sorted([Path(unfinished, ASSETS), *Path(unfinished, ASSETS).rglob("*")], reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def read_model(filepath, custom_objects=None, compile=True, safe_mode=None):
    """The model of a `.keras` file or of such a folder, with its weights, and its optimizer's state if compiled.

    Raises:
        UnreadableFileError: the file is damaged or of another kind.
        ValueError: a lambda in safe mode, or weights that do not fit.
        TypeError: a custom class is neither registered nor in `custom_objects`.
    """
    with opened(filepath) as content:
        config = content.json(CONFIG)
        if not isinstance(config, dict) or "class_name" not in config:
            raise unreadable(filepath, WANTED, f"{CONFIG} describes no model")
        with CustomObjectScope(custom_objects), reading(config, memory_limit=variables_limit(content.size)):
            if content.keras_version().startswith("2."):
                config = modern_model_config(config)
            model = model_from(config, custom_objects, compile, safe_mode)
        with stored_weights(content, model) as file, content.assets() as assets:
            read_state(model, file, filepath, content.budget, assets)
    return model


def model_from(config, custom_objects=None, compile=True, safe_mode=None):
    """The model that a config describes, without weights; compiled by its config, unless `compile` is False."""
    if not compile:
        config = {**config, "compile_config": None}
    return deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)


def read_weights(model, filepath, skip_mismatch=False):
    """Set the weights of a model from a `.keras` file, whose config is not read."""
    with opened(filepath) as content, stored_weights(content, model) as file:
        read_state(model, file, filepath, content.budget, skip_mismatch=skip_mismatch)


def _described(model):
    """The texts of metadata.json and config.json."""
    if not model.built:
        warn(
            f"You are saving model '{model.name}', which is not built yet, so it has no weights to save. Call it on "
            "some data first, or `build(input_shape)`."
        )
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = json.dumps({"keras_version": KERAS_VERSION, "date_saved": now})
    return metadata, json.dumps(serialize_keras_object(model))


def stored_weights(content, model=None):
    """The open HDF5 file in an archive or folder, for a model, which limits its size."""
    if model is not None:
        optimizer = getattr(model, "optimizer", None)
        variables = [*model.variables, *(optimizer.variables if optimizer is not None else ())]
        content.budget.extend(WRITTEN_PER_NEEDED_BYTE * sum(variable.array.nbytes for variable in variables))
    return open_hdf5(content.weights(), "a file of Keras weights", f"{content.path}/{WEIGHTS}")


# --- the content of an archive or folder ------------------------------------------------------------------------------


@contextmanager
def opened(filepath):
    """The content of a `.keras` file or of such a folder: `json(name)`, `keras_version()`, `weights()`, `assets()`.

    Its `size` is that of the file, or of the weights in the folder; all that is read draws on its `budget`.
    """
    path = os.fspath(filepath)
    if os.path.isdir(path):
        yield _Folder(path)
        return
    with open_zip(path, WANTED) as archive:
        yield _Archive(archive)


class _Content:
    """The interface of an archive and a folder."""

    def keras_version(self):
        """The version of the Keras that wrote it."""
        metadata = self.json(METADATA)
        return str(metadata.get("keras_version")) if isinstance(metadata, dict) else ""


class _Archive(_Content):
    """The content of a `.keras` file."""

    def __init__(self, archive):
        self.path, self.size, self.budget, self._archive = archive.path, archive.size, archive.budget, archive

    def unexpected_members(self):
        """Names of members that a `.keras` archive does not normally have, or that lead out of its folder."""
        known = METADATA, CONFIG, WEIGHTS
        for name in self._archive.names:
            is_asset = name.startswith(f"{ASSETS}/") and ".." not in name.replace("\\", "/").split("/")
            if name not in known and not is_asset:
                yield name

    def json(self, name):
        """A member's JSON."""
        check_json_size(self.path, name, self._archive.size_of(name))
        return _parsed(self._archive.read(name), self.path, name)

    def weights(self):
        """A file in memory with the weights."""
        return BytesIO(self._archive.read(WEIGHTS))

    @contextmanager
    def assets(self):
        """Context manager: the assets; None if there are none."""
        names = [name for name in self._archive.names if name.startswith(f"{ASSETS}/")]
        if not names:
            yield None
            return
        self._archive.check_names(names)
        with tempfile.TemporaryDirectory() as folder:
            yield _ExtractedAssets(self._archive, names, folder)


class _ExtractedAssets:
    """The assets of an archive, written to disk only for objects that request them."""

    def __init__(self, archive, names, folder):
        self._archive, self._left, self._folder = archive, set(names), folder

    def folder(self, path):
        """The folder with the files of the object at a path; None if it has none."""
        prefix = f"{ASSETS}/{path}/" if path else f"{ASSETS}/"
        wanted = {name for name in self._left if name.startswith(prefix)}
        self._archive.extract(sorted(wanted), self._folder)
        self._left -= wanted  # an object's folder is inside that of its parent
        return _existing(Path(self._folder, ASSETS, path))


class _Folder(_Content):
    """The content of a folder with the files of a `.keras` archive."""

    def __init__(self, path):
        self.path = path
        weights = self.weights()
        self.size = os.path.getsize(weights)
        self.budget = file_budget(path, self.size)

    def json(self, name):
        """A file's JSON."""
        path = Path(self._file(name))
        check_json_size(self.path, name, path.stat().st_size)
        return _parsed(path.read_bytes(), self.path, name)

    def unexpected_members(self):
        """Empty: other files in a folder are the user's."""
        return ()

    def weights(self):
        """Path of the weights."""
        return self._file(WEIGHTS)

    def _file(self, name):
        path = os.path.join(self.path, name)
        if not os.path.isfile(path):
            raise unreadable(self.path, "a folder with a model", f"it holds no {name}")
        return path

    @contextmanager
    def assets(self):
        """The folder with the assets; None if there are none."""
        yield self if os.path.isdir(os.path.join(self.path, ASSETS)) else None

    def folder(self, path):
        """The folder with the files of the object at a path; None if it has none."""
        return _existing(Path(self.path, ASSETS, path))


def _existing(folder):
    return str(folder) if folder.is_dir() else None


def _parsed(content, path, name):
    try:
        return parse_json(content)
    except json.JSONDecodeError as error:
        raise unreadable(path, WANTED, f"{name} is not JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise unreadable(path, WANTED, f"{name} is not text: {error}") from error
    except ValueError as error:
        raise UnreadableFileError(f"'{path}' is not read: {name}: {error}") from error
