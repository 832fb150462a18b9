"""The state of a model in an HDF5 file, in Keras's own layout.

    vars                        the model's own weights, numbered: vars/0, vars/1, …
    layers/dense/vars/0         those of its first Dense layer; the attribute `name` of `vars` is the layer's name
    layers/dense_1/vars/0       those of the second
    optimizer/vars/0            the optimizer's variables: step counter, learning rate, slots

Every object decides what it stores: `save_own_variables(store)` puts arrays into a dict, `load_own_variables(store)`
reads them. Other data, such as a vocabulary, is written to files by `save_assets(folder)`.

Reading has two phases. `stored_state.py` finds everything that the objects need, compares it with them and reads it;
nothing is changed while the file may still turn out to be damaged. `_Loading` then passes it to the objects.
"""

import re
from pathlib import Path

import numpy as np

from minikeras.base.messages import warn
from minikeras.formats.hdf5.writing import write_array
from minikeras.formats.unreadable import few
from minikeras.optimizers import Optimizer
from minikeras.saving.stored_state import StateReader, has_own_code, variables_path
from minikeras.saving.traversal import stateful_objects
from minikeras.utils.restoring import Snapshot, all_or_nothing


def write_state(model, file, assets=None, objects_to_skip=None):
    """Write the variables of all objects of a model into an open HDF5 file, and their files into folder `assets`."""
    for group, name, store in stored_groups(model, objects_to_skip):
        write_group(file, group, name, store)
    if assets is None:
        return
    for obj, (path, *_) in stateful_objects(model, objects_to_skip):
        if hasattr(obj, "save_assets"):
            folder = Path(assets, path)
            folder.mkdir(parents=True, exist_ok=True)
            obj.save_assets(str(folder))


def stored_groups(model, objects_to_skip=None):
    """(path of its group, its name or None, {key: array}) for each object of a model that stores variables."""
    for obj, (path, *_) in stateful_objects(model, objects_to_skip):
        if hasattr(obj, "save_own_variables"):
            store = {}
            obj.save_own_variables(store)
            name = getattr(obj, "name", None)
            name = name if isinstance(name, str) else None
            if store or name is not None:
                yield variables_path(path), name, {key: np.asarray(value) for key, value in store.items()}


def write_group(file, path, name, store):
    """Write the arrays of an object into a new group of an open HDF5 file."""
    group = file.create_group(path)
    if name is not None:
        group.attrs["name"] = name
    for key, array in store.items():
        write_array(group, key, array)


def read_state(model, file, name, budget, assets=None, skip_mismatch=False, objects_to_skip=None):
    """Set the variables of a model from such a file: all of them, or none if one does not fit.

    Args:
        file: the `Group` at the top of an HDF5 file.
        name: path of the file, for errors.
        budget: `Budget` for what custom objects read.
        assets: its method `folder(path)` returns the folder of an object's files; None omits all files.
        skip_mismatch: whether to leave objects that do not match unchanged, with a warning.
        objects_to_skip: layers and other objects to leave unchanged.

    Raises:
        UnreadableFileError: the file is damaged, or holds something unsafe.
        ValueError: an object and its stored state do not match; the message names them.
    """
    reader = StateReader(file, budget, assets)
    found = [reader.read(item) for item in stateful_objects(model, objects_to_skip)]
    surplus = reader.surplus()
    _Loading(model, name, found, surplus).run(skip_mismatch)
    if surplus and not objects_to_skip:
        warn(
            f"'{name}' also holds weights that model '{model.name}' has no place for: {few(surplus)}. "
            "They were left out."
        )


class _Loading:
    """Passes the state that was read to the objects, and restores them if one of them raises an error."""

    def __init__(self, model, name, found, surplus):
        self.model, self.name, self.found, self.surplus = model, name, found, surplus
        self.failures = []  # (Stored, error)

    def run(self, skip_mismatch):
        """Set everything; otherwise all that matches, with a warning, or nothing, with an error."""
        objects = [stored.object for stored in self.found]
        with all_or_nothing(_variables_of([self.model, *objects]), filter(has_own_code, objects)):
            for stored in self.found:
                self._set(stored)
            if self.failures and not skip_mismatch:
                raise self._error()
        if self.failures:
            warn(f"{self._explanation()} They keep their values.")

    def _set(self, stored):
        obj = stored.object
        before = Snapshot(_variables_of([obj]), [obj] if has_own_code(obj) else [])
        try:
            if stored.error is not None:
                raise stored.error
            if stored.store is not None:
                obj.load_own_variables(stored.store)
            if stored.folder != ():
                obj.load_assets(stored.folder)
        except Exception as error:  # any kind: it comes from the object's own code
            before.restore()
            if not stored.is_there and re.search(r"/container(_\d+)?(/|$)", stored.path):
                self._warn_of_older_file(stored)
            else:
                self.failures.append((stored, error))

    def _warn_of_older_file(self, stored):
        warn(
            f"'{self.name}' has nothing at '{stored.path}' for {_called(stored.object)}, which keeps its values. "
            "Versions of Keras before 3.15 did not save layers in lists within lists."
        )

    def _error(self):
        also = f"Unknown to the model: {few(self.surplus)}. " if self.surplus else ""
        error = ValueError(
            f"{self._explanation()}{also}Nothing was changed. If that is meant, pass `skip_mismatch=True` to "
            "`load_weights`: it sets those that fit."
        )
        error.__cause__ = self.failures[0][1]
        return error

    def _explanation(self):
        lines = [
            f"- {_called(stored.object)}, in the file '{stored.path}': {error}" for stored, error in self.failures[:5]
        ]
        more = f"\nand {len(self.failures) - 5} more." if len(self.failures) > 5 else ""
        return (
            f"The weights in '{self.name}' do not fit model '{self.model.name}'. A total of {len(self.failures)} "
            f"objects could not be loaded:\n{chr(10).join(lines)}{more}\n"
        )


def _variables_of(objects):
    """The Variables of objects and of their parts, each once."""
    found = {}
    for obj in objects:
        found |= {id(variable): variable for variable in getattr(obj, "variables", ())}
    return list(found.values())


def _called(obj):
    kind = "optimizer" if isinstance(obj, Optimizer) else "layer"
    return f"{kind} '{getattr(obj, 'name', None)}' ({type(obj).__name__})"
