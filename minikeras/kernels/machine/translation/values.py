"""The values of a kernel's expressions during translation: scalars, arrays, slices and tuples of these.

A structure (`kernels/structures.py`) is the named tuple of the values of its fields.

A `Scalar` is a register and a *kind* that defines its arithmetic. Integers of less than 64 bits are widened on loading
and truncated on storing, so there are five kinds.

| kind | in Python | arithmetic |
|---|---|---|
| BOOL | bool | as 0 and 1 |
| INT | int, np.int64, np.int32, np.uint8 | 64 bits, signed |
| WORD | np.uint64 | 64 bits, unsigned |
| FLOAT | np.float32 | with FLOAT alone it stays FLOAT; with anything else it becomes DOUBLE, as in NumPy's arrays |
| DOUBLE | float, np.float64 | |
"""

from dataclasses import dataclass

import numpy as np

from minikeras.kernels.machine.llvm import ir
from minikeras.kernels.machine.untranslatable import Untranslatable


@dataclass(eq=False)
class Kind:
    """A kind of scalars."""

    name: str
    llvm: ir.Type
    rank: int  # of two kinds, arithmetic uses the one of higher rank

    @property
    def is_float(self):
        return self.rank >= FLOAT.rank


BOOL = Kind("bool", ir.IntType(1), 0)
INT = Kind("int64", ir.IntType(64), 1)
WORD = Kind("uint64", ir.IntType(64), 2)
FLOAT = Kind("float32", ir.FloatType(), 3)
DOUBLE = Kind("float64", ir.DoubleType(), 4)

MEMORY = {  # dtype of an array: (its elements in memory, their kind in registers, whether they are signed)
    "float32": (ir.FloatType(), FLOAT, True),
    "float64": (ir.DoubleType(), DOUBLE, True),
    "int64": (ir.IntType(64), INT, True),
    "int32": (ir.IntType(32), INT, True),
    "uint8": (ir.IntType(8), INT, False),
    "uint64": (ir.IntType(64), WORD, False),
}


@dataclass(slots=True)
class Scalar:
    """A scalar in a register."""

    kind: Kind
    llvm: ir.Value


@dataclass(slots=True)
class Array:
    """A C-contiguous array: its address and its lengths, LLVM integers."""

    dtype: str
    pointer: ir.Value
    lengths: tuple


@dataclass(slots=True)
class Slice:
    """start:stop, `Scalar`s or None."""

    start: Scalar | None
    stop: Scalar | None


def integer(value):
    """An integer known at compile time."""
    return Scalar(INT, ir.Constant(INT.llvm, value))


def constant(value):
    """The `Scalar` or tuple of a Python object; None for other objects."""
    if isinstance(value, tuple):
        parts = tuple(map(constant, value))
        return None if None in parts else parts
    if isinstance(value, (bool, np.bool_)):
        return Scalar(BOOL, ir.Constant(BOOL.llvm, int(value)))
    for types, kind in (((np.uint64,), WORD), ((int, np.integer), INT), ((np.float32,), FLOAT), ((float,), DOUBLE)):
        if isinstance(value, types):
            return Scalar(kind, ir.Constant(kind.llvm, float(value) if kind.is_float else int(value)))
    return None


def known(scalar):
    """The value of a `Scalar` if known at compile time, else None."""
    return scalar.llvm.constant if isinstance(scalar.llvm, ir.Constant) else None


def registers(value):
    """(form, registers): the LLVM values of a value, and the structure from which `of_registers` rebuilds it."""
    if isinstance(value, Scalar):
        return value.kind, [value.llvm]
    if isinstance(value, Array):
        return (value.dtype, len(value.lengths)), [value.pointer, *value.lengths]
    if not isinstance(value, tuple):
        raise Untranslatable(f"{value} cannot be kept in a variable that is set in several places")
    forms, parts = zip(*map(registers, value), strict=True) if value else ((), ())
    return forms, [register for part in parts for register in part]


def of_registers(form, found):
    """The inverse of `registers`; `found` is an iterator of LLVM values."""
    if isinstance(form, Kind):
        return Scalar(form, next(found))
    if form and isinstance(form[0], str):
        pointer = next(found)
        return Array(form[0], pointer, tuple([next(found) for _ in range(form[1])]))
    return tuple([of_registers(part, found) for part in form])
