"""tf functions on symbolic tensors, with lengths that are known only when the model runs.

In `tf.zeros((tf.shape(x)[0], 8))` the shape depends on a value. In a functional model that call becomes a node, like
any layer; its static shape is found by trial runs (`autodiff/output_spec.py`).
"""

__replay__ = "computes"

import inspect
from functools import wraps

import numpy as np

from minikeras.autodiff import KerasTensor, Operation, Tensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.output_spec import by_dummy_inputs, zeros_or_ones
from minikeras.base import replay
from minikeras.base.naming import auto_name
from minikeras.serialization.custom_objects import register_own

FUNCTIONS = {}
"""Name → function, for every function decorated with `symbolic`. The name is "arrays.creation.zeros"."""


class SymbolicShape(KerasTensor):
    """`tf.shape(x)` of a symbolic tensor, or a part of it: int32 elements, some of them known.

    Args:
        lengths: the elements, None where they are known only when the model runs.
    """

    def __init__(self, lengths, dtype="int32", name=None):
        super().__init__((len(lengths),), dtype=dtype, name=name)
        self.lengths = tuple(lengths)

    def __getitem__(self, key):
        if isinstance(key, int) and self.lengths[key] is not None:
            return Tensor(np.asarray(self.lengths[key], self.dtype))
        item = super().__getitem__(key)
        if not isinstance(key, slice):
            return item
        part = SymbolicShape(self.lengths[key], self.dtype)
        part._keras_history = item._keras_history
        return part

    def __len__(self):
        return len(self.lengths)

    def __iter__(self):
        return (self[i] for i in range(len(self.lengths)))


def static_lengths(shape):
    """The known elements of a shape argument, None for each symbolic one."""
    if isinstance(shape, SymbolicShape):
        return shape.lengths
    if isinstance(shape, KerasTensor):
        return (None,) * (shape.shape[0] or 0)
    return tuple(None if isinstance(n, KerasTensor) else int(n) for n in shape)


@register_own("minikeras>FaceFunction")  # its name in saved models
class NamespaceFunction(Operation):
    """A tf function as a node of a functional graph.

    Args:
        function: its name in `FUNCTIONS`.
    """

    def __init__(self, function, name=None):
        super().__init__(name)
        self.function = function

    @property
    def name(self):
        """The given name, or one derived from the function's: "tf_zeros_1"."""
        if self._name is None:
            words = self.function.rpartition(".")[2].split("_")  # such as "_reshape_symbolic"
            self._name = auto_name("_".join(["tf", *(word for word in words if word not in ("", "symbolic"))]))
        return self._name

    def call(self, *args, **kwargs):
        return FUNCTIONS[self.function](*args, **kwargs)

    def compute_output_spec(self, *args, **kwargs):
        """The function's own rule if it has one, else the result of running it with stand-ins."""
        function = FUNCTIONS[self.function]
        if function.output_spec is not None:
            return function.output_spec(*args, **kwargs)
        return by_dummy_inputs(function, args, kwargs, dummy_input=known_values)

    def is_pure_node(self):
        return replay.declared_by(FUNCTIONS[self.function].__module__) == replay.COMPUTES

    def call_on_rows(self, rows, args, kwargs):
        function = FUNCTIONS[self.function]
        return NotImplemented if function.on_rows is None else function.on_rows(function, rows, *args, **kwargs)

    def get_config(self):
        return {"name": self.name, "function": self.function}


def symbolic(function=None, *, output_spec=None, on_rows=None):
    """Decorator for a tf function: called with a symbolic tensor, it becomes a node of the graph.

    Args:
        output_spec: a function of the same arguments that returns the result's KerasTensors; None for trial runs.
        on_rows: function(function, rows, *args, **kwargs) that computes several rows at once, or returns NotImplemented
            (see `Operation.call_on_rows`).
    """
    if function is None:
        return lambda function: symbolic(function, output_spec=output_spec, on_rows=on_rows)

    @wraps(function)
    def wrapper(*args, **kwargs):
        if any_symbolic(args, kwargs):
            return NamespaceFunction(name).symbolic_call(*args, **kwargs)
        return function(*args, **kwargs)

    name = f"{function.__module__.removeprefix(__package__ + '.')}.{function.__name__}"
    wrapper.output_spec, wrapper.on_rows = output_spec, on_rows
    FUNCTIONS[name] = wrapper
    wrapper.__signature__ = inspect.signature(function)
    return wrapper


def known_values(x, length, run):
    """The replacement of a symbolic tensor in a trial run: the lengths of a shape, else zeros or ones."""
    if isinstance(x, SymbolicShape):
        return Tensor(np.asarray([length if n is None else n for n in x.lengths], x.dtype))
    return zeros_or_ones(x, length, run)
