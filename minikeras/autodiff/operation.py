"""`Operation`, whatever can be a node of a functional graph, and `Op`, a mathematical operation with a gradient rule.

An `Op` holds configuration only (an axis, strides). What happened in one use of it (inputs, outputs) stands in the
tape's `Call`. So one class serves eager execution, the gradient tape and the symbolic graph:

    class Tanh(Op):
        "y = tanh(x);   dx = dy · (1 − y²)."
        keeps = ("output",)                  # what the tape must hold until backward

        def forward(self, x):                # array -> array
            return np.tanh(x)

        def backward(self, call, dy):        # one gradient (or None) per input
            return (dy * (1.0 - call.output * call.output),)

Gradient rules use operators and `SomeOp(…).of(…)` only. Then the same text runs on arrays (the usual, fast case) and
on Tensors when an outer tape watches the gradient computation itself: higher-order gradients for free.
"""

from functools import wraps

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import Node
from minikeras.autodiff.state import no_history, stop_recording, thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.naming import auto_name

_PYTHON_NUMBERS = (float, int, bool)


class Operation:
    """Base of everything that can stand in a functional graph: ops and layers.

    `op(x)` computes when x holds numbers, and leaves a node when x is symbolic (a `KerasTensor`).
    """

    _name = None
    _inbound_nodes = None

    def __init__(self, name=None):
        self._name = name

    @property
    def name(self):
        """The given name, or one made of the class's: "dense_1"."""
        if self._name is None:
            self._name = auto_name(type(self).__name__)
        return self._name

    def __call__(self, *args, **kwargs):
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def call(self, *args, **kwargs):
        """Compute the outputs."""
        raise NotImplementedError(f"{type(self).__name__} must implement `call`.")

    def symbolic_call(self, *args, **kwargs):
        """Infer the outputs' shapes and record this use as a node of the graph."""
        outputs = self.compute_output_spec(*args, **kwargs)
        if thread.records_history:
            Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args, **kwargs):
        """KerasTensors with the shapes and dtypes of what `call` would return, by running it symbolically."""
        with no_history():
            return self.call(*args, **kwargs)

    @property
    def input(self):
        """The symbolic input (or nested inputs) of the only node of this operation."""
        return self._only_node("input").input

    @property
    def output(self):
        """The symbolic output (or nested outputs) of the only node of this operation."""
        return self._only_node("output").output

    def _only_node(self, attribute):
        nodes = self._inbound_nodes or []
        if len(nodes) != 1:
            kind = "has never been called on a symbolic tensor" if not nodes else "has been called several times"
            raise ValueError(
                f"`{self.name}` {kind}, so its {attribute} is not defined. "
                "Call it once on a `keras.Input`, or build the model with an input shape."
            )
        return nodes[0]

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """Make an instance from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def any_symbolic(args, kwargs=None):
    """Whether a KerasTensor stands anywhere in the (nested) arguments."""
    for x in args:
        if isinstance(x, KerasTensor):
            return True
        if isinstance(x, (list, tuple, dict)) and any_symbolic(x.values() if isinstance(x, dict) else x):
            return True
    return bool(kwargs) and any_symbolic(kwargs.values())


class Op(Operation):
    """A mathematical operation on arrays: forward, backward and shape rule on one screen.

    Class attributes:
        keeps: what the tape holds for `backward`: "inputs", "output" or both.
        differentiable: False for ops whose result does not depend smoothly on the inputs (argmax, comparisons).
    """

    keeps = ("inputs", "output")
    differentiable = True

    def __init__(self):
        pass

    def forward(self, *arrays):
        """Output array (or a tuple of arrays) from input arrays or Python numbers."""
        raise NotImplementedError

    def backward(self, call, *dys):
        """Tuple with the gradient of each input (None for those that have none), from those of the outputs."""
        raise NotImplementedError(f"The gradient of {type(self).__name__} is not defined.")

    def __call__(self, *inputs):
        arrays, tensors = [], []
        for x in inputs:
            kind = type(x)
            if kind is not Tensor:
                if kind in _PYTHON_NUMBERS:  # stay as they are: they take the dtype of the array beside them
                    arrays.append(x)
                    tensors.append(x)
                    continue
                if isinstance(x, KerasTensor):
                    return self.symbolic_call(*inputs)
                x = x.read() if isinstance(x, Variable) else x if isinstance(x, Tensor) else Tensor(as_array(x))
            arrays.append(x.array)
            tensors.append(x)
        result = self.forward(*arrays)
        if type(result) is tuple:
            outputs = tuple([Tensor(y) for y in result])
            self._record(tensors, outputs)
            return outputs
        output = Tensor(result)
        if thread.tapes:
            self._record(tensors, (output,))
        return output

    call = __call__

    def _record(self, inputs, outputs):
        if self.differentiable:
            for tape in thread.tapes:
                tape.record(self, inputs, outputs)

    def of(self, *inputs):
        """Apply to arrays (gives arrays) or Tensors (gives Tensors): how gradient rules call an op."""
        for x in inputs:
            if isinstance(x, Tensor):
                return self(*inputs)
        return self.forward(*inputs)

    def compute_output_spec(self, *inputs):
        """Shapes and dtypes of the outputs: by `output_shape` if the op has that rule, else by a trial run."""
        if self.output_shape is not None:
            shape = self.output_shape(*[tuple(getattr(x, "shape", None) or np.shape(x)) for x in inputs])
            return KerasTensor(shape, dtype=self.output_dtype(*inputs))
        return probe_output_spec(self, inputs)

    # A rule `output_shape(*input_shapes) -> shape`, where None is an unknown length. Ops without one are tried out.
    output_shape = None

    def output_dtype(self, *inputs):
        """Name of the output's dtype, given the inputs: that of the first tensor unless the op says otherwise."""
        return next(x.dtype for x in inputs if hasattr(x, "dtype"))


# Stand-ins for unknown lengths in a trial run. Axes of the output that differ between the two runs are unknown too.
_TRIAL_LENGTHS = (12, 18)


def probe_output_spec(op, inputs):
    """Infer output shapes and dtypes by running `op.forward` on zeros, once or (with unknown lengths) twice.

    The inputs are broadcast from one zero, so they take no memory whatever their shape.
    """

    def trial(length):
        arrays = [
            np.broadcast_to(np.zeros((), x.dtype), [length if n is None else n for n in x.shape])
            if isinstance(x, KerasTensor)
            else (x if type(x) in _PYTHON_NUMBERS else as_array(x))
            for x in inputs
        ]
        with np.errstate(all="ignore"), stop_recording():
            result = op.forward(*arrays)
        return [np.asarray(y) for y in result] if type(result) is tuple else np.asarray(result)

    def merge(y, other):
        shape = [a if a == b else None for a, b in zip(y.shape, other.shape, strict=True)]
        return KerasTensor(shape, dtype=y.dtype.name)

    unknown = any(None in x.shape for x in inputs if isinstance(x, KerasTensor))
    first = trial(_TRIAL_LENGTHS[0])
    second = trial(_TRIAL_LENGTHS[1]) if unknown else first
    if isinstance(first, list):
        return tuple(merge(y, other) for y, other in zip(first, second, strict=True))
    return merge(first, second)


class ComposedOp(Operation):
    """A function made of other ops, as one node of a functional graph."""

    def __init__(self, function, class_name, name=None):
        super().__init__(name=name or auto_name(class_name))
        self.function = function
        self.call = function
        self.class_name = class_name


def composed(function):
    """Decorator for a public function that is made of ops: with a symbolic argument it becomes one graph node.

    Eagerly it is the plain function, whose ops the tape records one by one.
    """
    class_name = "".join(part.capitalize() for part in function.__name__.split("_"))

    @wraps(function)
    def wrapper(*args, **kwargs):
        if any_symbolic(args, kwargs):
            if not thread.records_history:
                return function(*args, **kwargs)
            return ComposedOp(function, class_name).symbolic_call(*args, **kwargs)
        return function(*args, **kwargs)

    return wrapper


def symbolic_inputs(nested):
    """The KerasTensors in a nested structure, in order."""
    return [x for x in tree.flatten(nested) if isinstance(x, KerasTensor)]
