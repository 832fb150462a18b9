"""Functions that kernels may call, of Python, NumPy and minikeras: each emits its replacement."""

import ast
import math

import numpy as np

from minikeras.kernels import addresses
from minikeras.kernels.machine import instructions
from minikeras.kernels.machine.fingerprints import native_function
from minikeras.kernels.machine.llvm import FLOAT32, INTEGER, ir
from minikeras.kernels.machine.translation.arrays import array_at, part, read, size_of
from minikeras.kernels.machine.translation.values import (
    DOUBLE,
    FLOAT,
    INT,
    WORD,
    Array,
    Scalar,
    Slice,
    integer,
    known,
)
from minikeras.kernels.machine.untranslatable import Untranslatable


def _length(arithmetic, value):
    if isinstance(value, Array) and value.lengths:
        return Scalar(INT, value.lengths[0])
    if isinstance(value, tuple):
        return integer(len(value))
    raise Untranslatable("`len` of a number")


def _int32(arithmetic, scalar):
    short = ir.IntType(32)
    builder = arithmetic.builder
    return Scalar(INT, builder.sext(builder.trunc(arithmetic.converted(scalar, INT).llvm, short), INTEGER))


def _converts_to(kind):
    return lambda arithmetic, scalar: arithmetic.converted(scalar, kind)


def _function(name):
    return lambda arithmetic, *scalars: arithmetic.function(name, *scalars)


def _c_function(name):
    return lambda arithmetic, scalar: arithmetic.c_function(name, scalar)


def _address(arithmetic, array, offset):
    place = arithmetic.builder.gep(array.pointer, [arithmetic.converted(offset, INT).llvm])
    return Scalar(INT, arithmetic.builder.ptrtoint(place, INTEGER))


def floats_at(arithmetic, address, length):
    """See `addresses.py`."""
    return array_at(arithmetic.builder, "float32", address.llvm, [length.llvm])


def tuple_of(arithmetic, array, length):
    """See `addresses.py`."""
    if known(length) is None:
        raise Untranslatable("how many elements a tuple has must be known beforehand")
    return tuple([read(part(array, [integer(i)], arithmetic), arithmetic) for i in range(known(length))])


FUNCTIONS = {  # function: (Arithmetic, *arguments) -> value
    abs: lambda arithmetic, scalar: arithmetic.magnitude(scalar),
    divmod: lambda arithmetic, a, b: arithmetic.divided(*arithmetic.alike(a, b)),
    float: _converts_to(DOUBLE),
    int: _converts_to(INT),
    len: _length,
    max: lambda arithmetic, *scalars: arithmetic.first_extreme(ast.Gt, scalars),
    min: lambda arithmetic, *scalars: arithmetic.first_extreme(ast.Lt, scalars),
    slice: lambda arithmetic, start, stop: Slice(start, stop),
    np.maximum: lambda arithmetic, a, b: arithmetic.extreme(ast.GtE, a, b),
    np.minimum: lambda arithmetic, a, b: arithmetic.extreme(ast.LtE, a, b),
    np.abs: lambda arithmetic, scalar: arithmetic.magnitude(scalar),
    np.sign: lambda arithmetic, scalar: arithmetic.sign(scalar),
    np.isnan: lambda arithmetic, scalar: arithmetic.is_nan(scalar),
    np.float32: _converts_to(FLOAT),
    np.float64: _converts_to(DOUBLE),
    np.int64: _converts_to(INT),
    np.uint64: _converts_to(WORD),
    np.int32: _int32,
    np.sqrt: _function("sqrt"),
    np.log: _function("log"),
    math.sqrt: _function("sqrt"),
    math.log: _function("log"),
    math.sin: _function("sin"),
    math.cos: _function("cos"),
    math.exp: _function("exp"),
    math.pow: _function("pow"),
    math.floor: _function("floor"),
    math.ceil: _function("ceil"),
    math.log1p: _c_function("log1p"),
    math.lgamma: _c_function("lgamma"),
    math.isnan: lambda arithmetic, scalar: arithmetic.is_nan(scalar),
    addresses.address: _address,
    addresses.floats_at: floats_at,
    addresses.tuple_of: tuple_of,
}

ATTRIBUTES = {  # of arrays: (Arithmetic, array) -> value
    "shape": lambda arithmetic, array: tuple([Scalar(INT, length) for length in array.lengths]),
    "size": lambda arithmetic, array: Scalar(INT, size_of(array, arithmetic.builder)),
}


def called_native(native, arithmetic, arguments):
    """A call of a `Native`: an instruction of `instructions.py`, or a `Symbol`, an external function."""
    builder = arithmetic.builder
    if native.is_intrinsic:
        write = getattr(instructions, native.place.split(":")[1])
        result = write(builder, *[arithmetic.converted(scalar, INT).llvm for scalar in arguments])
        return None if result is None else Scalar(INT, result)
    symbol = native_function(native)
    kinds = [INT] * symbol.integers + [FLOAT] * symbol.floats
    scalars = [arithmetic.converted(scalar, kind).llvm for scalar, kind in zip(arguments, kinds, strict=True)]
    outside = builder.module.globals.get(symbol.name)
    if outside is None:
        kind = ir.FunctionType(ir.VoidType(), [INTEGER] * symbol.integers + [FLOAT32] * symbol.floats)
        outside = ir.Function(builder.module, kind, symbol.name)
    builder.call(outside, scalars)
    return None
