"""`tf.name_scope`, `tf.device` and the other scopes that a script opens around its code."""

__replay__ = "computes"

import threading
from contextlib import contextmanager, nullcontext

from minikeras.autodiff.name_scope import current_path
from minikeras.autodiff.name_scope import name_scope as one_scope
from minikeras.autodiff.state import stop_recording, thread
from minikeras.compat.tensorflow.notices import warn_once
from minikeras.random import operation_seeds

__all__ = [
    "control_dependencies",
    "device",
    "executing_eagerly",
    "get_current_name_scope",
    "init_scope",
    "inside_function",
    "name_scope",
]


class _Lifted(threading.local):
    """Whether this thread is in an `init_scope` within a function."""

    out_of_function = False


_lifted = _Lifted()


class name_scope:  # noqa: N801  TensorFlow's name for it
    """Context in which the name of every new Variable starts with `name`, which may have slashes.

    A name that ends with a slash is the whole path: enclosing scopes are ignored. `with … as path` yields the path,
    with a slash at its end.

    Raises:
        ValueError: `name` is not a string.
    """

    def __init__(self, name):
        if not isinstance(name, str):
            raise ValueError("The name of a `name_scope` must be a string.")
        self._name = name
        self._outer = []  # a scope may be re-entered inside itself

    @property
    def name(self):
        """The name that was passed."""
        return self._name

    def __enter__(self):
        self._outer.append(thread.name_scopes)
        scopes = [] if self._name.endswith("/") or not self._name else list(thread.name_scopes)
        scopes += [one_scope(part) for part in self._name.split("/") if part]
        thread.name_scopes = scopes
        return "".join(f"{scope.name}/" for scope in scopes)

    def __exit__(self, type_arg, value_arg, traceback_arg):
        thread.name_scopes = self._outer.pop()
        return False


def get_current_name_scope():
    """The path of the open name scopes, without a slash at its end."""
    return current_path()


@contextmanager
def device(device_name):
    """Code inside runs on the CPU for any `device_name`: minikeras has no other device."""
    name = device_name if isinstance(device_name, str) else getattr(device_name, "name", None)
    if name and "CPU" not in name.upper():
        warn_once("device", f"tf.device({name!r}): minikeras computes on the CPU.")
    yield


@contextmanager
def init_scope():
    """Context in which no tape records operations, and they are eager even in a `tf.function`."""
    before, _lifted.out_of_function = _lifted.out_of_function, inside_function()
    try:
        with stop_recording(), operation_seeds.outside_functions():
            yield
    finally:
        _lifted.out_of_function = before


def control_dependencies(control_inputs):
    """No effect: eager code runs in program order. A function among `control_inputs` is called."""
    if callable(control_inputs):
        control_inputs()
    else:
        for control in control_inputs or ():
            if callable(control) and not hasattr(control, "array"):
                control()
    return nullcontext()


def executing_eagerly():
    """False in a `tf.function`, a data set's function and a step of `fit`, from which TensorFlow builds graphs.

    minikeras computes eagerly there too; but programs use this function to choose what they do.
    """
    return not operation_seeds.inside_function()


def inside_function():
    """Whether TensorFlow would be building a graph, apart from an `init_scope`."""
    return _lifted.out_of_function or operation_seeds.inside_function()
