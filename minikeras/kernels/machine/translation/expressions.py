"""`Expressions`: traverses an expression of a kernel and emits its instructions."""

import ast

import numpy as np

from minikeras.kernels.machine.llvm import ir
from minikeras.kernels.machine.translation.arithmetic import Arithmetic
from minikeras.kernels.machine.translation.arrays import array_constant, array_of, part, read
from minikeras.kernels.machine.translation.calls import ATTRIBUTES, FUNCTIONS, called_native
from minikeras.kernels.machine.translation.sources import meaning
from minikeras.kernels.machine.translation.values import Array, Scalar, Slice, constant, known, of_registers, registers
from minikeras.kernels.machine.untranslatable import Untranslatable
from minikeras.kernels.registry import Native, Subroutine
from minikeras.kernels.structures import fields


class Expressions(ast.NodeVisitor):
    """Each `visit_…` emits one form of an expression and returns its value (`values.py`).

    Args:
        builder: LLVM's IR builder.
        function: the Python function, whose globals the expressions use.
        flags: see `Arithmetic`.

    Attributes:
        values: of variables that are assigned once: {name: value}. They are registers.
        pointers: of all others, {name: (form, addresses)}: on the stack, from where LLVM moves them to registers. The
            form describes the registers of a value: a number, the parts of an array, a tuple of these.
    """

    def __init__(self, builder, function, flags=()):
        self.builder = builder
        self.function = function
        self.arithmetic = Arithmetic(builder, flags)
        self.values = {}
        self.pointers = {}

    def visit_Name(self, node):
        if node.id in self.values:
            return self.values[node.id]
        if node.id in self.pointers:
            return self.loaded(*self.pointers[node.id])
        return self.visit_constant(meaning(node, self.function))

    def loaded(self, form, pointers):
        return of_registers(form, iter([self.builder.load(place) for place in pointers]))

    def visit_Constant(self, node):
        return self.visit_constant(node.value)

    def visit_constant(self, found):
        if isinstance(found, np.ndarray):
            return array_constant(self.builder, found)
        value = constant(found)
        if value is None:
            raise Untranslatable(f"{found!r} is neither a number nor an array")
        return value

    def condition(self, node):
        """Whether an expression is true: an LLVM bit."""
        return self.arithmetic.as_bool(self.visit(node)).llvm

    def visit_Tuple(self, node):
        return tuple(self.all_of(node.elts))

    def all_of(self, nodes):
        """The values of expressions, `*tuple` unpacked."""
        values = []
        for node in nodes:
            values += self.visit(node.value) if isinstance(node, ast.Starred) else [self.visit(node)]
        return values

    def visit_BinOp(self, node):
        a, b = self.visit(node.left), self.visit(node.right)
        if not isinstance(a, Scalar) or not isinstance(b, Scalar):
            raise Untranslatable("arithmetic on something other than single numbers")
        return self.arithmetic.binary(type(node.op), a, b)

    def visit_UnaryOp(self, node):
        value = self.visit(node.operand)
        if isinstance(node.op, ast.Not):
            return self.arithmetic.opposite(value)
        if isinstance(node.op, ast.USub):
            return self.arithmetic.negative(value)
        raise Untranslatable(type(node.op).__name__)

    def visit_Compare(self, node):
        values = self.all_of([node.left, *node.comparators])
        results = [
            self.arithmetic.compared(type(operator), a, b)
            for operator, a, b in zip(node.ops, values, values[1:], strict=False)
        ]
        result = results[0]
        for other in results[1:]:
            result = self.arithmetic.binary(ast.BitAnd, result, other)
        return result

    def visit_BoolOp(self, node):
        first, *others = node.values
        rest = others[0] if len(others) == 1 else ast.BoolOp(node.op, others)
        value = self.visit(first)
        condition = self.arithmetic.as_bool(value).llvm
        if isinstance(node.op, ast.And):
            return self.either(condition, lambda: self.visit(rest), lambda: value)
        return self.either(condition, lambda: value, lambda: self.visit(rest))

    def visit_IfExp(self, node):
        return self.either(self.condition(node.test), lambda: self.visit(node.body), lambda: self.visit(node.orelse))

    def either(self, condition, value, other):
        """The value of one of two expressions; the other is not computed."""
        builder = self.builder
        then, otherwise, after = (builder.append_basic_block(name) for name in ("then", "else", "after"))
        builder.cbranch(condition, then, otherwise)
        found, ends = [], []
        for block, make in ((then, value), (otherwise, other)):
            builder.position_at_end(block)
            found.append(make())
            ends.append(builder.block)
        if all(isinstance(one, Scalar) for one in found) and found[0].kind is not found[1].kind:
            found = self.as_one_kind(found, ends)
        (form, parts), (other_form, other_parts) = map(registers, found)
        if form != other_form:
            raise Untranslatable("two values of different kinds, of which one is chosen")
        for end in ends:
            builder.position_at_end(end)
            builder.branch(after)
        builder.position_at_end(after)
        chosen = []
        for a, b in zip(parts, other_parts, strict=True):
            chosen.append(builder.phi(a.type))
            chosen[-1].add_incoming(a, ends[0])
            chosen[-1].add_incoming(b, ends[1])
        return of_registers(form, iter(chosen))

    def as_one_kind(self, scalars, ends):
        """Each scalar converted to the common kind, in its own block."""
        high = max([scalar.kind for scalar in scalars], key=lambda kind: kind.rank)
        self.arithmetic.alike(*[Scalar(scalar.kind, ir.Constant(scalar.llvm.type, 0)) for scalar in scalars])
        found = []
        for scalar, end in zip(scalars, ends, strict=True):
            self.builder.position_at_end(end)
            found.append(self.arithmetic.converted(scalar, high))
        return found

    def visit_Attribute(self, node):
        found = None if self.is_local(node.value) else meaning(node, self.function)
        if found is not None:
            return self.visit_constant(found)
        value = self.visit(node.value)
        if isinstance(value, Array) and node.attr in ATTRIBUTES:
            return ATTRIBUTES[node.attr](self.arithmetic, value)
        if node.attr in getattr(value, "_fields", ()):  # of a structure
            return getattr(value, node.attr)
        raise Untranslatable(f".{node.attr}")

    def is_local(self, node):
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and (node.id in self.values or node.id in self.pointers)

    def visit_Slice(self, node):
        if node.step is not None:
            raise Untranslatable("a slice with steps")
        return Slice(*[None if place is None else self.visit(place) for place in (node.lower, node.upper)])

    def visit_Subscript(self, node):
        value = self.visit(node.value)
        if isinstance(value, tuple):
            place = self.visit(node.slice)
            if isinstance(place, Slice):
                return value[slice(*[None if end is None else known(end) for end in (place.start, place.stop)])]
            if known(place) is not None:
                return value[known(place)]
            value = array_of(self.builder, value)
        place = self.visit_part(node, value)
        return place if place.lengths else read(place, self.arithmetic)

    def visit_part(self, node, value=None):
        """The part of an array that a subscript selects."""
        indices = self.all_of(node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])
        return part(value or self.visit(node.value), indices, self.arithmetic)

    def visit_Call(self, node):
        if node.keywords:
            raise Untranslatable("arguments by name")
        function = meaning(node.func, self.function)
        arguments = self.all_of(node.args)
        if isinstance(function, Subroutine):
            flags = flags_of(function.fastmath)
            return type(self)(self.builder, function.function, arguments, flags).write()
        if isinstance(function, type) and fields(function) is not None:
            return function(*arguments)  # a structure, see `structures.py`
        if function in FUNCTIONS:
            return FUNCTIONS[function](self.arithmetic, *arguments)
        if isinstance(function, Native):
            return called_native(function, self.arithmetic, arguments)
        raise Untranslatable(f"a call of `{ast.unparse(node.func)}` cannot be translated")


def flags_of(fastmath):
    """LLVM's flags for `fastmath` of a kernel."""
    return ("fast",) if fastmath is True else tuple(sorted(fastmath or ()))
