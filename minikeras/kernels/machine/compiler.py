"""Compiles the functions of kernels with Numba, if `MINIKERAS_COMPILER` requests it.

Numba compiles a function whose globals are numbers, modules and other compiled functions. A kernel's globals also hold
`Subroutine` and `Native` records, so a copy of the function is compiled in whose globals those records are replaced by
their compiled counterparts. The source, its file and its line stay the same, so tracebacks are right.

`numba_tasks.py` makes task kernels of them, and `overload_cache.py` stores them in the user's cache.
"""

import types

import numba

from minikeras.kernels.machine import intrinsics
from minikeras.kernels.machine.fingerprints import native_function, records_used
from minikeras.kernels.registry import Native

OPTIONS = {"nogil": True, "error_model": "numpy"}

_compiled = {}
"""{record: its Numba dispatcher, or its replacement in compiled code}."""


def compiled(record):
    """The function that compiled code calls for a `Subroutine` or `Native`.

    For a `Subroutine` it is Numba's dispatcher. `error_model="numpy"` makes x / 0 an infinity as in NumPy, and lets
    loops with divisions be vectorised (8 times on the Adam kernel).
    """
    if record not in _compiled:
        _compiled[record] = _native(record) if isinstance(record, Native) else _subroutine(record)
    return _compiled[record]


def dispatcher_for_compiled_code(function, **options):
    """Numba's dispatcher for a function that only compiled code calls: it compiles in half the time."""
    copy = _linked_copy(function)
    return numba.njit(copy, no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS, **options)


def _native(record):
    if record.is_intrinsic:
        return getattr(intrinsics, record.__name__)
    function = native_function(record)
    parameters = [numba.types.int64] * function.integers + [numba.types.float32] * function.floats
    return numba.types.ExternalFunction(function.name, numba.types.void(*parameters))


def _subroutine(record):
    inline = "always" if record.inline else "never"
    return dispatcher_for_compiled_code(record.function, fastmath=record.fastmath, inline=inline)


def _linked_copy(function):
    """The same function, with the records among its globals replaced by compiled functions."""
    linked = {name: compiled(record) for name, record in records_used(function).items()}
    copy = types.FunctionType(
        function.__code__, {**function.__globals__, **linked}, function.__name__, function.__defaults__
    )
    copy.__qualname__ = function.__qualname__
    copy.__doc__ = function.__doc__
    return copy
