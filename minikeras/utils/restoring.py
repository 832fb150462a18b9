"""`all_or_nothing`: changes of a model inside are all made, or none."""

import collections
import types
from contextlib import contextmanager
from itertools import repeat

import numpy as np

from minikeras.autodiff.operation import Operation
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.layers.tracking import changes
from minikeras.losses import Loss
from minikeras.metrics import Metric
from minikeras.optimizers import Optimizer

PARTS_OF_MODELS = (Operation, Metric, Loss, Optimizer)
CONTAINERS = (list, dict, set, bytearray, collections.deque, tuple)
NOT_STATE = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, Tensor)


@contextmanager
def all_or_nothing(variables, objects=()):
    """A context in which variables and objects may be changed. An error, or Ctrl-C, restores everything.

    Args:
        variables: Variables that may be assigned to.
        objects: layers, optimizers and others whose attributes may change too, also in containers and in objects of
            the user's own.
    """
    before = Snapshot(variables, objects)
    try:
        yield
    except BaseException:
        before.restore()
        raise


def assign_all(variables, arrays):
    """Give Variables the values of new arrays of their shapes and dtypes, all at once: Ctrl-C comes before or after."""
    _set_tensors(variables, [Tensor(array) for array in arrays])


class Snapshot:
    """The state of variables and objects at one moment, to be restored.

    Args:
        variables, objects: see `all_or_nothing`.
    """

    def __init__(self, variables, objects=()):
        self._variables = {id(variable): variable for variable in variables}
        self._states = {}  # by id: (object, copy of its content)
        waiting = list(objects)
        while waiting:
            waiting.extend(self._note(waiting.pop()))
        self._tensors = [variable.handle for variable in self._variables.values()]

    def _note(self, value):
        """Copy the content of an object, one level deep, and return it."""
        if id(value) in self._states or isinstance(value, NOT_STATE):
            return ()
        if isinstance(value, Variable):
            self._variables[id(value)] = value
            return ()
        held = _held_by(value)
        if held is None:
            return ()
        self._states[id(value)] = (value, held)
        return () if isinstance(held, (np.ndarray, bytearray)) else _items(held)

    def restore(self):
        """Restore everything, even if interrupted."""
        interrupted = True
        while interrupted:
            try:
                self._restore()
                interrupted = False
            except KeyboardInterrupt:  # once more from the start; the error that led here continues anyway
                pass

    def _restore(self):
        _set_tensors(list(self._variables.values()), self._tensors)
        for value, held in self._states.values():
            _put_back(value, held)
        changes.count += 1  # cached facts on the structure of layers may be wrong


def _set_tensors(variables, tensors):
    # One call into C: signals are handled between lines of Python, so this is done as a whole.
    collections.deque(map(object.__setattr__, variables, repeat("_tensor"), tensors), maxlen=0)


def _held_by(value):
    """A copy of the changeable content of an object: a dict for attributes; None if it has none that counts."""
    if isinstance(value, np.ndarray):
        return value.copy() if value.flags.writeable else None
    for kind in CONTAINERS:
        if isinstance(value, kind):
            return kind(value)
    ours = type(value).__module__.partition(".")[0] == "minikeras"
    if ours and not isinstance(value, PARTS_OF_MODELS):
        return None
    return dict(vars(value)) if hasattr(value, "__dict__") else None


def _items(held):
    return [*held.values()] if isinstance(held, dict) else [*held]


def _put_back(value, held):
    if isinstance(value, np.ndarray):
        value[...] = held
    elif isinstance(value, (list, bytearray)):
        value[:] = held
    elif isinstance(value, collections.deque):
        value.clear()
        value.extend(held)
    elif not isinstance(value, tuple):
        content = value if isinstance(value, (dict, set)) else vars(value)
        content.clear()
        content.update(held)
