"""Numba intrinsics that kernels need and Numba lacks: natives that are no `Symbol`, and reading argument blocks.

Each has the name of the `Native` that it implements. Only modules that compile by Numba import this one.
"""

import numpy as np
from numba import types
from numba.extending import intrinsic

from minikeras.kernels.machine import instructions
from minikeras.kernels.machine.llvm import ir
from minikeras.kernels.machine.symbols import INTEGER
from minikeras.kernels.structures import arranged
from minikeras.kernels.tasks import ArrayType

SCALARS = {int: types.int64, float: types.float32}


@intrinsic
def address(typing_context, array, offset):
    """The address, as an integer, of the element at `offset` in a contiguous array."""
    if not isinstance(array, types.Array):
        return None

    def write(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        return builder.ptrtoint(builder.gep(data, [arguments[1]]), ir.IntType(64))

    return types.int64(array, types.int64), write


@intrinsic
def floats_at(typing_context, start, length):
    """The float32 values at an address, as an array."""
    array = types.Array(types.float32, 1, "C")

    def write(context, builder, signature, arguments):
        return _array(context, builder, array, arguments[0], [arguments[1]])

    return array(types.int64, types.int64), write


@intrinsic(prefer_literal=True)
def tuple_of(typing_context, array, length):
    """The first elements of an array as a tuple."""
    if not isinstance(length, types.IntegerLiteral):
        return None
    result = types.UniTuple(array.dtype, length.literal_value)

    def write(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        pointers = [builder.gep(data, [ir.Constant(INTEGER, i)]) for i in range(length.literal_value)]
        return context.make_tuple(builder, result, [builder.load(place) for place in pointers])

    return result(array, length), write


def _instruction(name, integers, result=types.none):
    """A function of `instructions.py` as an intrinsic."""

    def typed(typing_context, *given):
        def write(context, builder, signature, arguments):
            value = getattr(instructions, name)(builder, *arguments)
            return context.get_dummy_value() if value is None else value

        return result(*[types.int64] * integers), write

    return typed


@intrinsic
def copy_bytes(typing_context, target, source, count):
    """Copy bytes between addresses."""
    return _instruction("copy_bytes", 3)(typing_context)


@intrinsic
def load_word(typing_context, place):
    """The word at an address."""
    return _instruction("load_word", 1, types.int64)(typing_context)


@intrinsic
def divide_word(typing_context, crc, word):
    """The CRC-32C after eight more bytes."""
    return _instruction("divide_word", 2, types.int64)(typing_context)


@intrinsic
def call_task(typing_context, function, block, task, thread):
    """Call a task kernel by its address."""
    return _instruction("call_task", 4)(typing_context)


def reader(kernel):
    """An intrinsic (address of an argument block) -> tuple of the arguments of a task kernel."""
    kinds = [SCALARS.get(parameter) or _array_type(parameter) for parameter in kernel.parameters]
    parts = [
        types.NamedTuple(part, type(part)) if isinstance(part, tuple) else part
        for part in arranged(kernel.structures, kinds)
    ]
    result = types.Tuple(parts)

    @intrinsic
    def arguments_at(typing_context, block):
        def write(context, builder, signature, arguments):
            words, place = builder.inttoptr(arguments[0], INTEGER.as_pointer()), iter(range(1 << 16))

            def word():
                return builder.load(builder.gep(words, [ir.Constant(INTEGER, next(place))]))

            values = arranged(kernel.structures, [_argument(context, builder, kind, word) for kind in kinds])
            made = [
                context.make_tuple(builder, part, value) if isinstance(value, tuple) else value
                for part, value in zip(parts, values, strict=True)
            ]
            return context.make_tuple(builder, result, made)

        return result(types.int64), write

    return arguments_at


def _array_type(parameter):
    if not isinstance(parameter, ArrayType):
        raise TypeError(f"A parameter of a task kernel is an array, int or float. Received: {parameter!r}")
    return types.Array(getattr(types, parameter.dtype), parameter.ndim, "C")


def _argument(context, builder, kind, word):
    """The next argument: an integer, a float64 rounded to float32, or an array."""
    if kind == types.int64:
        return word()
    if kind == types.float32:
        return builder.fptrunc(builder.bitcast(word(), ir.DoubleType()), ir.FloatType())
    start = word()
    return _array(context, builder, kind, start, [word() for _ in range(kind.ndim)])


def _array(context, builder, kind, start, lengths):
    """A C-contiguous array at an address, which Numba does not own."""
    array = context.make_array(kind)(context, builder)
    itemsize = np.dtype(str(kind.dtype)).itemsize
    steps, step = [], ir.Constant(INTEGER, itemsize)
    for length in reversed(lengths):
        steps.insert(0, step)
        step = builder.mul(step, length)
    axes = types.UniTuple(types.intp, kind.ndim)
    array.data = builder.inttoptr(start, array.data.type)
    array.shape = context.make_tuple(builder, axes, lengths)
    array.strides = context.make_tuple(builder, axes, steps)
    array.itemsize = ir.Constant(INTEGER, itemsize)
    array.nitems = builder.sdiv(step, ir.Constant(INTEGER, itemsize))
    array.meminfo = ir.Constant(array.meminfo.type, None)
    array.parent = ir.Constant(array.parent.type, None)
    return array._getvalue()
