"""Turns a `Kernel`'s Python into machine code with Numba. Imported when one is called for the first time.

Numba compiles a function whose globals are numbers, modules and other compiled functions. A kernel's globals also hold
`Kernel` and `Subroutine` records, so a copy of the function is compiled whose globals have those records replaced by
their compiled functions. The source, its file and its line stay the same, so tracebacks are right.

What comes out is a dispatcher of Numba's, which Python calls with arrays of any dtype. What it compiles is kept in the
user's cache (`kept_overloads.py`). Task kernels and the pool's functions do without Numba (`translation/`).
"""

import types

import numba

from minikeras.kernels.machine import intrinsics, kept_overloads
from minikeras.kernels.machine.fingerprints import fingerprint, native_function, records_used, symbols_used
from minikeras.kernels.registry import Native, Subroutine

OPTIONS = {"nogil": True, "error_model": "numpy"}

_compiled = {}
"""record → its Numba dispatcher, or what stands for it in compiled code."""


def compiled(record):
    """What compiled code, or Python, calls for a `Kernel`, `Subroutine` or `Native`.

    For the first two it is Numba's dispatcher, which compiles for each new combination of argument types.
    `error_model="numpy"` makes x / 0 an infinity as NumPy has it, and lets loops with divisions be vectorised (8 times
    on the Adam kernel). `nogil` lets other threads run meanwhile.
    """
    if record not in _compiled:
        _compiled[record] = _native(record) if isinstance(record, Native) else _dispatcher(record)
    return _compiled[record]


def dispatcher_for_compiled_code(function):
    """Numba's dispatcher for a function that is called by compiled code only: half the time to compile it."""
    return numba.njit(_linked_copy(function), no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)


def _native(record):
    if record.is_intrinsic:
        return getattr(intrinsics, record.__name__)
    function = native_function(record)
    parameters = [numba.types.int64] * function.integers + [numba.types.float32] * function.numbers
    return numba.types.ExternalFunction(function.name, numba.types.void(*parameters))


def _dispatcher(record):
    function = _linked_copy(record.function)
    options = {**OPTIONS, "fastmath": record.fastmath}
    if isinstance(record, Subroutine):  # no way to call it from Python: half the time to compile it
        inline = "always" if record.inline else "never"
        return numba.njit(function, inline=inline, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)
    for symbol in symbols_used(record.function).values():
        symbol.address()  # Numba's own engine must find it, also for code that comes from the disk
    dispatcher = numba.njit(function, **options)
    kept_overloads.keep(dispatcher, f"{record.__module__}.{record.__name__}", fingerprint(record.function))
    return dispatcher


def _linked_copy(function):
    """The same function, with the records among its globals replaced by compiled functions."""
    linked = {name: compiled(record) for name, record in records_used(function).items()}
    copy = types.FunctionType(
        function.__code__, {**function.__globals__, **linked}, function.__name__, function.__defaults__
    )
    copy.__qualname__ = function.__qualname__
    copy.__doc__ = function.__doc__
    return copy
