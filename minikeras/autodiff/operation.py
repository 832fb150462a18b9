"""`Operation`, any node of a functional graph, and `Op`, a mathematical operation with a gradient rule.

An `Op` holds configuration only (an axis, strides). The inputs and outputs of one use are in the tape's `Call`. So one
class serves eager execution, the gradient tape and the symbolic graph:

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

import numpy as np

from minikeras import tree
from minikeras.autodiff import operators
from minikeras.autodiff.array_dtypes import UnsupportedDtypeError
from minikeras.autodiff.constructor_arguments import (
    config_of_arguments,
    constructor_arguments,
    remembering_arguments,
    takes_name,
)
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import Node
from minikeras.autodiff.op_facts import OpFacts
from minikeras.autodiff.output_spec import probe_output_spec
from minikeras.autodiff.sparsity import has_sparse_output
from minikeras.autodiff.state import no_history, thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.autodiff.widening import computed
from minikeras.base import extension_dtypes
from minikeras.base.limits import reads_config
from minikeras.base.naming import auto_name
from minikeras.base.signatures import own_constructor

_PYTHON_NUMBERS = (float, int, bool)


class Operation:
    """Base class of everything that can be a node of a functional graph: ops and layers.

    `op(x)` computes when x holds values, and records a node when x is symbolic (a `KerasTensor`).
    """

    _name = None
    _inbound_nodes = None
    _remat_mode = None  # the `RematScope` in which it was made

    def __init__(self, name=None):
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Argument `name` must be a string without '/'. Received: name={name!r}")
        self._name = name
        if thread.remat_scopes:
            self._remat_mode = thread.remat_scopes[-1].settings

    @property
    def name(self):
        """The given name, or one derived from the class's: "dense_1"."""
        if self._name is None:
            self._name = auto_name(type(self).__name__)
        return self._name

    @name.setter
    def name(self, name):
        self._name = name

    def __call__(self, *args, **kwargs):
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        call = self.call if self._remat_mode is None else self.rematerialized_call(self.call, *args, **kwargs)
        return call(*args, **kwargs)

    def call(self, *args, **kwargs):
        """Compute the outputs."""
        raise NotImplementedError(f"{type(self).__name__} must implement `call`.")

    def is_pure_node(self):
        """Whether a call changes nothing and depends on its arguments alone, apart from `tf.random`'s numbers."""
        return False

    def call_on_rows(self, rows, args, kwargs):
        """`call` for several rows at once, as `OpFacts.forward_rows` does it for ops.

        Args:
            rows: their number.
            args, kwargs: those of a node, Tensors that have rows along a new first axis in place of symbolic ones.

        Returns:
            NotImplemented if `call` has to be called row by row.
        """
        return NotImplemented

    def quantized_call(self, *args, **kwargs):
        """Compute the outputs with quantized weights. Layers that can be quantized override it."""
        raise NotImplementedError(f"{type(self).__name__} is not quantized.")

    def rematerialized_call(self, fn, *args, **kwargs):
        """`fn`, or, if the operation's `RematScope` asks for it, a function that keeps no intermediate values."""
        return fn if self._remat_mode is None else self._remat_mode.rematerialized(self, fn, args, kwargs)

    def symbolic_call(self, *args, **kwargs):
        """Infer the outputs' shapes and record this use as a node of the graph."""
        outputs = self.compute_output_spec(*args, **kwargs)
        if thread.records_history:
            outputs = tree.map_structure(_as_output, outputs)
            self._require_tensors(outputs)
            Node(self, args, kwargs, outputs)
        return outputs

    def _require_tensors(self, outputs):
        """Refuse to put an operation whose outputs are not tensors into a graph.

        Raises:
            ValueError
        """
        others = [x for x in tree.flatten(outputs) if not isinstance(x, KerasTensor)]
        if outputs is None:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' returned None. Does the last line of its `call` lack a `return`?"
            )
        if others:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' must return tensors, or a nested structure of them. "
                f"Received among its outputs: {others[0]!r}"
            )

    def compute_output_spec(self, *args, **kwargs):
        """KerasTensors with the shapes and dtypes of the results of `call`, by running it symbolically."""
        with no_history():
            return self.call(*args, **kwargs)

    @property
    def input(self):
        """The symbolic input (or nested inputs) of this operation when it was first called."""
        return self._first_node("input").input

    @property
    def output(self):
        """The symbolic output (or flat list of several) of this operation when it was first called."""
        outputs = self._first_node("output").outputs
        return outputs[0] if len(outputs) == 1 else list(outputs)

    def _first_node(self, attribute):
        if not self._inbound_nodes:
            raise AttributeError(
                f"`{self.name}` has never been called on a symbolic tensor and thus has no defined {attribute}. "
                "Call it on a `keras.Input`, or build the model with an input shape."
            )
        return self._inbound_nodes[0]

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        is_users = cls.__new__ is object.__new__ and not cls.__module__.startswith("minikeras.")  # no layer
        if is_users and "__init__" in cls.__dict__:
            cls.__init__ = remembering_arguments(cls.__init__)
        own_constructor(cls)

    def get_config(self):
        """The constructor's arguments (`constructor_arguments.py`), and the name if it is one of them."""
        name = {"name": self.name} if takes_name(type(self)) else {}
        return {**name, **config_of_arguments(self)}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """Make an operation from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<Operation name={self.name}>"  # whichever the class, as in Keras; layers name theirs


def _as_output(x):
    """A KerasTensor for the output of an operation: a new one if the operation returned one made elsewhere (its input,
    perhaps), or state, whose values may have changed by the time the graph runs."""
    if isinstance(x, (Tensor, Variable)) or (isinstance(x, KerasTensor) and x._keras_history is not None):
        return KerasTensor(x.shape, dtype=x.dtype)
    return x


def any_symbolic(args, kwargs=None):
    """Whether there is a KerasTensor anywhere in the (nested) arguments."""
    for x in (*args, *kwargs.values()) if kwargs else args:
        if isinstance(x, KerasTensor):
            return True
        if isinstance(x, (list, tuple, dict)) and any_symbolic(x.values() if isinstance(x, dict) else x):
            return True
    return False


class Op(OpFacts, Operation):
    """A mathematical operation on arrays: forward, backward and shape rule on one screen.

    `OpFacts` has what else it may declare about itself, for plans.

    Class attributes:
        keeps: what the tape holds for `backward`: "inputs", "output" or both.
        kept_inputs: the positions of the inputs that the tape holds, if "inputs" is in `keeps`; None for all. The
            others are None in `call.inputs`, and their memory can be freed.
        kept_outputs: the same for the outputs, if "output" is in `keeps`.
        differentiable: False for ops whose result does not depend smoothly on the inputs (argmax, comparisons).
        holomorphic: whether the rule dx = dy · f'(x) is also correct for complex numbers. The gradient of a
            complex number z = a + ib is ∂/∂a + i·∂/∂b (as in TensorFlow), so the tape runs such a rule on the conjugate
            of dy and conjugates its result. False for rules that are right as they are.
        takes_none: whether `backward` gets None, in place of zeros, for an output that was not used. For ops
            with hidden outputs, such as the probabilities inside a crossentropy.
        takes_functions: whether functions are among the constructor's arguments. Then no file can store the op.
    """

    takes_functions = False
    keeps = ("inputs", "output")
    kept_inputs = kept_outputs = None
    differentiable = True
    holomorphic = True
    takes_none = False

    __init__ = object.__init__  # no name: `Operation.name` makes one on demand

    def forward(self, *arrays):
        """Compute the output array (or a tuple of arrays) from input arrays or Python numbers."""
        raise NotImplementedError

    def backward(self, call, *dys):
        """Compute the gradients of the inputs, a tuple (None for an input without one), from those of the outputs."""
        raise NotImplementedError(f"The gradient of {type(self).__name__} is not defined.")

    def __call__(self, *inputs):
        # Every line here costs each op of each training step 30 to 100 ns.
        arrays = []
        for x in inputs:
            if type(x) is Tensor:
                arrays.append(x.array)
            elif type(x) in _PYTHON_NUMBERS and len(inputs) > 1:
                arrays.append(x)  # it takes the dtype of the array it is combined with
            elif any(isinstance(x, KerasTensor) for x in inputs):
                return self.symbolic_call(*inputs)
            else:
                for other in inputs:
                    if hasattr(type(other), "apply_op"):  # a SparseTensor or the like computes the output
                        return other.apply_op(self, inputs)
                inputs = as_operands(inputs, self)
                arrays = [operand.array if type(operand) is Tensor else operand for operand in inputs]
                break
        result = computed(self, arrays) if extension_dtypes.in_use else self.forward(*arrays)
        outputs = tuple([Tensor(y) for y in result]) if type(result) is tuple else Tensor(result)
        observers = thread.op_called
        if observers:
            for op_called in observers:
                op_called(self, inputs, outputs if type(outputs) is tuple else (outputs,))
        return outputs

    call = __call__

    def is_pure_node(self):
        return self.is_replayable

    def symbolic_call(self, *args, **kwargs):
        outputs = super().symbolic_call(*args, **kwargs)
        if type(outputs) is KerasTensor and (inputs := _tensors_and_numbers(args)):
            outputs._sparse = has_sparse_output(self, inputs)
        return outputs

    def of(self, *inputs):
        """Apply to arrays (gives arrays), Tensors (gives Tensors) or symbolic ones: how gradient rules call an op."""
        for x in inputs:
            if type(x) is not np.ndarray and isinstance(x, (Tensor, KerasTensor)):
                return self(*inputs)
        return computed(self, inputs) if extension_dtypes.in_use else self.forward(*inputs)

    def compute_output_spec(self, *inputs):
        """Shapes and dtypes of the outputs: by `output_shape` if the op has that rule, else by a trial run."""
        if self.output_shape is not None:
            shape = self.output_shape(*[tuple(getattr(x, "shape", None) or np.shape(x)) for x in inputs])
            return KerasTensor(shape, dtype=self.output_dtype(*inputs))
        return probe_output_spec(self, inputs)

    def get_config(self):
        """Name and constructor arguments, which every op keeps as attributes of the same names."""
        return {"name": self.name, **{word: getattr(self, word) for word in constructor_arguments(type(self))}}

    def configuration(self):
        """{name: value} of everything that distinguishes it from another op of its class."""
        return {key: value for key, value in vars(self).items() if key not in ("_name", "_inbound_nodes", "_arguments")}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """Make an op from what `get_config` returned."""
        settings = {key: value for key, value in config.items() if key != "name"}
        op = cls(**settings)
        op._name = config.get("name")
        return op

    # A rule `output_shape(*input_shapes) -> shape`, where None is an unknown length. Ops without one run on examples.
    output_shape = None

    def output_dtype(self, *inputs):
        """Name of the output's dtype, given the inputs: that of the first tensor unless the op declares otherwise."""
        return next(x.dtype for x in inputs if hasattr(x, "dtype"))


def _tensors_and_numbers(args):
    return args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args


def as_operands(inputs, op):
    """An op's inputs as Tensors. Python numbers stay, to take the dtype of the array that they are combined with."""
    alone = len(inputs) == 1
    try:
        return tuple([x if type(x) in _PYTHON_NUMBERS and not alone else as_operand(x) for x in inputs])
    except UnsupportedDtypeError as error:
        raise UnsupportedDtypeError(error.array, f"an input of {type(op).__name__}") from None


def as_operand(x):
    """An op's input, other than a Python number, as a Tensor."""
    if type(x) is Tensor:
        return x
    if isinstance(x, Variable):
        return x.read()
    if isinstance(x, Tensor):
        return x.plain  # of a subclass: ops and tapes handle plain Tensors only
    if isinstance(x, (list, tuple)) and holds_tensors(x):
        return operators.basic_ops.stack_nested(x)
    return Tensor(as_array(x))


def holds_tensors(nested):
    """Whether there is a Tensor or Variable anywhere in nested lists."""
    return any(holds_tensors(x) if isinstance(x, (list, tuple)) else isinstance(x, (Tensor, Variable)) for x in nested)


class OpWithHiddenOutputs(Op):
    """Base class of ops whose `forward` returns (output, *hidden) and whose caller sees only the output.

    Hidden outputs are by-products that `backward` needs, such as the positions of the maxima in a max-pool. They are
    outputs so that second derivatives flow through them: `backward(call, dy, *dhidden)` gets None for unused ones, as
    in every first-order gradient.
    """

    takes_none = True
    hides_outputs = True

    def __call__(self, *inputs):
        outputs = super().__call__(*inputs)
        return outputs[0] if type(outputs) is tuple else outputs

    call = __call__

    def of(self, *inputs):
        outputs = super().of(*inputs)
        return outputs[0] if type(outputs) is tuple else outputs


class ListOp(Op):
    """An op whose inputs come as one list, `Concatenate(axis)([a, b])`, as in Keras's files.

    `forward`, `backward`, `of` and the rules take them one by one.
    """

    def __call__(self, xs):
        if any_symbolic(xs):
            return self.symbolic_call(list(xs))
        return Op.__call__(self, *xs)

    call = __call__

    def compute_output_spec(self, xs):
        return Op.compute_output_spec(self, *xs)

    def of_node(self, args):
        return self, args[0]

    def of(self, *inputs):
        """Apply to arrays (gives arrays), Tensors (gives Tensors) or symbolic ones."""
        for x in inputs:
            if isinstance(x, (Tensor, KerasTensor)):
                return self(inputs)
        return computed(self, inputs) if extension_dtypes.in_use else self.forward(*inputs)
