"""Arithmetic on `Scalar`s: each method emits the instructions for one of Python's operators."""

import ast

from minikeras.kernels.machine.llvm import ir
from minikeras.kernels.machine.translation.values import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT,
    WORD,
    Scalar,
    integer,
    known,
)
from minikeras.kernels.machine.untranslatable import Untranslatable

COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_BITS = {ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor"}
_INTEGERS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
_FLOATS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}


class Arithmetic:
    """Emits with `builder`; `flags` are LLVM's fast-math flags for floating-point operations (see `kernel`)."""

    def __init__(self, builder, flags=()):
        self.builder = builder
        self.flags = flags

    # --- kinds ------------------------------------------------------------------------------------------------------

    def converted(self, scalar, kind):
        """The scalar converted to another kind."""
        old, value, builder = scalar.kind, scalar.llvm, self.builder
        if old is kind:
            return scalar
        if kind is BOOL:
            return self.as_bool(scalar)
        if kind.is_float and old.is_float:
            change = builder.fpext if kind is DOUBLE else builder.fptrunc
        elif kind.is_float:
            if old is INT and known(scalar) is not None:
                return Scalar(kind, ir.Constant(kind.llvm, float(known(scalar))))
            change = builder.sitofp if old is INT else builder.uitofp
        elif old.is_float:
            change = builder.fptosi if kind is INT else builder.fptoui
        else:
            return Scalar(kind, builder.zext(value, kind.llvm) if old is BOOL else value)
        return Scalar(kind, change(value, kind.llvm))

    def alike(self, a, b):
        """Two scalars converted to their common kind."""
        low, high = sorted((a.kind, b.kind), key=lambda kind: kind.rank)
        if low is not high:
            if high is WORD and low is INT:
                raise Untranslatable("np.uint64 with int: make both the same")
            if high is FLOAT:
                high = DOUBLE
        return self.converted(a, high), self.converted(b, high)

    def as_bool(self, scalar):
        """Whether a scalar is not 0."""
        if scalar.kind is BOOL:
            return scalar
        compare = self.builder.fcmp_unordered if scalar.kind.is_float else self.builder.icmp_unsigned
        return Scalar(BOOL, compare("!=", scalar.llvm, ir.Constant(scalar.llvm.type, 0)))

    # --- operators --------------------------------------------------------------------------------------------------

    def binary(self, operator, a, b):
        """a operator b, where `operator` is a class of `ast`."""
        builder = self.builder
        if operator in (ast.LShift, ast.RShift):
            left = self.converted(a, INT) if a.kind is BOOL else a
            right = builder.ashr if left.kind is INT else builder.lshr
            return Scalar(left.kind, (builder.shl if operator is ast.LShift else right)(left.llvm, b.llvm))
        a, b = self.alike(a, b)
        if operator in _BITS and not a.kind.is_float:
            return Scalar(a.kind, getattr(builder, _BITS[operator])(a.llvm, b.llvm))
        if operator is ast.Div and not a.kind.is_float:
            a, b = self.converted(a, DOUBLE), self.converted(b, DOUBLE)
        if a.kind is BOOL:
            a, b = self.converted(a, INT), self.converted(b, INT)
        if a.kind.is_float and operator in _FLOATS:
            return Scalar(a.kind, getattr(builder, _FLOATS[operator])(a.llvm, b.llvm, flags=self.flags))
        if not a.kind.is_float:
            if operator in _INTEGERS:
                return Scalar(a.kind, getattr(builder, _INTEGERS[operator])(a.llvm, b.llvm))
            if operator in (ast.FloorDiv, ast.Mod):
                return self.divided(a, b)[operator is ast.Mod]
        raise Untranslatable(f"{operator.__name__} of {a.kind.name}")

    def divided(self, a, b):
        """(a // b, a % b) of integers, rounded down as in Python. By 0: (0, a)."""
        builder, kind, divisor = self.builder, a.kind, known(b)
        if divisor and divisor > 0 and divisor & (divisor - 1) == 0:
            shift = ir.Constant(kind.llvm, divisor.bit_length() - 1)
            quotient = builder.ashr(a.llvm, shift) if kind is INT else builder.lshr(a.llvm, shift)
            return Scalar(kind, quotient), Scalar(kind, builder.and_(a.llvm, ir.Constant(kind.llvm, divisor - 1)))
        zero = ir.Constant(kind.llvm, 0)
        is_zero = builder.icmp_unsigned("==", b.llvm, zero)
        safe = b.llvm if divisor else builder.select(is_zero, ir.Constant(kind.llvm, 1), b.llvm)
        if kind is WORD:
            quotient = builder.udiv(a.llvm, safe)
        else:
            quotient = builder.sdiv(a.llvm, safe)  # rounded towards 0
            rest = builder.sub(a.llvm, builder.mul(quotient, safe))
            is_less = builder.and_(
                builder.icmp_signed("!=", rest, zero), builder.icmp_signed("<", builder.xor(rest, safe), zero)
            )
            quotient = builder.sub(quotient, builder.zext(is_less, kind.llvm))
        if not divisor:
            quotient = builder.select(is_zero, zero, quotient)
        return Scalar(kind, quotient), Scalar(kind, builder.sub(a.llvm, builder.mul(quotient, b.llvm)))

    def compared(self, operator, a, b):
        """a operator b as BOOL, where `operator` is a class of `ast`."""
        a, b = self.alike(a, b)
        if operator not in COMPARISONS:
            raise Untranslatable(operator.__name__)
        sign, builder = COMPARISONS[operator], self.builder
        if a.kind.is_float:
            compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
            return Scalar(BOOL, compare(sign, a.llvm, b.llvm, flags=self.flags))
        compare = builder.icmp_signed if a.kind is INT else builder.icmp_unsigned
        return Scalar(BOOL, compare(sign, a.llvm, b.llvm))

    def negative(self, scalar):
        """−scalar."""
        if known(scalar) is not None and scalar.kind is not BOOL:
            return Scalar(scalar.kind, ir.Constant(scalar.llvm.type, -known(scalar)))
        if scalar.kind.is_float:
            return Scalar(scalar.kind, self.builder.fneg(scalar.llvm, flags=self.flags))
        scalar = self.converted(scalar, INT) if scalar.kind is BOOL else scalar
        return Scalar(scalar.kind, self.builder.neg(scalar.llvm))

    def opposite(self, scalar):
        """not scalar."""
        return Scalar(BOOL, self.builder.not_(self.as_bool(scalar).llvm))

    def chosen(self, condition, a, b):
        """a where the condition (BOOL) holds, else b; both are already computed."""
        a, b = self.alike(a, b)
        return Scalar(a.kind, self.builder.select(condition.llvm, a.llvm, b.llvm))

    # --- functions --------------------------------------------------------------------------------------------------

    def first_extreme(self, operator, scalars):
        """`max` (operator ast.Gt) or `min` (ast.Lt) of scalars, as in Python: the first of equal ones."""
        result = scalars[0]
        for scalar in scalars[1:]:
            scalar, result = self.alike(scalar, result)
            result = self.chosen(self.compared(operator, scalar, result), scalar, result)
        return result

    def extreme(self, operator, a, b):
        """`np.maximum` (operator ast.GtE) or `np.minimum` (ast.LtE): NaN if either is."""
        a, b = self.alike(a, b)
        result = self.chosen(self.compared(operator, a, b), a, b)
        if a.kind.is_float:
            for scalar in (b, a):
                result = self.chosen(self.is_nan(scalar), scalar, result)
        return result

    def is_nan(self, scalar):
        """Whether a floating-point scalar is NaN."""
        return Scalar(BOOL, self.builder.fcmp_unordered("uno", scalar.llvm, scalar.llvm))

    def magnitude(self, scalar):
        """abs(scalar)."""
        if scalar.kind.is_float:
            return self.function("fabs", scalar)
        return self.chosen(self.compared(ast.Lt, scalar, integer(0)), self.negative(scalar), scalar)

    def sign(self, scalar):
        """−1, 0 or 1 as the same kind; NaN stays."""
        zero, one = (Scalar(scalar.kind, ir.Constant(scalar.llvm.type, value)) for value in (0, 1))
        below = self.chosen(self.compared(ast.Lt, scalar, zero), self.negative(one), zero)
        result = self.chosen(self.compared(ast.Gt, scalar, zero), one, below)
        return self.chosen(self.is_nan(scalar), scalar, result) if scalar.kind.is_float else result

    def function(self, name, *scalars):
        """An LLVM intrinsic of floating-point scalars of one kind: sqrt, log, sin, pow, …"""
        scalars = [scalar if scalar.kind.is_float else self.converted(scalar, DOUBLE) for scalar in scalars]
        kind = scalars[0].kind
        return self.outside(f"llvm.{name}.{'f32' if kind is FLOAT else 'f64'}", *scalars)

    def c_function(self, name, scalar):
        """A function of the C library of a float64 scalar."""
        return self.outside(name, self.converted(scalar, DOUBLE))

    def outside(self, name, *scalars):
        """A call of a function of scalars of one kind, which returns one of that kind."""
        module, kind = self.builder.module, scalars[0].llvm.type
        function = module.globals.get(name)
        function = function or ir.Function(module, ir.FunctionType(kind, [kind] * len(scalars)), name)
        result = self.builder.call(function, [scalar.llvm for scalar in scalars], fastmath=self.flags)
        return Scalar(scalars[0].kind, result)
