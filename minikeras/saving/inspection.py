"""Inspection of a file of a model or of weights, without creating the model or running any code from the file.

The file is a `.keras` archive (or folder), `.weights.h5`, or `.h5` of Keras 2. Only metadata is read: JSON and the
structure of the HDF5 file. Arrays are read on demand, by `Content.array`.
"""

import math
import os
import re
from contextlib import contextmanager
from itertools import cycle

from minikeras.base.limits import parse_json
from minikeras.base.naming import to_snake_case
from minikeras.formats.budget import check_json_size, file_budget
from minikeras.formats.hdf5 import open_hdf5
from minikeras.formats.unreadable import UnreadableFileError, unreadable
from minikeras.saving.keras_archive import CONFIG, METADATA, opened, stored_weights

H5_WANTED = "a file of Keras weights"
KERAS_2 = "a model in the format of Keras 2 (.h5)"
LONGEST_NAME = 80  # characters
OPTIMIZERS = ("optimizer", "optimizer_weights")  # groups of optimizers' state, in new and in old files


class Content:
    """The content of a file.

    Attributes:
        path, kind, size: of the file; `kind` is a description.
        facts: {name: text}: versions, dates.
        config: the model's config, None if there is none.
        compile_config: the arguments of `compile`, None if there are none.
        arrays: {path: StoredArray}, not read.
        links: paths that lead elsewhere.
        unexpected_members: names of members that such archives do not normally have.
    """

    def __init__(self, path, kind, size):
        self.path, self.kind, self.size = path, kind, size
        self.facts, self.arrays, self.links, self.unexpected_members = {}, {}, [], []
        self.config = self.compile_config = None
        self._budget = file_budget(path, size)

    def array(self, path):
        """The values at a path.

        Raises:
            UnreadableFileError: they would take far more memory than the file has bytes, or are damaged.
        """
        stored = self.arrays[path]
        self._budget.spend(stored.nbytes, f"its array '{path}'")
        values = stored.read()
        self._budget.left += stored.nbytes  # one after another
        return values

    @property
    def layers(self):
        """`LayerEntry`s of the model's layers, in the order of the config."""
        return list(_layers(self.config)) if isinstance(self.config, dict) else []

    def layer_sizes(self):
        """Pairs (`LayerEntry`, total number of elements of its arrays)."""
        entries, owners = self.layers, {}
        for number, entry in enumerate(entries):
            for group in entry.candidate_groups(by_name=self.kind == KERAS_2):
                owners.setdefault(group, number)
        counts = [0] * len(entries)
        for path, stored in self.arrays.items():
            owner = None if is_of_optimizer(path) else _of_longest_beginning(path, owners)
            if owner is not None:
                counts[owner] += elements([stored])
        return list(zip(entries, counts, strict=True))


class LayerEntry:
    """A layer of a config.

    Attributes:
        name, kind, module: the layer's name, class, and the module of the class.
        stored_name: its name in the file of weights: that of its class, numbered from the second one on.
        input_shape: as text, "" if the config lacks it.
        trainable: as in the config.
    """

    def __init__(self, config, stored_name):
        inner = config.get("config") if isinstance(config.get("config"), dict) else {}
        built = config.get("build_config") if isinstance(config.get("build_config"), dict) else {}
        self.name, self.kind = str(inner.get("name") or config.get("name")), str(config.get("class_name"))
        self.module = str(config.get("module") or "")
        self.stored_name = stored_name
        shape = built.get("input_shape") or inner.get("batch_shape") or inner.get("batch_input_shape")
        self.input_shape = "" if shape is None else str(shape).replace("[", "(").replace("]", ")")
        self.trainable = inner.get("trainable") is not False

    def candidate_groups(self, by_name):
        """Groups in which its arrays may be: under its name in files of Keras 2, else under its stored name."""
        if by_name:
            return [f"model_weights/{self.name}", self.name]
        name = self.stored_name
        return [f"layers/{name}", f"_layer_checkpoint_dependencies/{name}", name]  # the second: Keras 3.0


def _layers(config):
    inner = config.get("config")
    inner = inner.get("layers") if isinstance(inner, dict) else inner
    counts = {}
    for layer in inner if isinstance(inner, list) else ():
        if not isinstance(layer, dict):
            continue
        stored_name = to_snake_case(str(layer.get("class_name")))
        count = counts[stored_name] = counts.get(stored_name, -1) + 1
        yield LayerEntry(layer, f"{stored_name}_{count}" if count else stored_name)


def _of_longest_beginning(path, owners):
    """The value in `owners` for the longest prefix of a path that ends before a slash; None if there is none."""
    at = len(path)
    while (at := path.rfind("/", 0, at)) > 0:
        if path[:at] in owners:
            return owners[path[:at]]
    return None


def short(text):
    """A text from a file, shortened so that it can be repeated in many sentences."""
    text = str(text)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"


def is_identity(word, value):
    """Whether a setting is only the identity (`id()`) that Keras writes for objects that several layers share."""
    return word == "shared_object_id" and isinstance(value, int)


def is_of_optimizer(path):
    """Whether an array belongs to an optimizer's state."""
    return path.split("/", 1)[0] in OPTIMIZERS


def elements(arrays):
    """The total number of elements that the file declares for arrays."""
    return sum(math.prod(stored.shape) for stored in arrays)


@contextmanager
def inspected(filepath):
    """Context manager: the `Content` of a file, which stays open in the context.

    Raises:
        FileNotFoundError: it does not exist.
        UnreadableFileError: it is damaged, of another kind, or would take far more memory than it has bytes.
    """
    path = os.fspath(filepath)
    if path.endswith(".keras") or os.path.isdir(path):
        with opened(path) as archive:
            content = Content(path, "a model of Keras 3 (.keras)", archive.size)
            _read_archive(content, archive)
            with stored_weights(archive) as file:
                _note_arrays(content, file)
                yield content
        return
    if not path.endswith((".h5", ".hdf5")):
        raise UnreadableFileError(f"'{path}' is not inspected: expected the ending .keras, .weights.h5, .h5 or .hdf5.")
    with open_hdf5(path, H5_WANTED) as file:
        content = Content(path, "weights of Keras 3 (.weights.h5)", os.path.getsize(path))
        _read_attributes(content, file)
        _note_arrays(content, file)
        yield content


def _read_archive(content, archive):
    metadata, config = archive.json(METADATA), archive.json(CONFIG)
    if isinstance(metadata, dict):
        content.facts |= {str(word): str(value) for word, value in metadata.items()}
    if not isinstance(config, dict):
        raise unreadable(content.path, "a `.keras` archive", f"{CONFIG} describes no model")
    content.config, content.compile_config = config, config.get("compile_config")
    content.unexpected_members = list(archive.unexpected_members())


def _read_attributes(content, file):
    """Read the attributes of old files: configs as JSON text, versions."""
    for name in ("keras_version", "backend"):
        if name in file.attributes:
            content.facts[name] = str(file.attributes.text(name))
    for name, target in (("model_config", "config"), ("training_config", "compile_config")):
        text = file.attributes.text(name) if name in file.attributes else None
        if text is not None:
            check_json_size(content.path, name, len(text))
            try:
                setattr(content, target, parse_json(text))
            except ValueError as error:
                raise unreadable(content.path, "an `.h5` file of Keras", f"its {name} is not JSON: {error}") from None
    if content.config is not None:
        content.kind = KERAS_2
    elif "layer_names" in file.attributes:
        content.kind = "weights in the format of Keras 2 (.h5)"


def _with_numbers(path):
    """Sort key by which "dense_10" comes after "dense_2", and "10" after "2"."""
    parts = re.split(r"(\d+)", path)  # text and digits alternately
    return [(len(part), part) if is_digits else (0, part) for part, is_digits in zip(parts, cycle((False, True)))]


def _note_arrays(content, file):
    for group in file.groups():
        elsewhere = group.links_elsewhere()
        content.links += map(group.path_of, elsewhere)
        for name in set(group).difference(elsewhere):
            stored = group.array(name)
            if stored is not None:
                content.arrays[stored.path] = stored
    content.arrays = {path: content.arrays[path] for path in sorted(content.arrays, key=_with_numbers)}
