"""The state of a model in an HDF5 file, in Keras's own layout.

    vars                        the model's own weights, numbered: vars/0, vars/1, …
    layers/dense/vars/0         those of its first Dense layer; the attribute `name` of `vars` is the layer's name
    layers/dense_1/vars/0       of the second
    optimizer/vars/0            the optimizer's variables: step counter, learning rate, slots

Every object decides what it stores: `save_own_variables(store)` puts arrays into a dict, `load_own_variables(store)`
takes them out. Files beside arrays, such as a vocabulary, are written by `save_assets(folder)`.
"""

import re
import warnings
from pathlib import Path

import numpy as np

from minikeras.optimizers import Optimizer
from minikeras.saving.hdf5 import arrays_in, group_at
from minikeras.saving.unreadable import few
from minikeras.saving.walking import places_of


def write_state(model, file, assets=None, objects_to_skip=None):
    """Write the variables of all objects of a model into an open HDF5 file, and their files into folder `assets`."""
    for obj, (path, *_) in places_of(model, objects_to_skip):
        if hasattr(obj, "save_own_variables"):
            store = {}
            obj.save_own_variables(store)
            name = getattr(obj, "name", None)
            if store or isinstance(name, str):
                group = file.create_group(_variables_path(path))
                if isinstance(name, str):
                    group.attrs["name"] = name
                for key, value in store.items():
                    group[key] = np.asarray(value)
        if assets is not None and hasattr(obj, "save_assets"):
            folder = Path(assets, path)
            folder.mkdir(parents=True, exist_ok=True)
            obj.save_assets(str(folder))


def read_state(model, file, name, assets=None, skip_mismatch=False, objects_to_skip=None):
    """Set the variables of a model from such a file: all of them, or none if one does not fit.

    Args:
        file: open HDF5 file.
        name: path of the file, for errors.
        assets: folder of the files beside, or None.
        skip_mismatch: leave objects as they are that do not fit, with a warning.
        objects_to_skip: layers and others to leave as they are.

    Raises:
        ValueError: something does not fit; says what and where.
    """
    places = places_of(model, objects_to_skip)
    reader = _Reader(file, model, name)
    for place in places:
        reader.read(place, assets)
    reader.finish(skip_mismatch)
    if not objects_to_skip:
        reader.warn_of_surplus()


class _Reader:
    """Sets one object after the other, and takes it back if in the end something does not fit."""

    def __init__(self, file, model, name):
        self.file, self.model, self.name = file, model, name
        self.used = set()  # paths in the file
        self.failures = []  # (object, path, error)
        optimizer = getattr(model, "optimizer", None)
        variables = [*model.variables, *(optimizer.variables if optimizer is not None else ())]
        self._before = {variable.index: (variable, variable.handle) for variable in variables}

    def read(self, place, assets):
        obj = place.object
        path, group = self._find(place.paths)
        self.used.add(path)
        store = arrays_in(group)  # outside of `try`: a damaged file is no mismatch
        before = {variable.index: variable.handle for variable in getattr(obj, "variables", ())}
        try:
            if hasattr(obj, "load_own_variables"):
                obj.load_own_variables(store)
            if assets is not None and hasattr(obj, "load_assets"):
                folder = Path(assets, path)
                obj.load_assets(str(folder) if folder.is_dir() else None)
        except Exception as error:  # of whatever kind: it is the object's own code
            self._put_back(before)
            if group is None and re.search(r"/container(_\d+)?(/|$)", path):
                self._warn_of_older_file(obj, path)
            else:
                self.failures.append((obj, path, error))

    def _find(self, paths):
        """The first path under which the file has something, and its group."""
        for path in paths:
            group = group_at(self.file, _variables_path(path))
            if group is None and "_layer_checkpoint_dependencies" in self.file:  # Keras 2.12 and 2.13
                older = path.replace("layers", "_layer_checkpoint_dependencies")
                group = group_at(self.file, _variables_path(older))
                path = path if group is None else older
            if group is not None:
                return path, group
        return paths[0], None

    def _put_back(self, values):
        for index, value in values.items():
            if index in self._before:
                self._before[index][0].assign(value)

    def _warn_of_older_file(self, obj, path):
        warnings.warn(
            f"'{self.name}' has nothing at '{path}' for {_called(obj)}, which keeps its values. Versions of Keras "
            "before 3.15 did not save layers in lists within lists.",
            stacklevel=7,
        )

    def finish(self, skip_mismatch):
        """If something did not fit: warn of it, or take everything back and raise."""
        if not self.failures:
            return
        if skip_mismatch:
            warnings.warn(f"{self._explanation()} They keep their values.", stacklevel=6)
            return
        for variable, value in self._before.values():
            variable.assign(value)
        surplus = self._surplus()
        also = f"Unknown to the model: {few(surplus)}. " if surplus else ""
        raise ValueError(
            f"{self._explanation()}{also}Nothing was changed. If that is meant, pass `skip_mismatch=True` to "
            "`load_weights`: it sets those that fit."
        ) from self.failures[0][2]

    def _explanation(self):
        lines = [f"- {_called(obj)}, in the file '{path}': {error}" for obj, path, error in self.failures[:5]]
        more = f"\nand {len(self.failures) - 5} more." if len(self.failures) > 5 else ""
        return (
            f"The weights in '{self.name}' do not fit model '{self.model.name}'. A total of {len(self.failures)} "
            f"objects could not be loaded:\n{chr(10).join(lines)}{more}\n"
        )

    def warn_of_surplus(self):
        """Weights that belong nowhere are left out, which Keras does without a word."""
        if surplus := self._surplus():
            warnings.warn(
                f"'{self.name}' also holds weights that model '{self.model.name}' has no place for: {few(surplus)}. "
                "They were left out.",
                stacklevel=6,
            )

    def _surplus(self):
        """Paths of arrays in the file that belong to no object of the model. It need not have an optimizer, and metrics
        (which Keras 2 saved) begin anew."""
        found = []

        def note(path, item):
            if path.endswith("/vars") and len(item) and path.split("/")[0] not in ("optimizer", "metrics"):
                found.append(path.removesuffix("/vars"))

        self.file.visititems(note)
        return [path for path in found if path not in self.used]


def _variables_path(path):
    return f"{path}/vars" if path else "vars"


def _called(obj):
    kind = "optimizer" if isinstance(obj, Optimizer) else "layer"
    return f"{kind} '{getattr(obj, 'name', None)}' ({type(obj).__name__})"
