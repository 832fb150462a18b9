"""Decomposition: replaces an op without compiled code, or its gradient, by the ops that it is made of.

A gradient rule is written in ops (see `autodiff/operation.py`). Run on symbolic tensors, it records the graph of these
ops:

    gradient of Multiply, b repeated along the first axis          Multiply, Sum over that axis, Reshape

If each of them has a lowering, or is a view, they replace the gradient, and no rule has to be written a second time for
plans. A rule that looks at values, or uses NumPy on arrays, raises an error on symbolic tensors; its gradient stays one
instruction, and runs in NumPy. An op that is a shorthand for others declares them (`OpFacts.composition`).
"""

import numpy as np

from minikeras.autodiff.call import Call
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import node_of
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import rules_on_symbols, unobserved
from minikeras.plans.instructions import Buffer, Compute, Gradient
from minikeras.plans.lower import lowering_of, view_of
from minikeras.plans.simplify import Alias


class Indivisible(Exception):
    """A gradient cannot be written as ops."""


def decompose(instructions, buffers):
    """The instructions, where each op or gradient without a lowering is replaced by ops that have one. Adds buffers."""
    result = []
    for instruction in instructions:
        parts, is_op = None, type(instruction) in (Compute, Gradient)
        if is_op and lowering_of(instruction, buffers) is None and view_of(instruction) is None:
            parts = _parts(instruction, buffers)
        result += [instruction] if parts is None else parts
    return result


def _parts(instruction, buffers):
    """The instructions that take an instruction's place, or None."""
    if any(buffers[i].dtype is None and buffers[i].kind != "constant" for i in instruction.reads):
        return None
    count = len(buffers)
    try:
        ops = _Ops(buffers)
        parts = ops.of_gradient(instruction) if type(instruction) is Gradient else ops.of_op(instruction)
    except Exception:  # a rule may raise anything on symbolic tensors: then it runs in NumPy, as before
        parts = None
    if parts is None or any(lowering_of(part, buffers) is None and view_of(part) is None for part in parts):
        del buffers[count:]
        return None
    return parts


class _Ops:
    """Makes instructions of a graph of symbolic tensors."""

    def __init__(self, buffers):
        self.buffers = buffers
        self.symbols = {}  # buffer -> its KerasTensor
        self.positions = {}  # id of a KerasTensor -> (buffer, the tensor)
        self.parts = []

    def of_op(self, compute):
        """The instructions of an op's composition; None if it has none."""
        with unobserved(), rules_on_symbols():
            results = compute.op.composition(*self._symbols(compute.reads))
        if results is None:
            return None
        results = results if type(results) is tuple else (results,)
        for result, i in zip(results, compute.writes, strict=True):
            self._finish(result, i)
        return self.parts

    def of_gradient(self, gradient):
        """The instructions; None if there are none, or a result is not a tensor."""
        call = Call()
        for word in ("op", "input_ids", "input_shapes", "output_shapes", "dtypes", "complex"):
            setattr(call, word, getattr(gradient.call, word))
        call.inputs, call.outputs = self._symbols(gradient.inputs), self._symbols(gradient.outputs)
        with unobserved(), rules_on_symbols():
            results = call.op.backward(call, *self._symbols(gradient.dys))
        for result, i in zip(results, gradient.writes, strict=True):
            if i is not None and (call.complex or not isinstance(result, KerasTensor)):
                return None
            if i is not None:
                self._finish(result, i)
        return self.parts

    def _symbols(self, indices):
        return None if indices is None else [None if i is None else self._symbol(i) for i in indices]

    def _symbol(self, i):
        buffer = self.buffers[i]
        if buffer.dtype is None:
            return buffer.value
        if i not in self.symbols:
            self.symbols[i] = KerasTensor(buffer.shape, buffer.dtype.name)
            self.positions[id(self.symbols[i])] = i, self.symbols[i]
        return self.symbols[i]

    def _finish(self, tensor, i):
        """Make the tensor's instruction write to buffer i."""
        buffer = self.buffers[i]
        if tensor.shape != buffer.shape or tensor.dtype != buffer.dtype.name:
            raise Indivisible
        self.parts.append(Alias(self._buffer(tensor), i))

    def _buffer(self, x):
        """The buffer of an operand, after the instructions that compute it."""
        if not isinstance(x, KerasTensor):
            return self._new("constant", x, x)
        if id(x) not in self.positions:
            self._compute(node_of(x))
        return self.positions[id(x)][0]

    def _compute(self, node):
        op = node.operation
        if not isinstance(op, Op) or op.hides_outputs or node.kwargs:
            raise Indivisible
        op, args = op.of_node(node.args)
        reads = tuple([self._buffer(x) for x in args])
        writes = tuple([self._result(y) for y in node.outputs])
        self.parts.append(Compute(op, reads, writes))

    def _result(self, tensor):
        if None in tensor.shape:
            raise Indivisible
        i = self._new("result", tensor)
        self.positions[id(tensor)] = i, tensor
        return i

    def _new(self, kind, value, origin=None):
        buffer = Buffer(len(self.buffers), kind, value, origin)
        if kind == "result":
            buffer.shape, buffer.dtype = tuple(value.shape), np.dtype(value.dtype)
        self.buffers.append(buffer)
        return buffer.index
