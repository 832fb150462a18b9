"""The modules that scripts import as `tensorflow`, `keras` and `tf_keras`: real module objects, filled on demand.

A namespace shim has a name ("tensorflow.keras.layers") and sources: the modules of minikeras in which its names are
looked up, in this order. Only public names count, those in a source's `__all__`; so `minikeras.layers.core`, a package
of ours, is no `keras.layers.core`. And there is no list of Keras's names here: a layer that minikeras exports is in
`keras.layers`.
"""

__replay__ = "computes"

from functools import wraps
from importlib import import_module
from types import FunctionType, ModuleType

from minikeras import config
from minikeras.compat.missing_names import missing_name, missing_name_message

_KERAS = ("minikeras.compat.keras", "minikeras")
SOURCES = {
    "tensorflow": ("minikeras.compat.tensorflow",),
    "tensorflow.__internal__": ("minikeras.compat.tensorflow.internal",),
    "tensorflow.dtypes": ("minikeras.compat.tensorflow.casts", "minikeras.compat.tensorflow.dtypes"),
    "tensorflow.dtypes.experimental": ("minikeras.compat.tensorflow.experimental_dtypes",),
    "tensorflow.experimental.numpy": (
        "minikeras.compat.tensorflow.experimental.numpy",
        "minikeras.compat.tensorflow.experimental.numpy_behavior",
    ),
    "tensorflow.keras": _KERAS,
    "tensorflow.losses": ("minikeras.compat.keras.losses", "minikeras.losses"),
    "tensorflow.metrics": ("minikeras.compat.keras.metrics", "minikeras.metrics"),
    "keras": _KERAS,
    "tf_keras": _KERAS,  # Keras 2 with TensorFlow; here it is Keras 3
}
ELSEWHERE = {"keras.src": "minikeras.compat.keras_src.source_module"}  # which finds all modules from there downward
ROOTS = {name.partition(".")[0] for name in SOURCES}

TENSORFLOW_VERSION = "2.21.0"  # the versions whose behaviour minikeras follows; scripts compare them
KERAS_VERSION = "3.15.1"
_PINNED = {
    name: {"__version__": TENSORFLOW_VERSION}
    if "keras" not in name
    else {"__version__": KERAS_VERSION, "version": lambda: KERAS_VERSION}
    for name in SOURCES
}


def _backend():
    """The name of the backend whose behaviour scripts get: "tensorflow". (`minikeras.config.backend()` is another.)"""
    return "tensorflow"


@wraps(config.set_backend)
def _set_backend(backend):
    # Here it takes the name that `backend` returns.
    if backend != _backend():
        config.set_backend(backend)


_ROOTS_OF_KERAS = [root for root in SOURCES if "keras" in root]
_PINNED |= {f"{root}.backend": {"backend": _backend} for root in _ROOTS_OF_KERAS}
_PINNED |= {f"{root}.config": {"backend": _backend, "set_backend": _set_backend} for root in _ROOTS_OF_KERAS}

_shims = {}


def namespace_shim(name):
    """The module object for `name`, always the same one. Raises ModuleNotFoundError if there is none."""
    if (finder := _finder_elsewhere(name)) is not None:
        return import_module(finder).source_module(name)
    if name not in _shims:
        sources = [import_module(source) for source in SOURCES[name]] if name in SOURCES else _child_sources(name)
        _shims[name] = NamespaceShim(name, sources)
    return _shims[name]


class NamespaceShim(ModuleType):
    """A module whose names come from its sources; each is looked up on its first use and kept."""

    def __init__(self, name, sources):
        super().__init__(name, sources[0].__doc__)
        self.__path__ = []  # makes it a package, so that Python looks for submodules
        self.__package__ = name
        self.__sources__ = sources
        if name in SOURCES:
            self.__file__ = getattr(sources[0], "__file__", None)
        vars(self).update(_PINNED.get(name, {}))

    def __getattr__(self, name):
        value = self._look_up(name)
        setattr(self, name, value)
        return value

    def __dir__(self):
        names = set().union(*map(public_names, self.__sources__))
        names.update(child for parent, _, child in map(_split, SOURCES) if parent == self.__name__)
        return sorted(names)

    def _look_up(self, name):
        if name == "__all__":
            return [public for public in dir(self) if not public.startswith("_")]
        full_name = f"{self.__name__}.{name}"
        if full_name in SOURCES or full_name in ELSEWHERE:
            return namespace_shim(full_name)
        for source in self.__sources__:
            if name in public_names(source):
                value = getattr(source, name)
                return namespace_shim(full_name) if isinstance(value, ModuleType) else self._as_offered(value)
        if name.startswith("__"):  # what Python and its tools try on any module
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)
        for source in self.__sources__:
            if self.__name__ not in SOURCES and _explains_missing_names(source):
                return getattr(source, name)  # or an AttributeError with the reason: there is no `K.placeholder`
        return missing_name(self.__name__, name, dir(self), elsewhere(self.__name__, name))

    def _as_offered(self, value):
        """A function with what its namespace checks first: see `compat/tensorflow/operand_checks.py`."""
        offer = getattr(namespace_shim(_root(self.__name__)).__sources__[0], "__offers__", None)
        return value if offer is None or not isinstance(value, FunctionType) else offer(value)


def _root(module_name):
    """The name in `SOURCES` that a shim is below: "tensorflow.keras" for "tensorflow.keras.layers"."""
    return next(root for root in sorted(SOURCES, key=len, reverse=True) if f"{module_name}.".startswith(f"{root}."))


def _explains_missing_names(source):
    """Whether a source raises its own error for missing names."""
    own = vars(source).get("__getattr__")
    return own is not None and getattr(own, "explains_missing_names", True)


def public_names(module):
    """The names that a source offers: its `__all__`; without one, what a package imports or what a module defines."""
    names = vars(module)
    if "__all__" in names:
        return set(names["__all__"])
    if "__path__" in names:
        return {name for name in names if name[0] != "_" and not _is_foreign(names[name])}
    return {name for name in names if name[0] != "_" and getattr(names[name], "__module__", None) == module.__name__}


def _is_foreign(value):
    return isinstance(value, ModuleType) and not value.__name__.startswith("minikeras.")


def elsewhere(module_name, name):
    """Full names that end in `name` and exist: "tensorflow.math.log" for TensorFlow 1's `tensorflow.log`."""
    top = namespace_shim(_root(module_name))
    children = (getattr(top, child) for child in dir(top))
    modules = [top, *(child for child in children if isinstance(child, NamespaceShim))]
    return [f"{module.__name__}.{name}" for module in modules if name in dir(module) and module.__name__ != module_name]


def _finder_elsewhere(name):
    return next((finder for root, finder in ELSEWHERE.items() if f"{name}.".startswith(f"{root}.")), None)


def _child_sources(name):
    parent_name, _, child = _split(name)
    parent = namespace_shim(parent_name)
    sources = [getattr(source, child) for source in parent.__sources__ if child in public_names(source)]
    modules = [source for source in sources if isinstance(source, ModuleType)]
    if not modules:
        # Without `name=`: in `from tensorflow import name`, Python replaces a ModuleNotFoundError of the very name by
        # its own "cannot import name".
        raise ModuleNotFoundError(
            missing_name_message(parent_name, child, dir(parent), elsewhere(parent_name, child)), name=parent_name
        )
    return modules


def _split(name):
    return name.rpartition(".")
