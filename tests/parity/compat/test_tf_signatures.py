"""Every function of the shim has the parameters of TensorFlow's: names, order, defaults."""

import enum
import inspect
import types

import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.compat.shim_cases import function_of  # noqa: E402

NAMESPACES = ["", "math", "nn", "linalg", "signal", "bitwise", "sets", "dtypes", "sparse"]
# Functions that belong to others and are checked in their own tests, or that differ on purpose, with the reason.
EXCEPTIONS = {"print": "TensorFlow hides its parameters behind **kwargs"}


def functions():
    for namespace in NAMESPACES:
        ours, theirs = (function_of(top, namespace) if namespace else top for top in (shim, tf))
        for name in sorted(set(getattr(ours, "__all__", vars(ours))) & set(dir(theirs))):
            function = getattr(ours, name)
            if isinstance(function, types.FunctionType) and "tensorflow" in function.__module__:
                yield f"{namespace}.{name}".removeprefix(".")


def parameters(function):
    return [
        (p.name, p.kind.name, "none" if p.default is inspect.Parameter.empty else _plain(p.default))
        for p in inspect.signature(function).parameters.values()
    ]


def _plain(default):
    if isinstance(default, enum.Enum):
        return default.name
    if callable(default):
        return default.__name__
    return tuple(default) if isinstance(default, list) else default


@pytest.mark.parametrize("name", [name for name in functions() if name not in EXCEPTIONS])
def test_same_parameters(name):
    assert parameters(function_of(shim, name)) == parameters(function_of(tf, name))


@pytest.mark.parametrize("namespace", NAMESPACES[1:])
def test_no_name_that_tensorflow_lacks(namespace):
    assert not set(function_of(shim, namespace).__all__) - set(dir(function_of(tf, namespace)))
