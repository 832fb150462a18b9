"""Single instructions that Numba has no name for: addresses of arrays, atomic words, calls of addresses.

Nothing imports this module but the compiler: kernels and the pool use the `native` functions whose place it is (see
`registry.py`), so that Numba stays unloaded until something is compiled.
"""

import os
import platform
import sys
import time

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

INTEGER = ir.IntType(64)


@intrinsic
def pointer(typing_context, address):
    """An integer as a `void *`, which `carray` takes."""

    def write(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), write


@intrinsic
def address(typing_context, array, offset):
    """The address, as an integer, of the number at `offset` in a contiguous array."""
    if not isinstance(array, types.Array):
        return None

    def write(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        return builder.ptrtoint(builder.gep(data, [arguments[1]]), INTEGER)

    return types.int64(array, types.int64), write


@numba.njit(error_model="numpy")
def floats_at(start, length):
    """The float32 numbers that begin at an address, as an array."""
    return numba.carray(pointer(start), (length,), np.float32)


@intrinsic(prefer_literal=True)
def tuple_of(typing_context, array, length):
    """The first numbers of a one-dimensional contiguous array as a tuple; `length` is a constant."""
    count = length.literal_value
    result = types.UniTuple(array.dtype, count)

    def write(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        numbers = [builder.load(cgutils.gep_inbounds(builder, data, i)) for i in range(count)]
        return context.make_tuple(builder, result, numbers)

    return result(array, length), write


# --- words that several threads read and write ----------------------------------------------------------------------


def _word(builder, address):
    return builder.inttoptr(address, INTEGER.as_pointer())


@intrinsic
def load_word(typing_context, address):
    """The word at an address, if no other thread writes it."""

    def write(context, builder, signature, arguments):
        return builder.load(_word(builder, arguments[0]))

    return types.int64(types.int64), write


@intrinsic
def atomic_load(typing_context, address):
    """The word at an address."""

    def write(context, builder, signature, arguments):
        return builder.load_atomic(_word(builder, arguments[0]), "seq_cst", 8)

    return types.int64(types.int64), write


@intrinsic
def atomic_store(typing_context, address, value):
    """Set the word at an address."""

    def write(context, builder, signature, arguments):
        builder.store_atomic(arguments[1], _word(builder, arguments[0]), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), write


@intrinsic
def atomic_add(typing_context, address, value):
    """Add to the word at an address; gives what it was."""

    def write(context, builder, signature, arguments):
        return builder.atomic_rmw("add", _word(builder, arguments[0]), arguments[1], "seq_cst")

    return types.int64(types.int64, types.int64), write


@intrinsic
def atomic_replace(typing_context, address, expected, value):
    """Set the word at an address if it is `expected`; gives 1 if it was."""

    def write(context, builder, signature, arguments):
        result = builder.cmpxchg(_word(builder, arguments[0]), arguments[1], arguments[2], "seq_cst", "seq_cst")
        return builder.zext(builder.extract_value(result, 1), INTEGER)

    return types.int64(types.int64, types.int64, types.int64), write


@intrinsic
def call_task(typing_context, function, block, task, thread):
    """Call the function at an address: function(block, task, thread)."""

    def write(context, builder, signature, arguments):
        kind = ir.FunctionType(ir.VoidType(), [INTEGER] * 3)
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), arguments[1:])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), write


_WAITING = {
    "x86_64": ("llvm.x86.sse2.pause", []),
    "amd64": ("llvm.x86.sse2.pause", []),
    "arm64": ("llvm.aarch64.hint", [1]),
    "aarch64": ("llvm.aarch64.hint", [1]),
}


_FLUSH = 0x8040  # bits of the control register: results and operands below 1.2e-38 count as 0


@intrinsic
def flush_denormals(typing_context):
    """Have this thread take numbers below 1.2e-38 for 0; gives the state before, for `restore_denormals`.

    Such denormal numbers take a processor a hundred times as long, and they do appear, in an optimizer's averages of
    gradients that vanish. TensorFlow's threads do the same. Only on x86; elsewhere nothing changes.
    """

    def write(context, builder, signature, arguments):
        if not _has_control_register():
            return ir.Constant(INTEGER, 0)
        before = _control_register(builder, None)
        _control_register(builder, builder.or_(before, ir.Constant(ir.IntType(32), _FLUSH)))
        return builder.zext(before, INTEGER)

    return types.int64(), write


@intrinsic
def restore_denormals(typing_context, state):
    """Set back what `flush_denormals` changed in this thread."""

    def write(context, builder, signature, arguments):
        if _has_control_register():
            _control_register(builder, builder.trunc(arguments[0], ir.IntType(32)))
        return context.get_dummy_value()

    return types.void(types.int64), write


def _has_control_register():
    return platform.machine().lower() in ("x86_64", "amd64")


def _control_register(builder, value):
    """Read the register for floating-point modes (MXCSR), or set it if a value is given."""
    word, byte = ir.IntType(32), ir.IntType(8).as_pointer()
    place = cgutils.alloca_once(builder, word)
    name = "llvm.x86.sse.stmxcsr" if value is None else "llvm.x86.sse.ldmxcsr"
    if value is not None:
        builder.store(value, place)
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), [byte]), name)
    builder.call(function, [builder.bitcast(place, byte)])
    return builder.load(place)


@intrinsic
def relax(typing_context):
    """Tell the processor that this thread only waits: the other one on the same core gets its turn."""

    def write(context, builder, signature, arguments):
        found = _WAITING.get(platform.machine().lower())
        if found is not None:
            name, numbers = found
            numbers = [ir.Constant(ir.IntType(32), number) for number in numbers]
            kind = ir.FunctionType(ir.VoidType(), [number.type for number in numbers])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), numbers)
        return context.get_dummy_value()

    return types.void(), write


if os.name == "posix":
    offer_core = types.ExternalFunction("sched_yield", types.int32())
else:
    offer_core = relax

copy_bytes = types.ExternalFunction("memcpy", types.int64(types.int64, types.int64, types.int64))

# Python's own locks. They need no GIL, and one thread may release what another has acquired.
acquire_lock = types.ExternalFunction("PyThread_acquire_lock", types.int32(types.int64, types.int32))
release_lock = types.ExternalFunction("PyThread_release_lock", types.void(types.int64))

release_gil = types.ExternalFunction("PyEval_SaveThread", types.int64())
acquire_gil = types.ExternalFunction("PyEval_RestoreThread", types.void(types.int64))
handle_signals = types.ExternalFunction("PyErr_CheckSignals", types.int32())
new_reference = types.ExternalFunction("Py_NewRef", types.int64(types.int64))


@intrinsic
def processor_number(typing_context):
    """The processor that runs this thread now; -1 where one cannot know (other systems than Linux)."""

    def write(context, builder, signature, arguments):
        if sys.platform != "linux":
            return ir.Constant(INTEGER, -1)
        ask = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.IntType(32), []), "sched_getcpu")
        return builder.sext(builder.call(ask, []), INTEGER)

    return types.int64(), write


@intrinsic
def keep_thread_to(typing_context, thread, nbytes, mask):
    """Let a thread of this process, given by the system's number of it, run only on the processors of a mask."""

    def write(context, builder, signature, arguments):
        if sys.platform == "linux":
            kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32), INTEGER, INTEGER])
            tell = cgutils.get_or_insert_function(builder.module, kind, "sched_setaffinity")
            builder.call(tell, [builder.trunc(arguments[0], ir.IntType(32)), *arguments[1:]])
        return context.get_dummy_value()

    return types.void(thread, nbytes, mask), write


@intrinsic
def nanoseconds(typing_context):
    """A clock that only goes forward."""

    def write(context, builder, signature, arguments):
        if os.name != "posix":  # milliseconds since Windows started
            ticks = cgutils.get_or_insert_function(builder.module, ir.FunctionType(INTEGER, []), "GetTickCount64")
            return builder.mul(builder.call(ticks, []), ir.Constant(INTEGER, 1_000_000))
        kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32), INTEGER.as_pointer()])
        read = cgutils.get_or_insert_function(builder.module, kind, "clock_gettime")
        place = builder.bitcast(cgutils.alloca_once(builder, ir.ArrayType(INTEGER, 2)), INTEGER.as_pointer())
        builder.call(read, [ir.Constant(ir.IntType(32), time.CLOCK_MONOTONIC), place])
        seconds, rest = builder.load(place), builder.load(builder.gep(place, [ir.Constant(INTEGER, 1)]))
        return builder.add(builder.mul(seconds, ir.Constant(INTEGER, 1_000_000_000)), rest)

    return types.int64(), write
