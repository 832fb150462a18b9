"""Single instructions that Python lacks: words that threads share, calls by address, clocks.

Each is a function (builder, *LLVM integers) that emits the instructions and returns an int64, or None. Kernels and the
pool call them through the functions of `words.py`.
"""

import os
import platform
import sys
import time

from minikeras.kernels.machine.llvm import INTEGER, ir

_SHORT = ir.IntType(32)
_NOTHING = ir.VoidType()
X86 = platform.machine().lower() in ("x86_64", "amd64")
ARM64 = platform.machine().lower() in ("arm64", "aarch64")


def _word(builder, address):
    return builder.inttoptr(address, INTEGER.as_pointer())


def _place(builder, kind):
    """Stack memory for a value in the function being built."""
    with builder.goto_entry_block():
        return builder.alloca(kind)


def _call(builder, name, result, *arguments):
    """A call of a function of the C library, of Python, or of LLVM."""
    kinds = [argument.type for argument in arguments]
    module = builder.module
    function = module.globals.get(name) or ir.Function(module, ir.FunctionType(result, kinds), name)
    return builder.call(function, arguments)


# --- words that several threads read and write ------------------------------------------------------------------------
# All are sequentially consistent: all threads see them in the same order, and a thread that reads a word written by
# another sees all that the other wrote before. ARM64 otherwise lets threads see each other's writes in any order, and
# x86 a read before the write that precedes it.


def load_word(builder, address):
    """The word at an address, a multiple of 8 or not, if no other thread writes it."""
    return builder.load(_word(builder, address), align=1)


def atomic_load(builder, address):
    """The word at an address."""
    return builder.load_atomic(_word(builder, address), "seq_cst", 8)


def atomic_store(builder, address, value):
    """Set the word at an address."""
    builder.store_atomic(value, _word(builder, address), "seq_cst", 8)


def atomic_add(builder, address, value):
    """Add to the word at an address; returns its old value."""
    return builder.atomic_rmw("add", _word(builder, address), value, "seq_cst")


def atomic_replace(builder, address, expected, value):
    """Set the word at an address if it is `expected`; returns 1 if it was."""
    result = builder.cmpxchg(_word(builder, address), expected, value, "seq_cst", "seq_cst")
    return builder.zext(builder.extract_value(result, 1), INTEGER)


def call_task(builder, function, block, task, thread):
    """Call the function at an address: function(block, task, thread)."""
    kind = ir.FunctionType(_NOTHING, [INTEGER] * 3)
    builder.call(builder.inttoptr(function, kind.as_pointer()), [block, task, thread])


def divide_word(builder, crc, word):
    """The CRC-32C `crc` after eight more bytes (see `checksum.py`), on processors that have an instruction for it."""
    if X86:
        return _call(builder, "llvm.x86.sse42.crc32.64.64", INTEGER, crc, word)
    return builder.zext(_call(builder, "llvm.aarch64.crc32cx", _SHORT, builder.trunc(crc, _SHORT), word), INTEGER)


# --- modes, waiting, the system ---------------------------------------------------------------------------------------


def flush_denormals(builder):
    """Make this thread treat values below 1.2e-38 as 0; returns the old state for `restore_denormals`.

    Such denormals take a processor a hundred times as long, and they do occur in an optimizer's averages of vanishing
    gradients. TensorFlow's threads do the same.
    """
    if not (X86 or ARM64):
        return ir.Constant(INTEGER, 0)
    before = _control_register(builder)
    results_and_operands = 0x8040 if X86 else 1 << 24  # bits of the register
    _control_register(builder, builder.or_(before, ir.Constant(INTEGER, results_and_operands)))
    return before


def restore_denormals(builder, state):
    """Undo `flush_denormals` in this thread."""
    if X86 or ARM64:
        _control_register(builder, state)


def _control_register(builder, value=None):
    """Read the register for floating-point modes, MXCSR or FPCR, or set it if a value is given."""
    if ARM64:
        if value is None:
            return _call(builder, "llvm.aarch64.get.fpcr", INTEGER)
        return _call(builder, "llvm.aarch64.set.fpcr", _NOTHING, value)
    place = _place(builder, _SHORT)
    start = builder.bitcast(place, ir.IntType(8).as_pointer())
    if value is None:
        _call(builder, "llvm.x86.sse.stmxcsr", _NOTHING, start)
        return builder.zext(builder.load(place), INTEGER)
    builder.store(builder.trunc(value, _SHORT), place)
    return _call(builder, "llvm.x86.sse.ldmxcsr", _NOTHING, start)


def relax(builder):
    """Hint to the processor that this thread spins: the core's other thread gets its turn.

    ARM64 has such a hint too, YIELD, but most of its processors ignore it. An instruction barrier (ISB) stalls them for
    some tens of cycles, as PAUSE does x86 processors.
    """
    if X86:
        _call(builder, "llvm.x86.sse2.pause", _NOTHING)
    elif ARM64:
        _call(builder, "llvm.aarch64.isb", _NOTHING, ir.Constant(_SHORT, 15))


def offer_core(builder):
    """Yield this core to another thread."""
    if os.name == "posix":
        _call(builder, "sched_yield", _SHORT)
    else:
        relax(builder)


def copy_bytes(builder, target, source, count):
    """Copy `count` bytes, by the C library."""
    _call(builder, "memcpy", INTEGER, target, source, count)


def acquire_lock(builder, lock, waits):
    """Acquire one of Python's own locks. They need no GIL, and one thread may release what another has acquired."""
    _call(builder, "PyThread_acquire_lock", _SHORT, lock, builder.trunc(waits, _SHORT))


def release_lock(builder, lock):
    """Release one of Python's own locks."""
    _call(builder, "PyThread_release_lock", _NOTHING, lock)


def release_gil(builder):
    """Release the GIL; returns the argument of `acquire_gil`."""
    return _call(builder, "PyEval_SaveThread", INTEGER)


def acquire_gil(builder, state):
    """Acquire the GIL: this thread may use Python again."""
    _call(builder, "PyEval_RestoreThread", _NOTHING, state)


def handle_signals(builder):
    """Make Python handle pending signals such as Ctrl-C; not 0 if that raised an exception."""
    return builder.sext(_call(builder, "PyErr_CheckSignals", _SHORT), INTEGER)


def new_reference(builder, address):
    """The address of an object, as a new reference."""
    return _call(builder, "Py_NewRef", INTEGER, address)


def processor_number(builder):
    """The processor that runs this thread now; -1 where unknown (systems other than Linux)."""
    if sys.platform != "linux":
        return ir.Constant(INTEGER, -1)
    return builder.sext(_call(builder, "sched_getcpu", _SHORT), INTEGER)


def processors_of_thread(builder, thread, nbytes, mask):
    """Set a mask to the processors that a thread, given by its system ID, may use; 0 if that was done."""
    if sys.platform != "linux":
        return ir.Constant(INTEGER, -1)
    return builder.sext(
        _call(builder, "sched_getaffinity", _SHORT, builder.trunc(thread, _SHORT), nbytes, mask), INTEGER
    )


def keep_thread_to(builder, thread, nbytes, mask):
    """Restrict a thread of this process, given by its system ID, to the processors of a mask."""
    if sys.platform == "linux":
        _call(builder, "sched_setaffinity", _SHORT, builder.trunc(thread, _SHORT), nbytes, mask)


def nanoseconds(builder):
    """A monotonic clock."""
    if os.name != "posix":  # milliseconds since Windows started
        return builder.mul(_call(builder, "GetTickCount64", INTEGER), ir.Constant(INTEGER, 1_000_000))
    place = builder.bitcast(_place(builder, ir.ArrayType(INTEGER, 2)), INTEGER.as_pointer())
    _call(builder, "clock_gettime", _SHORT, ir.Constant(_SHORT, time.CLOCK_MONOTONIC), place)
    seconds, rest = builder.load(place), builder.load(builder.gep(place, [ir.Constant(INTEGER, 1)]))
    return builder.add(builder.mul(seconds, ir.Constant(INTEGER, 1_000_000_000)), rest)
