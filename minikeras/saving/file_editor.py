"""`KerasFileEditor`: inspect a file of weights, compare it with a model, and write a changed copy.

editor = KerasFileEditor("model.weights.h5")
editor.summary()
editor.rename_object("layers/dense_2", "dense_1")
editor.save("edited.weights.h5")
"""

import os

import numpy as np

from minikeras.base.messages import print_message
from minikeras.base.suggestions import did_you_mean
from minikeras.formats.budget import file_budget
from minikeras.formats.hdf5 import hdf5_image, open_hdf5
from minikeras.formats.hdf5.writing import write_array
from minikeras.formats.replacing import replacing
from minikeras.formats.unreadable import unreadable
from minikeras.saving.keras_archive import CONFIG, METADATA, opened, stored_weights
from minikeras.saving.traversal import stateful_objects


class KerasFileEditor:
    """The content of a ".weights.h5" or ".keras" file, in memory.

    An object's path (`layers/dense`) leads through nested dicts to its arrays, which have the names "0", "1", …. An
    object is identified by its path, or by the last part of it if that is unique.

    Args:
        filepath: path of the file. Its content is read immediately; no code in it is run.

    Attributes:
        weights_dict: {part of the path: {…: {name: array}}}.
        object_metadata: {path of an object: {"name": name of the layer}}.
        metadata, config: of ".keras" files, else None.

    Raises:
        ValueError: another ending, or the file is damaged.
    """

    def __init__(self, filepath):
        self.filepath = os.fspath(filepath)
        self.metadata = self.config = None
        self.weights_dict, self.object_metadata = {}, {}
        if self.filepath.endswith(".keras"):
            with opened(self.filepath) as content, stored_weights(content) as file:
                self.metadata, self.config = content.json(METADATA), content.json(CONFIG)
                self._read(file, content.budget)
        elif self.filepath.endswith(".weights.h5"):
            with open_hdf5(self.filepath, "a file of Keras weights") as file:
                self._read(file, file_budget(self.filepath, os.path.getsize(self.filepath)))
        else:
            raise ValueError(
                f"A file of Keras must end in `.keras` or `.weights.h5`. Received: filepath={self.filepath}"
            )
        print_message(f"Keras model file '{self.filepath}'")
        if isinstance(self.metadata, dict):
            saved = [self.metadata.get(name) for name in ("keras_version", "date_saved")]
            print_message(f"Saved with Keras {saved[0]} - date: {saved[1]}")

    def _read(self, file, budget):
        for group in file.groups():
            group.refuse_links()
            *parts, last = group.path.split("/")
            if last != "vars":
                continue
            texts = {name: group.attributes.text(name) for name in group.attributes}
            if texts:
                self.object_metadata["/".join(parts)] = {name: value for name, value in texts.items() if value}
            stored = group.arrays()
            for array in stored.values():
                budget.spend(array.nbytes, f"its array '{array.path}'")
            if stored:
                node = self.weights_dict
                for part in parts:
                    node = node.setdefault(part, {})
                    if not isinstance(node, dict):
                        raise unreadable(self.filepath, "a file of Keras weights", f"'{group.path}' is inside an array")
                node.update({name: array.read() for name, array in stored.items()})

    # --- looking --------------------------------------------------------------------------------------------------

    def summary(self):
        """Print the tree of objects with the shapes and dtypes of their arrays."""
        print_message("Weights structure")
        for line in self._lines(self.weights_dict):
            print_message(f"  {line}")

    def _lines(self, tree, path=""):
        for i, (name, value) in enumerate(tree.items()):
            is_last = i == len(tree) - 1
            corner, bar = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
            if isinstance(value, dict):
                inner = f"{path}/{name}" if path else name
                called = self.object_metadata.get(inner, {}).get("name")
                yield f"{corner}{name}" + (f" ('{called}')" if called else "")
                yield from (bar + line for line in self._lines(value, inner))
            else:
                yield f"{corner}{name}: shape={value.shape}, dtype={value.dtype}"

    def compare(self, reference_model):
        """Print the differences between the file and a model.

        Returns:
            {"status": "success" or "error", "error_count": number of differences, "match_count": weights that agree}.
        """
        in_file, in_model = _flat(self.weights_dict), _shapes_of(reference_model)
        errors = [f"{what} is in the model, missing from the file" for what in _missing_from(in_model, in_file)]
        errors += [f"{what} is in the file, missing from the model" for what in _missing_from(in_file, in_model)]
        both = [path for path in in_model if path in in_file]
        for path in both:
            if in_file[path].shape != in_model[path]:
                shapes = f"{in_file[path].shape} in the file, {in_model[path]} in the model"
                errors.append(f"Weight shape mismatch for {path}: {shapes}")
        for error in errors:
            print_message(f"...{error}")
        matches = sum(in_file[path].shape == in_model[path] for path in both)
        print_message(
            f"Found {len(errors)} differences: the file is not compatible with the model"
            if errors
            else f"Comparison successful: the file is compatible with the model\n    Found {matches} matching weights"
        )
        return {"status": "error" if errors else "success", "error_count": len(errors), "match_count": matches}

    # --- changing -------------------------------------------------------------------------------------------------

    def rename_object(self, object_name, new_name):
        """Rename an object; `new_name` replaces the last part of its path."""
        if "/" in new_name:
            raise ValueError(f"`new_name` should be a name, not a path. Received: new_name={new_name!r}")
        parent, name = self._locate(object_name)
        items = [(new_name if key == name else key, value) for key, value in parent.items()]
        parent.clear()
        parent.update(items)

    def delete_object(self, object_name):
        """Remove an object and everything in it."""
        parent, name = self._locate(object_name)
        del parent[name]

    def add_object(self, object_path, weights):
        """Add an object at a path, with arrays {name: array}."""
        *parts, name = object_path.split("/")
        self._inside(parts)[name] = _checked(weights)

    def delete_weight(self, object_name, weight_name):
        """Remove one array of an object."""
        parent, name = self._locate(object_name)
        if weight_name not in parent[name]:
            raise ValueError(
                f"Weight {weight_name} not found in object {object_name}. Weights found: {list(parent[name])}"
            )
        del parent[name][weight_name]

    def add_weights(self, object_name, weights):
        """Add arrays {name: array} to an object."""
        parent, name = self._locate(object_name)
        parent[name].update(_checked(weights))

    def save(self, filepath):
        """Write the content to a ".weights.h5" file, atomically."""
        if not str(filepath).endswith(".weights.h5"):
            raise ValueError(f"`filepath` must end in `.weights.h5`. Received: filepath={filepath}")
        with replacing(filepath) as unfinished:
            unfinished.write_bytes(hdf5_image(self._write))

    def _write(self, file):
        for path, array in _flat(self.weights_dict).items():
            parent, _, name = path.rpartition("/")
            group = file.require_group(f"{parent}/vars" if parent else "vars")
            write_array(group, name, array)
            for key, value in self.object_metadata.get(parent, {}).items():
                group.attrs[key] = value

    def resave_weights(self, filepath):
        """Alias of `save`, its older name."""
        self.save(filepath)

    # --- finding --------------------------------------------------------------------------------------------------

    def _locate(self, object_name):
        """The dict that holds an object, and its key there."""
        *parts, name = object_name.split("/")
        if parts:
            parent = self._inside(parts)
            if name not in parent:
                raise ValueError(f"Path '{object_name}' not found in model.{did_you_mean(name, list(parent))}")
            return parent, name
        found, known, waiting = [], [], [self.weights_dict]
        while waiting:
            tree = waiting.pop()
            known += tree
            found += [tree] if name in tree else []
            waiting += [value for value in tree.values() if isinstance(value, dict)]
        if len(found) > 1:
            raise ValueError(f"There are several '{name}' in the model: pass a whole path.")
        if not found:
            raise ValueError(f"The model has no '{name}'.{did_you_mean(name, known)}")
        return found[0], name

    def _inside(self, parts):
        tree = self.weights_dict
        for part in parts:
            if not isinstance(tree.get(part), dict):
                raise ValueError(f"Path '{'/'.join(parts)}' not found in model.{did_you_mean(part, list(tree))}")
            tree = tree[part]
        return tree


def _checked(weights):
    if not isinstance(weights, dict):
        raise ValueError(
            "Argument `weights` should be a dict of names (usually '0', '1', etc.) and NumPy arrays. "
            f"Received: {type(weights).__name__}"
        )
    return {name: np.asarray(array) for name, array in weights.items()}


def _flat(tree, path=""):
    flat = {}
    for name, value in tree.items():
        inner = f"{path}/{name}" if path else name
        flat.update(_flat(value, inner) if isinstance(value, dict) else {inner: value})
    return flat


def _missing_from(own, other):
    """The weights and objects of `own` that `other` lacks; of a missing object, not its weights."""
    objects = {path.rpartition("/")[0] for path in other}
    absent = [path for path in own if path not in other]
    names = [(path.rpartition("/")[0], path) for path in absent]
    return list(dict.fromkeys(f"Weight {path}" if parent in objects else f"Object {parent}" for parent, path in names))


def _shapes_of(model):
    """{path: shape} of all arrays that saving a model would write."""
    shapes = {}
    for obj, (path, *_) in stateful_objects(model):
        if hasattr(obj, "save_own_variables"):
            store = {}
            obj.save_own_variables(store)
            shapes.update({f"{path}/{name}".lstrip("/"): np.shape(value) for name, value in store.items()})
    return shapes
