"""`VectorValue`: 16 elements that a formula computes with as in Python, emitting an instruction at each step.

`x * y + 1` on `VectorValue` is not a result but the LLVM value that will hold it; see `../formulas.py`.
"""

from minikeras.kernels.machine.llvm import ir
from minikeras.kernels.machine.simd import LANES, VECTOR, Vectors

INTEGER_LANES = ir.VectorType(ir.IntType(32), LANES)
DOUBLE = ir.VectorType(ir.DoubleType(), LANES)
_SUFFIX = {VECTOR: "v16f32", DOUBLE: "v16f64"}


class VectorValue:
    """16 float32, int32 or float64 elements, or 16 booleans: one LLVM vector value.

    Comparisons are false where an operand is NaN.
    """

    __slots__ = ("builder", "value")

    def __init__(self, builder, value):
        self.builder = builder
        self.value = value

    def __add__(self, other):
        return self._new((self.builder.add if self._is_integer() else self.builder.fadd)(*self._both(other)))

    def __sub__(self, other):
        return self._new((self.builder.sub if self._is_integer() else self.builder.fsub)(*self._both(other)))

    def __mul__(self, other):
        return self._new(self.builder.fmul(*self._both(other)))

    def __truediv__(self, other):
        return self._new(self.builder.fdiv(*self._both(other)))

    def __rsub__(self, other):
        return self._constant(other) - self

    def __rtruediv__(self, other):
        return self._constant(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self._new(self.builder.fneg(self.value))

    def __abs__(self):
        return self._intrinsic("fabs", self)

    def __lt__(self, other):
        return self._new(self.builder.fcmp_ordered("<", *self._both(other)))

    def __le__(self, other):
        return self._new(self.builder.fcmp_ordered("<=", *self._both(other)))

    def __gt__(self, other):
        return self._new(self.builder.fcmp_ordered(">", *self._both(other)))

    def __ge__(self, other):
        return self._new(self.builder.fcmp_ordered(">=", *self._both(other)))

    def __lshift__(self, other):
        return self._new(self.builder.shl(*self._both(other)))

    def __rshift__(self, other):
        return self._new(self.builder.ashr(*self._both(other)))

    def fma(self, factor, summand):
        return self._intrinsic("fmuladd", self, factor, summand)

    def select(self, a, b):
        """a where this mask is true, else b."""
        kind = next(x.value.type for x in (a, b) if isinstance(x, VectorValue))
        return self._new(self.builder.select(self.value, *(self._as_value(x, kind) for x in (a, b))))

    def copysign_onto(self, magnitude):
        return self._intrinsic("copysign", magnitude, self)

    def sqrt(self):
        return self._intrinsic("sqrt", self)

    def bits(self):
        return self._new(self.builder.bitcast(self.value, INTEGER_LANES))

    def from_bits(self):
        return self._new(self.builder.bitcast(self.value, VECTOR))

    def double(self):
        return self._new(self.builder.fpext(self.value, DOUBLE))

    def single(self):
        return self._new(self.builder.fptrunc(self.value, VECTOR))

    def _new(self, value):
        return VectorValue(self.builder, value)

    def _is_integer(self):
        return self.value.type == INTEGER_LANES

    def _constant(self, number):
        return self._new(self._as_value(number, self.value.type))

    def _both(self, other):
        return self.value, self._as_value(other, self.value.type)

    def _as_value(self, x, kind):
        """A `VectorValue`, or a Python number in all lanes, as an LLVM value."""
        if isinstance(x, VectorValue):
            return x.value
        return ir.Constant(kind, [x if kind == INTEGER_LANES else float(x)] * LANES)

    def _intrinsic(self, name, *operands):
        kind = self.value.type
        values = [self._as_value(operand, kind) for operand in operands]
        return self._new(Vectors(self.builder).intrinsic(f"llvm.{name}.{_SUFFIX[kind]}", kind, *values))
