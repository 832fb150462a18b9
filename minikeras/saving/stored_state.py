"""Reading of the state of a model's objects from a file: it is compared with the objects and read, but not set."""

from typing import NamedTuple

from minikeras.autodiff.tensor import Tensor
from minikeras.formats.stored_array import check_fits, read_as
from minikeras.formats.unreadable import UnreadableFileError
from minikeras.layers.layer_state import LayerState
from minikeras.optimizers.optimizer_variables import OptimizerVariables


class Stored(NamedTuple):
    """The state to set in one object.

    Attributes:
        object: a layer, an optimizer, …
        path: the path in the file.
        is_there: whether the file has anything for the object.
        store: {name: array} for `load_own_variables`, or None to not call it.
        folder: for `load_assets`, which gets None if there are no files; () if the object has no such method.
        error: why the state does not match the object, or None.
    """

    object: object
    path: str
    is_there: bool
    store: dict | None = None
    folder: str | tuple | None = ()
    error: Exception | None = None


class StateReader:
    """Reads the state in a file for the objects of a model.

    Args:
        file: the `Group` at the top of an HDF5 file.
        budget: `Budget` for what custom objects read.
        assets: gives the folder of an object's files by `folder(path)`, or None.
    """

    def __init__(self, file, budget, assets):
        self._file, self._budget, self._assets = file, budget, assets
        self._used = set()  # paths in the file

    def read(self, item):
        """The `Stored` of a `StatefulObject`.

        Raises:
            UnreadableFileError: the file is damaged, or holds something unsafe.
        """
        obj = item.object
        path, group = self._find(item.paths)
        self._used.add(path)
        store, folder, error = None, (), None
        if hasattr(obj, "load_own_variables"):
            try:
                store = self._values(obj, group)
            except UnreadableFileError:
                raise
            except Exception as raised:  # it does not match; in a custom class, any error
                error = raised
        if self._assets is not None and hasattr(obj, "load_assets"):
            folder = self._assets.folder(path)
        return Stored(obj, path, group is not None, store, folder, error)

    def _find(self, paths):
        """The first path under which the file has something, and its group."""
        for path in paths:
            group = self._file.group(variables_path(path))
            if group is None and "_layer_checkpoint_dependencies" in self._file:  # Keras 2.12 and 2.13
                older = path.replace("layers", "_layer_checkpoint_dependencies")
                group = self._file.group(variables_path(older))
                path = path if group is None else older
            if group is not None:
                return path, group
        return paths[0], None

    def _values(self, obj, group):
        """{name: array} for an object's `load_own_variables`."""
        variables = own_variables(obj)
        if variables is None:
            return self._for_custom(group)
        names = [] if group is None else list(group)
        if len(names) != len(variables):
            return _unfitting(obj, group, names)
        stored = [group.array(str(i)) for i in range(len(names))]
        for i, (array, variable) in enumerate(zip(stored, variables, strict=True)):
            if array is None:
                raise ValueError(f"the array '{i}' for '{variable.path}' is missing")
            check_fits(array, variable.shape, variable.array.dtype)
        values = [read_as(array, variable.array.dtype) for array, variable in zip(stored, variables, strict=True)]
        return {str(i): Tensor(value) for i, value in enumerate(values)}  # a Variable takes a Tensor without a copy

    def _for_custom(self, group):
        """All arrays of a group, for user code."""
        arrays = {} if group is None else group.arrays()
        for array in arrays.values():
            self._budget.spend(array.nbytes, f"its array '{array.path}'")
        return {name: array.read() for name, array in arrays.items()}

    def surplus(self):
        """Paths of arrays in the file that belong to no object of the model, except for an optimizer, which the model
        need not have, and metrics (saved by Keras 2), which start over."""
        paths = [group.path for group in self._file.groups() if group.path.endswith("/vars") and len(group)]
        paths = [path.removesuffix("/vars") for path in paths if path.split("/")[0] not in ("optimizer", "metrics")]
        return [path for path in paths if path not in self._used]


def own_variables(obj):
    """The Variables that an object sets from the arrays "0", "1", …; None if its class has custom loading code."""
    load = getattr(obj.load_own_variables, "__func__", None)
    if load is LayerState.load_own_variables:
        return obj._stored_variables()
    return obj.variables if load is OptimizerVariables.load_own_variables else None


def has_own_code(obj):
    """Whether custom code of an object reads its state from the file."""
    return hasattr(obj, "load_assets") or (hasattr(obj, "load_own_variables") and own_variables(obj) is None)


def variables_path(path):
    """The path in a file of the arrays of the object at `path`."""
    return f"{path}/vars" if path else "vars"


def _unfitting(obj, group, names):
    """Have an object report a wrong number of arrays, by an error or a warning, without reading their values.

    An optimizer also gets the number of steps, since one that took no step has no state.
    """
    steps = group.array("0") if "0" in names else None
    is_number = steps is not None and steps.shape == () and steps.dtype.kind in "iu"
    obj.load_own_variables(dict.fromkeys(names) | ({"0": steps.read()} if is_number else {}))
