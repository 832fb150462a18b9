"""The variables of layers: their first values, as layers create them, and a digest of each after every step."""

import json
from pathlib import Path

import numpy as np

from .arrays import as_numpy, digest, is_float
from .recorder import ARRAYS, EVENTS
from .wrapping import wrap_method


class Variables:
    """All variables that layers create or optimizers change, in order.

    Attributes:
        known: the variables.
        about: a dict per variable: path, shape, dtype, trainable, layer, class, initial (where the first is kept).
    """

    def __init__(self, recorder, eagerly):
        self.recorder = recorder
        self.eagerly = eagerly  # context manager in which values can be read even while a graph is traced
        self.known, self.about, self.layers = [], [], []
        self.created = None  # called with number and first value of each, in mode "detail"
        self._numbers = {}
        self._pending = []  # created while a graph is traced, so that they have no value yet
        self._digests = {}
        self._copied = Copied(recorder.options["copy_weights"]) if recorder.options["copy_weights"] else None
        recorder.facts["variables"] = self.about
        recorder.facts["copied"] = []

    def add(self, variable, layer=None):
        """Note a variable; its number."""
        number = self._numbers.get(id(variable))
        if number is None:
            number = self._numbers[id(variable)] = len(self.known)
            self.known.append(variable)  # keeps it alive, so that its id stays its own
            self.layers.append(layer)
            self.about.append(
                {
                    "path": str(getattr(variable, "path", None) or getattr(variable, "name", f"variable {number}")),
                    "shape": [int(n) for n in variable.shape],
                    "dtype": str(getattr(variable.dtype, "name", variable.dtype)),
                    "trainable": bool(getattr(variable, "trainable", True)),
                    "layer": getattr(layer, "name", None),
                    "class": type(layer).__name__ if layer is not None else None,
                }
            )
            self._pending.append(number)
            self.settle()
        return number

    def settle(self):
        """Keep the first values of variables that have got one since they were created."""
        waiting, self._pending = self._pending, []
        for number in waiting:
            value = self.value(number)
            if value is None:
                self._pending.append(number)
                continue
            if self._copied is not None:
                value = self._copy_into(number, value)
            if self.created is not None:
                self.created(number, value)
            self.about[number]["initial"] = self.recorder.keep(f"initial/{number}", value)["array"]

    def forget_pending(self):
        """A step has run: variables first seen after it have no initial value."""
        self._pending = []

    def _copy_into(self, number, value):
        """Assign the other run's first value to this variable, if it has one of that place and shape."""
        given = self._copied.first_value(number, self.about[number]["path"])
        if given is None or given.shape != value.shape:
            return value
        self.known[number].assign(given.astype(value.dtype))
        self.recorder.facts["copied"].append(number)
        return given

    def value(self, number):
        """The value now as an array, or None while there is none."""
        try:
            with self.eagerly():
                value = as_numpy(self.known[number])
        except (NotImplementedError, AttributeError, TypeError, ValueError):
            return None  # Keras's word while a graph is traced: the value comes afterwards
        # TensorFlow's: a variable that is not initialized yet is empty
        return value if list(value.shape) == self.about[number]["shape"] else None

    def digest_all(self, step):
        """A digest of every float variable, filed under the number of the step's event."""
        for number in range(len(self.known)):
            value = self.value(number)
            if value is not None and is_float(value):
                steps, rows = self._digests.setdefault(number, ([], []))
                steps.append(step)
                rows.append(digest(value))

    def finish(self):
        """Hand digests and last values over to the recorder."""
        for number, (steps, rows) in self._digests.items():
            self.recorder.arrays[f"digest/{number}"] = np.array(rows, np.float64)
            self.recorder.arrays[f"digest steps/{number}"] = np.array(steps, np.int64)
        for number, about in enumerate(self.about):
            value = self.value(number)
            if value is not None:
                about["final"] = self.recorder.keep(f"final/{number}", value)["array"]
            # paths may have been completed, and layers frozen, since the variable was created
            about["path"] = str(getattr(self.known[number], "path", about["path"]))


class Copied:
    """First values from the recording of another run.

    Args:
        folder: where that is.
    """

    def __init__(self, folder):
        with np.load(Path(folder, ARRAYS), allow_pickle=False) as arrays:
            self.arrays = {name: arrays[name] for name in arrays.files if name.startswith("initial/")}
        self.numbers = numbers_by_path(json.loads(Path(folder, EVENTS).read_text(encoding="utf-8"))["facts"])

    def first_value(self, number, path):
        """The record of the variable with this path, or else of the one created at this position, or None."""
        return self.arrays.get(f"initial/{self.numbers.get(path, number)}")


def numbers_by_path(facts):
    """{path: number} of the variables of a recording whose paths are their own."""
    paths = [about["path"] for about in facts["variables"]]
    return {path: number for number, path in enumerate(paths) if paths.count(path) == 1}


def watch_creation(keras, variables):
    """Note every variable at the moment when `Layer.add_weight` returns it."""
    recorder = variables.recorder

    def add_weight(original, layer, *args, **kwargs):
        variable = original(layer, *args, **kwargs)
        with recorder.clock.observing():
            variables.add(variable, layer)
        return variable

    wrap_method(keras.layers.Layer, "add_weight", add_weight)
