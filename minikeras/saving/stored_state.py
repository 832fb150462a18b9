"""The state in a file for each object of a model: found, compared with the object, and read, before anything is set."""

from typing import NamedTuple

from minikeras.autodiff.tensor import Tensor
from minikeras.files.stored_array import check_fits, read_as
from minikeras.files.unreadable import UnreadableFileError
from minikeras.layers.layer_state import LayerState
from minikeras.optimizers.optimizer_variables import OptimizerVariables


class Stored(NamedTuple):
    """The state to set in one object.

    Attributes:
        object: a layer, an optimizer, …
        path: where the file has it.
        is_there: whether the file has anything of it.
        store: {name: array} for `load_own_variables`, or None if it is not to be called.
        folder: for `load_assets`, which takes None where there are no files; () if the object takes none.
        error: why it does not fit, or None.
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
        budget: `Budget` for what objects of the user's own read.
        assets: gives the folder of an object's files by `folder(path)`, or None.
    """

    def __init__(self, file, budget, assets):
        self._file, self._budget, self._assets = file, budget, assets
        self._used = set()  # paths in the file

    def read(self, place):
        """The `Stored` of a `Place`.

        Raises:
            UnreadableFileError: the file is damaged, or holds something unsafe.
        """
        obj = place.object
        path, group = self._find(place.paths)
        self._used.add(path)
        store, folder, error = None, (), None
        if hasattr(obj, "load_own_variables"):
            try:
                store = self._values(obj, group)
            except UnreadableFileError:
                raise
            except Exception as raised:  # it does not fit; of a user's own class, anything
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
        return {str(i): Tensor(value) for i, value in enumerate(values)}  # which a Variable takes without a copy

    def _for_custom(self, group):
        """All arrays of a group, for user code."""
        arrays = {} if group is None else group.arrays()
        for array in arrays.values():
            self._budget.spend(array.nbytes, f"its array '{array.path}'")
        return {name: array.read() for name, array in arrays.items()}

    def surplus(self):
        """Paths of arrays in the file that belong to no object of the model. It need not have an optimizer, and metrics
        (which Keras 2 saved) start again."""
        paths = [group.path for group in self._file.groups() if group.path.endswith("/vars") and len(group)]
        paths = [path.removesuffix("/vars") for path in paths if path.split("/")[0] not in ("optimizer", "metrics")]
        return [path for path in paths if path not in self._used]


def own_variables(obj):
    """The Variables that an object sets from the arrays "0", "1", …; None if its class defines how."""
    load = getattr(obj.load_own_variables, "__func__", None)
    if load is LayerState.load_own_variables:
        return obj._stored_variables()
    return obj.variables if load is OptimizerVariables.load_own_variables else None


def has_own_code(obj):
    """Whether the user's code reads the state in the file for an object."""
    return hasattr(obj, "load_assets") or (hasattr(obj, "load_own_variables") and own_variables(obj) is None)


def variables_path(path):
    """Where a file has the arrays of the object at a path."""
    return f"{path}/vars" if path else "vars"


def _unfitting(obj, group, names):
    """Let an object check another number of arrays, without their values: an error, or a warning.

    An optimizer also asks for the number of steps, by which it knows one that has made none.
    """
    steps = group.array("0") if "0" in names else None
    is_number = steps is not None and steps.shape == () and steps.dtype.kind in "iu"
    obj.load_own_variables(dict.fromkeys(names) | ({"0": steps.read()} if is_number else {}))
