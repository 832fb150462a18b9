"""Decomposition: an op without compiled code of its own, or its gradient, as the ops that it is made of.

A gradient's rule is text made of ops (see `autodiff/operation.py`). Run on symbolic tensors it leaves the graph of
these ops:

    gradient of Multiply, b repeated along the first axis          Multiply, Sum over that axis, Reshape

If each of them has a lowering, or is a view, they replace the gradient, and no rule needs to be written a second time
for plans. A rule that looks at values, or uses NumPy on arrays, raises an error on symbolic tensors; its gradient stays
whole, and runs in NumPy. An op that is a shorthand for others declares them (`OpFacts.composition`).
"""

import numpy as np

from minikeras.autodiff.call import Call
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.node import node_of
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import rules_on_symbols, unobserved
from minikeras.plans.instructions import Compute, Gradient, Slot
from minikeras.plans.lower import lowering_of, view_of
from minikeras.plans.simplify import Alias


class Indivisible(Exception):
    """A gradient cannot be written as ops."""


def decompose(instructions, slots):
    """The instructions with each op or gradient that has no lowering replaced by its ops, if these have. Adds slots."""
    result = []
    for instruction in instructions:
        parts, is_op = None, type(instruction) in (Compute, Gradient)
        if is_op and lowering_of(instruction, slots) is None and view_of(instruction) is None:
            parts = _parts(instruction, slots)
        result += [instruction] if parts is None else parts
    return result


def _parts(instruction, slots):
    """The instructions that take an instruction's place, or None."""
    if any(slots[i].dtype is None and slots[i].kind != "constant" for i in instruction.reads):
        return None
    count = len(slots)
    try:
        ops = _Ops(slots)
        parts = ops.of_gradient(instruction) if type(instruction) is Gradient else ops.of_op(instruction)
    except Exception:  # whatever a rule raises on symbolic tensors: it runs in NumPy then, as before
        parts = None
    if parts is None or any(lowering_of(part, slots) is None and view_of(part) is None for part in parts):
        del slots[count:]
        return None
    return parts


class _Ops:
    """Makes instructions of a graph of symbolic tensors."""

    def __init__(self, slots):
        self.slots = slots
        self.symbols = {}  # slot -> its KerasTensor
        self.places = {}  # id of a KerasTensor -> (slot, the tensor)
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
        """The instructions; None if there are none, or a result is no tensor."""
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
        slot = self.slots[i]
        if slot.dtype is None:
            return slot.value
        if i not in self.symbols:
            self.symbols[i] = KerasTensor(slot.shape, slot.dtype.name)
            self.places[id(self.symbols[i])] = i, self.symbols[i]
        return self.symbols[i]

    def _finish(self, tensor, i):
        """Make the tensor's instruction write to slot i."""
        slot = self.slots[i]
        if tensor.shape != slot.shape or tensor.dtype != slot.dtype.name:
            raise Indivisible
        self.parts.append(Alias(self._slot(tensor), i))

    def _slot(self, x):
        """The slot of an operand, after the instructions that compute it."""
        if not isinstance(x, KerasTensor):
            return self._new("constant", x, x)
        if id(x) not in self.places:
            self._compute(node_of(x))
        return self.places[id(x)][0]

    def _compute(self, node):
        op = node.operation
        if not isinstance(op, Op) or op.hides_outputs or node.kwargs:
            raise Indivisible
        op, args = op.of_node(node.args)
        reads = tuple([self._slot(x) for x in args])
        writes = tuple([self._result(y) for y in node.outputs])
        self.parts.append(Compute(op, reads, writes))

    def _result(self, tensor):
        if None in tensor.shape:
            raise Indivisible
        i = self._new("result", tensor)
        self.places[id(tensor)] = i, tensor
        return i

    def _new(self, kind, value, origin=None):
        slot = Slot(len(self.slots), kind, value, origin)
        if kind == "result":
            slot.shape, slot.dtype = tuple(value.shape), np.dtype(value.dtype)
        self.slots.append(slot)
        return slot.index
