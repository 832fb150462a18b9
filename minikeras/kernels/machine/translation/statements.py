"""`Body`: traverses the source of a function and emits the instructions of each statement and expression."""

import ast
import inspect
from contextlib import contextmanager

import numpy as np

from minikeras.kernels.machine.llvm import INTEGER, ir
from minikeras.kernels.machine.translation.arithmetic import Arithmetic
from minikeras.kernels.machine.translation.arrays import array_constant, array_of, part, read, size_of, write
from minikeras.kernels.machine.translation.calls import ATTRIBUTES, FUNCTIONS, called_native
from minikeras.kernels.machine.translation.sources import definition, meaning, steady_names
from minikeras.kernels.machine.translation.values import (
    INT,
    Array,
    Scalar,
    Slice,
    constant,
    integer,
    known,
    of_registers,
    registers,
)
from minikeras.kernels.machine.untranslatable import RaisesErrors, Untranslatable
from minikeras.kernels.registry import Native, Subroutine


class Body(ast.NodeVisitor):
    """The body of a function, emitted at the position of `builder`.

    A call of a subroutine is another `Body` in the same place: it is inlined.

    Args:
        builder: LLVM's IR builder.
        function: the Python function.
        arguments: the values of its parameters.
        flags: see `Arithmetic`.
    """

    def __init__(self, builder, function, arguments, flags=()):
        self.builder = builder
        self.arithmetic = Arithmetic(builder, flags)
        self.function = function
        self.node = definition(function)
        self.steady = steady_names(self.node)
        self.values = {}  # name -> value
        self.places = {}  # name -> (form, places in memory)
        self.loops = []  # (target of `continue`, target of `break`)
        self.end = None  # target of an early `return`
        self.result = None
        for name, value in inspect.signature(function).bind(*arguments).arguments.items():
            self.set(name, value)

    def write(self):
        """Emit it. Returns the function's result, None if none."""
        *most, last = self.node.body
        returns = [node for node in ast.walk(self.node) if isinstance(node, ast.Return)]
        if returns in ([], [last]):  # nothing jumps
            self.block(most if returns else self.node.body)
            return self.placed(last.value, last.lineno) if returns and last.value is not None else None
        self.end = self.builder.append_basic_block("end")
        self.block(self.node.body)
        self.go_to(self.end)
        self.builder.position_at_end(self.end)
        return None if self.result is None else self.loaded(*self.result)

    # --- variables ----------------------------------------------------------------------------------------------------

    def set(self, name, value):
        if name in self.steady:
            self.values[name] = value
            return
        form, parts = registers(value)
        if name not in self.places:
            self.places[name] = self.storage(form, parts)
        self.store(self.places[name], form, parts, name)

    def storage(self, form, parts):
        with self.builder.goto_entry_block():
            return form, [self.builder.alloca(part.type) for part in parts]

    def store(self, place, form, parts, name):
        if form != place[0]:
            raise Untranslatable(f"{name} has values of different kinds: give it one kind, or use two names")
        for value, address in zip(parts, place[1], strict=True):
            self.builder.store(value, address)

    def loaded(self, form, places):
        return of_registers(form, iter([self.builder.load(place) for place in places]))

    def visit_Name(self, node):
        if node.id in self.values:
            return self.values[node.id]
        if node.id in self.places:
            return self.loaded(*self.places[node.id])
        return self.visit_constant(meaning(node, self.function))

    def visit_Constant(self, node):
        return self.visit_constant(node.value)

    def visit_constant(self, found):
        if isinstance(found, np.ndarray):
            return array_constant(self.builder, found)
        value = constant(found)
        if value is None:
            raise Untranslatable(f"{found!r} is neither a number nor an array")
        return value

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, statements):
        for statement in statements:
            if self.builder.block.is_terminated:
                return  # what follows `return`, `break` or `continue` is never reached
            self.placed(statement, statement.lineno)

    def placed(self, node, line):
        """`visit`, with errors that name the line."""
        try:
            return self.visit(node)
        except Untranslatable as reason:
            file = self.function.__code__.co_filename
            reason.place = reason.place or f"{self.function.__name__} ({file}, line {line})"
            raise

    def generic_visit(self, node):
        error = RaisesErrors if isinstance(node, (ast.Raise, ast.Assert)) else Untranslatable
        raise error(f"{type(node).__name__} cannot be translated")

    def go_to(self, block):
        if not self.builder.block.is_terminated:
            self.builder.branch(block)

    def visit_Pass(self, node):
        pass

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.visit(node.value)

    def visit_Assign(self, node):
        value = self.visit(node.value)
        for target in node.targets:
            self.assign(target, value)

    def assign(self, target, value):
        if isinstance(target, ast.Name):
            self.set(target.id, value)
        elif isinstance(target, ast.Tuple) and isinstance(value, tuple):
            for one, its_value in zip(target.elts, value, strict=True):
                self.assign(one, its_value)
        elif isinstance(target, ast.Subscript):
            self.fill(self.visit_part(target), value)
        else:
            raise Untranslatable(f"{ast.unparse(target)} cannot be set to this")

    def fill(self, array, value):
        """Set all elements of an array."""
        if not array.lengths:
            write(array, value, self.arithmetic)
            return
        flat = Array(array.dtype, array.pointer, (size_of(array, self.builder),))
        with self.counted(ir.Constant(INTEGER, 0), flat.lengths[0], ir.Constant(INTEGER, 1)) as i:
            write(part(flat, [Scalar(INT, i)], self.arithmetic), value, self.arithmetic)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            old = self.visit(ast.Name(node.target.id, ast.Load()))
            self.set(node.target.id, self.arithmetic.binary(type(node.op), old, self.visit(node.value)))
        else:
            place = self.visit_part(node.target)
            old = read(place, self.arithmetic)
            write(place, self.arithmetic.binary(type(node.op), old, self.visit(node.value)), self.arithmetic)

    def visit_Return(self, node):
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            form, parts = registers(self.visit(node.value))
            if self.result is None:
                self.result = self.storage(form, parts)
            self.store(self.result, form, parts, "what is returned")
        self.builder.branch(self.end)

    def visit_If(self, node):
        then, otherwise, after = (self.builder.append_basic_block(name) for name in ("then", "else", "after"))
        self.builder.cbranch(self.condition(node.test), then, otherwise)
        for block, statements in ((then, node.body), (otherwise, node.orelse)):
            self.builder.position_at_end(block)
            self.block(statements)
            self.go_to(after)
        self.builder.position_at_end(after)

    def visit_While(self, node):
        test, body, after = (self.builder.append_basic_block(name) for name in ("test", "body", "after"))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        self.builder.cbranch(self.condition(node.test), body, after)
        with self.loop(body, test, after):
            self.block(node.body)

    @contextmanager
    def loop(self, body, again, after):
        """The body of a loop is emitted within the `with`."""
        self.builder.position_at_end(body)
        self.loops.append((again, after))
        yield
        self.loops.pop()
        self.go_to(again)
        self.builder.position_at_end(after)

    def visit_Continue(self, node):
        self.builder.branch(self.loops[-1][0])

    def visit_Break(self, node):
        self.builder.branch(self.loops[-1][1])

    def ends_of_range(self, given):
        given = [self.arithmetic.converted(scalar, INT) for scalar in given]
        return (integer(0), *given, integer(1)) if len(given) == 1 else (*given, integer(1))[:3]

    def visit_For(self, node):
        call = node.iter
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range":
            start, stop, step = self.ends_of_range([self.visit(place) for place in call.args])
            with self.counted(start.llvm, stop.llvm, step.llvm) as i:
                self.assign(node.target, Scalar(INT, i))
                self.block(node.body)
            return
        values = self.visit(call)
        if not isinstance(values, tuple):
            raise Untranslatable("a loop over something else than `range` or a tuple")
        for value in values:  # unrolled
            self.assign(node.target, value)
            self.block(node.body)

    @contextmanager
    def counted(self, start, stop, step):
        """`for i in range(start, stop, step)`, LLVM integers; yields i."""
        builder, before = self.builder, self.builder.block
        test, body, again, after = (builder.append_basic_block(name) for name in ("test", "body", "again", "after"))
        builder.branch(test)
        builder.position_at_end(test)
        i = builder.phi(INTEGER)
        i.add_incoming(start, before)
        builder.cbranch(self._is_within(i, stop, step), body, after)
        builder.position_at_end(again)
        i.add_incoming(builder.add(i, step, flags=("nsw",)), again)
        builder.branch(test)
        with self.loop(body, again, after):
            yield i

    def _is_within(self, i, stop, step):
        builder = self.builder
        if isinstance(step, ir.Constant):
            return builder.icmp_signed("<" if step.constant > 0 else ">", i, stop)
        is_up = builder.icmp_signed(">", step, ir.Constant(INTEGER, 0))
        return builder.select(is_up, builder.icmp_signed("<", i, stop), builder.icmp_signed(">", i, stop))

    # --- expressions --------------------------------------------------------------------------------------------------

    def condition(self, node):
        """Whether an expression is true: an LLVM bit."""
        return self.arithmetic.truth(self.visit(node)).llvm

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
            raise Untranslatable("arithmetic on something else than single numbers")
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
        truth = self.arithmetic.truth(value).llvm
        if isinstance(node.op, ast.And):
            return self.either(truth, lambda: self.visit(rest), lambda: value)
        return self.either(truth, lambda: value, lambda: self.visit(rest))

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
        return isinstance(node, ast.Name) and (node.id in self.values or node.id in self.places)

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
            return Body(self.builder, function.function, arguments, flags).write()
        if function in FUNCTIONS:
            return FUNCTIONS[function](self.arithmetic, *arguments)
        if isinstance(function, Native):
            return called_native(function, self.arithmetic, arguments)
        raise Untranslatable(f"a call of `{ast.unparse(node.func)}` cannot be translated")


def flags_of(fastmath):
    """LLVM's flags for `fastmath` of a kernel."""
    return ("fast",) if fastmath is True else tuple(sorted(fastmath or ()))
