"""The modules below `keras.src`: objects that look up their names as defined in `paths.py` and `internals.py`."""

__replay__ = "computes"

from importlib import import_module
from types import ModuleType

from minikeras.base.suggestions import did_you_mean
from minikeras.compat.keras_src.internals import INTERNALS, OWN_FILES
from minikeras.compat.keras_src.paths import (
    OTHER_FILES,
    PACKAGES,
    is_module,
    namespaces_of,
    public_module,
    public_names_of,
)
from minikeras.serialization.op_names import is_op, op_class

ROOT = "keras.src"
TOP = ("Functional", "Input", "KerasTensor", "Layer", "Model", "Sequential")  # of `keras.src` itself, besides packages

_modules = {}


def source_module(name):
    """The module object for "keras.src.layers.core.dense", always the same one.

    Raises:
        ModuleNotFoundError: Keras has no such module, or minikeras does not follow it.
    """
    path = name.removeprefix(ROOT).removeprefix(".")
    if path and not is_module(path):
        parent, _, child = name.rpartition(".")
        # named after the package, since Python replaces the error of the very module by its own in `from … import`
        raise ModuleNotFoundError(
            f"There is no {child!r} in {parent!r}: Keras has none, or it is one of the internals that minikeras does "
            "not have. Import public names from keras.",
            name=parent,
        )
    if name not in _modules:
        _modules[name] = SourceModule(name, path)
    return _modules[name]


class SourceModule(ModuleType):
    """A module of Keras's own code; each name is looked up on its first use and kept."""

    def __init__(self, name, path):
        super().__init__(name, f"Names of Keras's own module {name}, resolved by minikeras.")
        self.__path__ = []  # makes it a package, so that Python looks for submodules
        self.__package__ = name
        self._path = path

    def __getattr__(self, name):
        value = self._look_up(name)
        setattr(self, name, value)
        return value

    def __dir__(self):
        return sorted({*self._names(), *self._children()})

    def _names(self):
        if not self._path:
            return set(TOP)
        found = set(_own_names(self._path))
        public = set().union(*map(public_names_of, namespaces_of(self._path)))
        return found | {name for name in public if not name.startswith("__")}

    def _children(self):
        """The packages and oddly named files in this one; those that are named after a class are found, not listed."""
        inside = f"{self._path}." if self._path else ""
        packages = {path.removeprefix(inside) for path in PACKAGES if path.startswith(inside)}
        return {name for name in packages if "." not in name} | set(OTHER_FILES.get(self._path, "").split())

    def _look_up(self, name):
        if name == "__all__":
            return [public for public in dir(self) if not public.startswith("_")]
        if name in _own_names(self._path) or not name.startswith("__"):
            if name in _own_names(self._path):
                return _own_value(self._path, name)
            child = f"{self._path}.{name}".strip(".")
            if self._path in PACKAGES and not namespaces_of(self._path) and is_module(child):
                return source_module(f"{ROOT}.{child}")
            found, value = self._public(name)
            if found and not isinstance(value, ModuleType):
                return value
            if is_module(child) or (found and name in PACKAGES):  # `from keras.src.layers.layer import backend`
                return source_module(f"{ROOT}.{child if is_module(child) else name}")
            if found:
                return value
        raise AttributeError(self._refusal(name), name=name)

    def _public(self, name):
        """(whether there is a public object of that name here, the object)."""
        if not self._path and name in TOP:
            return True, getattr(public_module("models" if name == "Functional" else ""), name)
        for namespace in namespaces_of(self._path):
            if name in public_names_of(namespace):
                return True, getattr(public_module(namespace), name)
        if self._path.partition(".")[0] == "ops" and is_op(name) and isinstance(op_class(name), type):
            return True, op_class(name)  # `Add`, of which the operation of a node is an instance
        return False, None

    def _refusal(self, name):
        if name.startswith("__"):  # what Python and its tools try on any module
            return f"module {self.__name__!r} has no attribute {name!r}"
        return (
            f"module {self.__name__!r} has no attribute {name!r} in minikeras, which has the public names of Keras "
            f"there, and a few of its internals.{did_you_mean(name, self._names())}"
        )


def _own_names(path):
    return {*INTERNALS.get(path, {}), *(import_module(OWN_FILES[path]).__all__ if path in OWN_FILES else ())}


def _own_value(path, name):
    """The object of an internal name: of a file here, or of the module of minikeras that `INTERNALS` names."""
    module = INTERNALS.get(path, {}).get(name) or OWN_FILES[path]
    module, _, own_name = module.partition(":")
    return getattr(import_module(module), own_name or name)
