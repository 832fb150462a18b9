"""The parts of a traced step: buffers, which stand for arrays, and instructions, which fill some from others.

    buffer 3 ← Matmul(buffer 0, buffer 1)

A replay keeps one list of values, one entry per buffer, and runs the instructions in order. There are few kinds:

    Read        the current value of a Variable
    Compute     an op's `forward`
    Gradient    an op's `backward`
    Pure        another pure function (a cast of a gradient, the sum of two)
    Effect      Python that changes something: a metric, the optimizer, a seed generator

They call the functions of the eager path, so the results are the same bit for bit.
"""

import numpy as np

from minikeras import tree
from minikeras.autodiff.call import Call, backward_of
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.tensor import Tensor, with_attributes
from minikeras.base import replay
from minikeras.tree.nodes import node_kind


class Buffer:
    """One array of a step.

    Attributes:
        index: its index in the list of values.
        kind: "batch", "variable", "constant", "result", or "weights": computed from Variables when they have changed.
        origin: number of the part of the batch, the Variable, the constant or the array of weights itself, or None.
        shape, dtype: of the array; () and None if it is not an array (a number, the rows of a table's gradient).
        base: the buffer of a Variable's value of which the array is a view, None for others.
    """

    __slots__ = ("base", "dtype", "index", "kind", "origin", "shape")

    def __init__(self, index, kind, value, origin=None):
        self.index = index
        self.kind = kind
        self.origin = origin
        self.base = None
        is_array = isinstance(value, (np.ndarray, np.generic))
        self.shape = value.shape if is_array else ()
        self.dtype = value.dtype if is_array else None

    @property
    def value(self):
        """The array or number if it is the same in every step, else None."""
        return self.origin if self.kind == "constant" else None

    @property
    def nbytes(self):
        """Size of the array in bytes; 0 if it is not an array."""
        if self.dtype is None:
            return 0
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __repr__(self):
        return f"{self.kind} {self.index} {self.dtype}{list(self.shape)}"


class Instruction:
    """Fills the buffers `writes` from the buffers `reads` (indices; None for values that are not needed).

    Attributes:
        last_uses: buffers without later readers, set by the plan, which releases their arrays.
    """

    reads = writes = last_uses = ()

    def run(self, values):
        """Compute, on the list of values."""
        raise NotImplementedError

    def signature(self):
        """Everything that must be equal in two traces of one step, for `same` to compare."""
        return type(self), self.reads, self.writes

    @property
    def title(self):
        """Its description in a printed plan."""
        return type(self).__name__


class Read(Instruction):
    """buffer ← the Variable's current value."""

    def __init__(self, variable, write):
        self.variable = variable
        self.writes = (write,)

    def run(self, values):
        values[self.writes[0]] = self.variable.array

    def signature(self):
        return (*super().signature(), self.variable)

    @property
    def title(self):
        return f"read {self.variable.path}"


class Compute(Instruction):
    """buffers ← op.forward(buffers)."""

    def __init__(self, op, reads, writes):
        self.op = op
        self.reads = reads
        self.writes = writes
        self.forward = op.forward

    def run(self, values):
        result = self.forward(*[values[i] for i in self.reads])
        if type(result) is tuple:
            for i, y in zip(self.writes, result, strict=True):
                values[i] = y if type(y) is np.ndarray else np.asarray(y)
        else:
            values[self.writes[0]] = result if type(result) is np.ndarray else np.asarray(result)

    def signature(self):
        return (*super().signature(), self.op)

    @property
    def title(self):
        return type(self.op).__name__


class Gradient(Instruction):
    """buffers of dx ← op.backward(call, buffers of dy).

    Args:
        call: the tape's record of the op's use; each run sets its arrays.
        inputs, outputs: buffers of the arrays that the call keeps, None for others.
        dys, dxs: buffers of the gradients, None for those that are missing or not needed.
    """

    def __init__(self, call, inputs, outputs, dys, dxs):
        self.op = call.op
        self.call = Call()
        for word in ("op", "input_ids", "input_shapes", "output_shapes", "dtypes", "complex"):
            setattr(self.call, word, getattr(call, word))
        self.wanted = call.needs_gradient
        self.call.inputs = self.call.outputs = None
        self.inputs, self.outputs, self.dys = inputs, outputs, dys
        self.reads = tuple(i for i in (*(inputs or ()), *(outputs or ()), *dys) if i is not None)
        self.writes = dxs

    def run(self, values):
        call = self.call
        if self.inputs is not None:
            call.inputs = [None if i is None else values[i] for i in self.inputs]
        if self.outputs is not None:
            call.outputs = [None if i is None else values[i] for i in self.outputs]
        dxs = backward_of(call, [None if i is None else values[i] for i in self.dys])
        call.inputs = call.outputs = None  # release the arrays
        for i, dx in zip(self.writes, dxs, strict=True):
            if i is not None:
                values[i] = dx.array if type(dx) is Tensor else dx

    def signature(self):
        call = self.call
        more = (self.op, self.inputs, self.outputs, self.dys, self.wanted, call.input_shapes, call.dtypes)
        return (*super().signature(), *more)

    @property
    def title(self):
        return f"gradient of {type(self.op).__name__}"


class Pure(Instruction):
    """buffer ← function(buffers)."""

    def __init__(self, function, reads, writes):
        self.function = function
        self.reads = reads
        self.writes = writes

    def run(self, values):
        values[self.writes[0]] = self.function(*[values[i] for i in self.reads])

    def signature(self):
        return (*super().signature(), self.function)

    @property
    def title(self):
        owner = getattr(self.function, "__self__", None)
        return self.function.__name__ if owner is None else type(owner).__name__


class TensorAt:
    """In the arguments of an effect: a Tensor (or, if `bare`, the array) of the buffer's value."""

    __slots__ = ("bare", "buffer", "logits", "mask")

    def __init__(self, buffer, bare=False, mask=None, logits=None):
        self.buffer = buffer
        self.bare = bare
        self.mask = mask
        self.logits = logits

    def __eq__(self, other):
        return type(other) is TensorAt and all(getattr(self, word) == getattr(other, word) for word in self.__slots__)

    __hash__ = None

    def buffers(self):
        """All buffers that it reads."""
        yield self.buffer
        for part in (self.mask, self.logits):
            if part is not None:
                yield from part.buffers()

    def fill(self, values):
        """The Tensor, with its mask and logits."""
        if self.bare:
            return values[self.buffer]
        if self.mask is None and self.logits is None:
            return Tensor(values[self.buffer])
        mask, logits = [None if part is None else part.fill(values) for part in (self.mask, self.logits)]
        return with_attributes(values[self.buffer], mask, logits)


def filled(template, values):
    """A nested structure with every `TensorAt` replaced by its Tensor."""
    kind = type(template)
    if kind is TensorAt:
        return template.fill(values)
    if kind is list or kind is tuple:
        return kind([filled(item, values) for item in template])
    if kind is dict:
        return {key: filled(item, values) for key, item in template.items()}
    if (container := node_kind(template)) is not None:
        return container.rebuild(template, [filled(item, values) for item in container.children(template)])
    return template


def buffers_in(template):
    """The buffers of all `TensorAt` in a nested structure."""
    if type(template) is TensorAt:
        yield from template.buffers()
    elif (container := node_kind(template)) is not None:
        for item in container.children(template):
            yield from buffers_in(item)


class Effect(Instruction):
    """buffers ← function(*args, **kwargs), which also changes something outside.

    Attributes:
        copies: whether the function gets copies, because it is a user's and may keep its arguments.
    """

    copies = False

    def __init__(self, function, args, kwargs, writes):
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.reads = tuple(buffers_in((args, kwargs)))
        self.writes = writes

    def run(self, values):
        if self.copies:
            copies = {i: np.array(values[i]) if type(values[i]) is np.ndarray else values[i] for i in self.reads}
            result = self.function(*filled(self.args, copies), **filled(self.kwargs, copies))
        else:
            result = self.function(*filled(self.args, values), **filled(self.kwargs, values))
        if self.writes:
            for i, array in zip(self.writes, arrays_in(result), strict=True):
                values[i] = array

    def signature(self):
        return (*super().signature(), self.function, self.args, self.kwargs)

    @property
    def title(self):
        owner = getattr(self.function, "__self__", None)
        name = self.function.__name__
        if owner is None:
            return name
        return f"{getattr(owner, 'name', None) or type(owner).__name__}.{name}"


def arrays_in(result):
    """The arrays in an effect's result: of a Tensor or array, or of several, nested. (Rows of a table's gradient count
    as one.)"""
    if isinstance(result, (Tensor, np.ndarray, IndexedSlices)):
        return [result.array if isinstance(result, Tensor) else result]
    if isinstance(result, (list, tuple, dict)):
        return [array for part in tree.flatten(result) for array in arrays_in(part)]
    return []


def is_own(function):
    """Whether a function is minikeras's: its code, and all parts of a step in the object that it is bound to."""
    owner = getattr(function, "__self__", None)
    if owner is None:
        return replay.is_own(function)
    base = replay.first_own(type(owner))
    return base is not object and not replay.overridden(type(owner), base)
