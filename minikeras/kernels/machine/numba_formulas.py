"""A formula as a Python loop, one line per step, which Numba compiles.

The vectors of `vector_values.py` become instructions as a formula computes with them; a `Step` becomes text. Numba
cannot compile the formula itself: a literal 0.5 would be a float64 and promote its operands.
"""

import math

import numpy as np

from minikeras.kernels.tasks import CHUNK


class Step:
    """A value in a formula: the name of the variable that a line sets, and its dtype."""

    __slots__ = ("dtype", "lines", "name")

    def __init__(self, lines, dtype, text):
        self.lines = lines
        self.dtype = dtype
        self.name = f"v{len(lines)}"
        lines.append(f"{self.name} = {dtype}({text})")

    def __add__(self, other):
        return self._operation("+", other)

    def __sub__(self, other):
        return self._operation("-", other)

    def __mul__(self, other):
        return self._operation("*", other)

    def __truediv__(self, other):
        return self._operation("/", other)

    def __rsub__(self, other):
        return self._step(self.dtype, f"{self._text(other)} - {self.name}")

    def __rtruediv__(self, other):
        return self._step(self.dtype, f"{self._text(other)} / {self.name}")

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self._step(self.dtype, f"-{self.name}")

    def __abs__(self):
        return self._step(self.dtype, f"abs({self.name})")

    def __lt__(self, other):
        return self._operation("<", other, "bool")

    def __le__(self, other):
        return self._operation("<=", other, "bool")

    def __gt__(self, other):
        return self._operation(">", other, "bool")

    def __ge__(self, other):
        return self._operation(">=", other, "bool")

    def __lshift__(self, other):
        return self._operation("<<", other)

    def __rshift__(self, other):
        return self._operation(">>", other)

    def fma(self, factor, summand):
        return self * factor + summand

    def select(self, a, b):
        kind = next(x for x in (a, b) if isinstance(x, Step))
        return self._step(kind.dtype, f"{kind._text(a)} if {self.name} else {kind._text(b)}")

    def copysign_onto(self, magnitude):
        return self._step(self.dtype, f"copysign({self._text(magnitude)}, {self.name})")

    def sqrt(self):
        return self._step(self.dtype, f"sqrt({self.name})")

    def bits(self):
        return self._step("int32", f"{self.name}.view(int32)")

    def from_bits(self):
        return self._step("float32", f"{self.name}.view(float32)")

    def double(self):
        return self._step("float64", self.name)

    def single(self):
        return self._step("float32", self.name)

    def _operation(self, operator, other, dtype=None):
        return self._step(dtype or self.dtype, f"{self.name} {operator} {self._text(other)}")

    def _step(self, dtype, text):
        return Step(self.lines, dtype, text)

    def _text(self, x):
        """A step, or a Python number of the same dtype, as text."""
        if isinstance(x, Step):
            return x.name
        if self.dtype == "int32":
            return f"int32({int(x)})"
        return f"{self.dtype}({float(x)!r})"


NAMES = {
    "int32": np.int32,
    "float32": np.float32,
    "float64": np.float64,
    "bool": bool,
    "copysign": math.copysign,
    "sqrt": np.sqrt,
}


def loop(kernel):
    """The function (task, *arrays, result, *scalars) of a `FormulaKernel`: one chunk."""
    arrays = [f"x{i}" for i in range(kernel.inputs)]
    numbers = [f"n{i}" for i in range(len(kernel.parameters) - kernel.inputs - 1)]
    lines = []
    given = [Step(lines, "float32", f"{array}[i]") for array in arrays]
    result = kernel.formula(*given, *[Step(lines, "float32", number) for number in numbers])
    text = "\n        ".join([*lines, f"result[i] = {result.name}"])
    cuts = "\n    ".join(f"{x} = {x}[task * {CHUNK} : (task + 1) * {CHUNK}]" for x in (*arrays, "result"))
    source = (
        f"def {kernel.name}(task, {', '.join([*arrays, 'result', *numbers])}):\n"
        f"    {cuts}\n"
        f"    for i in range(result.size):\n"  # from 0 on: Numba checks each index that might be negative
        f"        {text}\n"
    )
    names = {**NAMES, "inf": math.inf, "nan": math.nan, "__name__": __name__}  # Numba's code on disk names its module
    exec(compile(source, f"<{kernel.name}>", "exec"), names)
    return names[kernel.name]
