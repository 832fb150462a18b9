# ruff: noqa: N802 - the names are those of `ast.NodeVisitor`
"""`Body`: traverses the source of a function and emits the instructions of each statement."""

import ast
import inspect
from contextlib import contextmanager

from minikeras.kernels.machine.llvm import INTEGER, ir
from minikeras.kernels.machine.translation.arrays import part, read, size_of, write
from minikeras.kernels.machine.translation.expressions import Expressions
from minikeras.kernels.machine.translation.sources import definition, names_assigned_once
from minikeras.kernels.machine.translation.values import INT, Array, Scalar, integer, registers
from minikeras.kernels.machine.untranslatable import RaisesErrors, Untranslatable


class Body(Expressions):
    """The body of a function, emitted at the position of `builder`.

    A call of a subroutine is another `Body` in the same place: it is inlined.

    Args:
        builder, function, flags: see `Expressions`.
        arguments: the values of the function's parameters.
    """

    def __init__(self, builder, function, arguments, flags=()):
        super().__init__(builder, function, flags)
        self.node = definition(function)
        self.assigned_once = names_assigned_once(self.node)
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
        if name in self.assigned_once:
            self.values[name] = value
            return
        form, parts = registers(value)
        if name not in self.pointers:
            self.pointers[name] = self.storage(form, parts)
        self.store(self.pointers[name], form, parts, name)

    def storage(self, form, parts):
        with self.builder.goto_entry_block():
            return form, [self.builder.alloca(part.type) for part in parts]

    def store(self, place, form, parts, name):
        if form != place[0]:
            raise Untranslatable(f"{name} has values of different kinds: give it one kind, or use two names")
        for value, address in zip(parts, place[1], strict=True):
            self.builder.store(value, address)

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
            raise Untranslatable("a loop over something other than `range` or a tuple")
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
