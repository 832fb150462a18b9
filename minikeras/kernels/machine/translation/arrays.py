"""Elements and parts of arrays: `x[i, j]`, `x[i]`, `x[i, first:last]`."""

import ast

from minikeras.kernels.machine.llvm import ir
from minikeras.kernels.machine.translation.values import (
    BOOL,
    INT,
    MEMORY,
    Array,
    Scalar,
    Slice,
    integer,
    known,
)
from minikeras.kernels.machine.untranslatable import Untranslatable


def size_of(array, builder):
    """`array.size`, an LLVM integer."""
    size = ir.Constant(INT.llvm, 1)
    for position, length in enumerate(array.lengths):
        size = builder.mul(size, length) if position else length
    return size


def part(array, indices, arithmetic):
    """The part of an array selected by integers, and perhaps one slice after them: an `Array` again."""
    builder = arithmetic.builder
    if len(indices) > len(array.lengths):
        raise Untranslatable("more indices than axes")
    lengths = list(array.lengths[len(indices) :])
    offset = ir.Constant(INT.llvm, 0)
    for axis, index in enumerate(indices):
        if isinstance(index, Slice):
            if axis != len(indices) - 1:
                raise Untranslatable("a slice before other indices")
            index, length = _ends(index, array.lengths[axis], arithmetic)
            lengths.insert(0, length)
        else:
            index = _from_start(index, array.lengths[axis], arithmetic)
        offset = builder.add(builder.mul(offset, array.lengths[axis]), index) if axis else index
    for length in array.lengths[len(indices) :]:
        offset = builder.mul(offset, length)
    return Array(array.dtype, builder.gep(array.pointer, [offset], inbounds=True), tuple(lengths))


def _from_start(index, length, arithmetic):
    """An index counted from the start, with negative ones counted from the end: LLVM integers."""
    if not isinstance(index, Scalar) or index.kind.is_float:
        raise Untranslatable("an index that is not an integer")
    value, builder = known(index), arithmetic.builder
    index = arithmetic.converted(index, INT).llvm if index.kind is BOOL else index.llvm
    if value is not None:
        return index if value >= 0 else builder.add(length, index)
    is_negative = builder.icmp_signed("<", index, ir.Constant(INT.llvm, 0))
    return builder.select(is_negative, builder.add(index, length), index)


def _ends(ends, length, arithmetic):
    """(start, length) of a slice of an axis, clipped to its ends as in Python."""
    builder = arithmetic.builder

    def place(scalar, otherwise):
        if scalar is None:
            return otherwise
        counted = Scalar(INT, _from_start(scalar, length, arithmetic))
        within = arithmetic.first_extreme(
            ast.Lt, [Scalar(INT, length), arithmetic.first_extreme(ast.Gt, [integer(0), counted])]
        )
        return within.llvm

    start = place(ends.start, ir.Constant(INT.llvm, 0))
    count = Scalar(INT, builder.sub(place(ends.stop, length), start))
    return start, arithmetic.first_extreme(ast.Gt, [integer(0), count]).llvm


def read(array, arithmetic):
    """Load the scalar of an `Array` without axes."""
    _, kind, has_sign = MEMORY[array.dtype]
    value = arithmetic.builder.load(array.pointer)
    if value.type != kind.llvm:
        value = (arithmetic.builder.sext if has_sign else arithmetic.builder.zext)(value, kind.llvm)
    return Scalar(kind, value)


def write(array, scalar, arithmetic):
    """Store the scalar of an `Array` without axes."""
    if not isinstance(scalar, Scalar):
        raise Untranslatable("a number of an array set to something else")
    memory, kind, _ = MEMORY[array.dtype]
    value = arithmetic.converted(scalar, kind).llvm
    arithmetic.builder.store(value if value.type == memory else arithmetic.builder.trunc(value, memory), array.pointer)


def array_constant(builder, array):
    """A NumPy array as a constant in the code."""
    memory = MEMORY[array.dtype.name][0]
    kind = ir.ArrayType(memory, array.size)
    place = ir.GlobalVariable(builder.module, kind, builder.module.get_unique_name("scalars"))
    place.linkage, place.global_constant = "internal", True
    place.initializer = ir.Constant(kind, array.ravel().tolist())
    zero = ir.Constant(ir.IntType(32), 0)
    lengths = tuple([ir.Constant(INT.llvm, length) for length in array.shape])
    return Array(array.dtype.name, builder.gep(place, [zero, zero]), lengths)


def array_of(builder, scalars):
    """Scalars of one kind as an array on the function's stack."""
    kind = scalars[0].kind
    if any(scalar.kind is not kind for scalar in scalars):
        raise Untranslatable("numbers of different kinds, one of which is chosen")
    with builder.goto_entry_block():
        place = builder.alloca(ir.ArrayType(kind.llvm, len(scalars)))
    zero = ir.Constant(ir.IntType(32), 0)
    for position, scalar in enumerate(scalars):
        builder.store(scalar.llvm, builder.gep(place, [zero, ir.Constant(ir.IntType(32), position)]))
    length = ir.Constant(INT.llvm, len(scalars))
    return Array(kind.name, builder.gep(place, [zero, zero]), (length,))


def array_at(builder, dtype, address, lengths):
    """An array around memory at an address, an LLVM integer."""
    return Array(dtype, builder.inttoptr(address, MEMORY[dtype][0].as_pointer()), tuple(lengths))
