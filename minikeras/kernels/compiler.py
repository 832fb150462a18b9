"""Turns a kernel's Python source into machine code with Numba. Imported at the first call that needs it.

Numba compiles a function whose globals are numbers, modules and other compiled functions. A kernel's globals also hold
`Kernel` and `Subroutine` records, so a copy of the function is compiled whose globals have those records replaced by
their compiled functions. The source, its file and its line stay the same, so tracebacks and the disk cache are right.
"""

import os
import types

import numba
import numpy as np
from numba.core.caching import FunctionCache

from minikeras.kernels.registry import Kernel, Subroutine

_compiled = {}
"""record → its Numba dispatcher."""


def compiled(record):
    """Numba's dispatcher for a `Kernel` or `Subroutine`: compiles for each new combination of argument types.

    `error_model="numpy"` makes x / 0 an infinity as NumPy has it, and lets loops with divisions be vectorised (8 times
    on the Adam kernel). `nogil` lets other threads run meanwhile.
    """
    if record not in _compiled:
        function = _linked_copy(record.function)
        inline = "always" if getattr(record, "inline", False) else "never"
        dispatcher = numba.njit(function, nogil=True, error_model="numpy", fastmath=record.fastmath, inline=inline)
        _keep_on_disk(dispatcher, _fingerprint(record.function))
        _compiled[record] = dispatcher
    return _compiled[record]


def _linked_copy(function):
    """The same function, with the records among its globals replaced by compiled functions."""
    linked = {name: compiled(record) for name, record in _records_used(function).items()}
    copy = types.FunctionType(
        function.__code__, {**function.__globals__, **linked}, function.__name__, function.__defaults__
    )
    copy.__qualname__ = function.__qualname__
    copy.__doc__ = function.__doc__
    return copy


def _globals_used(function):
    names = function.__code__.co_names
    return {name: function.__globals__[name] for name in names if name in function.__globals__}


def _records_used(function):
    return {name: value for name, value in _globals_used(function).items() if isinstance(value, (Kernel, Subroutine))}


def _fingerprint(function):
    """What the machine code depends on besides the function's own file: constants, and the files of subroutines."""
    parts = []
    for name, value in sorted(_globals_used(function).items()):
        if isinstance(value, (bool, int, float, tuple, np.generic)):
            parts.append((name, repr(value)))
        elif isinstance(value, (Kernel, Subroutine)):
            stamp = os.stat(value.function.__code__.co_filename)
            parts.append((name, stamp.st_mtime_ns, stamp.st_size, _fingerprint(value.function)))
    return tuple(parts)


def _keep_on_disk(dispatcher, fingerprint):
    """Turns Numba's disk cache on, unless no folder can be written."""
    try:
        cache = _KernelCache(dispatcher.py_func)
    except RuntimeError:  # "no locator available": neither __pycache__ nor the user's cache folder is writable
        return
    cache.fingerprint = fingerprint
    dispatcher._cache = cache


class _KernelCache(FunctionCache):
    """Numba's disk cache, which by itself notices edits in a function's own file only, and never changed constants."""

    fingerprint = ()

    def _index_key(self, signature, codegen):
        return (*super()._index_key(signature, codegen), self.fingerprint)
