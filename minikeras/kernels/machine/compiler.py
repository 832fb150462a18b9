"""Turns a kernel's Python source into machine code with Numba. Imported at the first call that needs it.

Numba compiles a function whose globals are numbers, modules and other compiled functions. A kernel's globals also hold
`Kernel` and `Subroutine` records, so a copy of the function is compiled whose globals have those records replaced by
their compiled functions. The source, its file and its line stay the same, so tracebacks and the disk cache are right.
"""

import os
import types
from importlib import import_module

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numba.core.ccallback import CFunc

from minikeras.kernels.registry import Kernel, Native, Subroutine

_compiled = {}
"""record → its Numba dispatcher, or what stands for it in compiled code."""

ENTRY = numba.types.void(*[numba.types.int64] * 3)
"""The signature under which the pool calls a task kernel: (address of the argument block, task, thread)."""


def compiled(record):
    """Numba's dispatcher for a `Kernel` or `Subroutine`: compiles for each new combination of argument types.

    `error_model="numpy"` makes x / 0 an infinity as NumPy has it, and lets loops with divisions be vectorised (8 times
    on the Adam kernel). `nogil` lets other threads run meanwhile.
    """
    if isinstance(record, Native):
        module, name = record.place.split(":")
        return getattr(import_module(module), name)
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
    return {
        name: value
        for name, value in _globals_used(function).items()
        if isinstance(value, (Kernel, Native, Subroutine))
    }


def _fingerprint(function):
    """What the machine code depends on besides the function's own file: constants, and the files of subroutines."""
    parts = []
    for name, value in sorted(_globals_used(function).items()):
        if isinstance(value, (bool, int, float, tuple, np.generic)):
            parts.append((name, repr(value)))
        elif isinstance(value, (Kernel, Subroutine)):
            parts.append((name, *_stamp(value.function.__code__.co_filename), _fingerprint(value.function)))
        elif isinstance(value, Native):
            parts.append((name, value.place, *_stamp(import_module(value.place.split(":")[0]).__file__)))
    return tuple(parts)


def stamps(file, *neighbours):
    """What changes when a file or one of those beside it is edited."""
    folder = os.path.dirname(file)
    return (_stamp(file), *[_stamp(os.path.join(folder, name)) for name in neighbours])


def _stamp(file):
    stamp = os.stat(file)
    return stamp.st_mtime_ns, stamp.st_size


def _keep_on_disk(dispatcher, fingerprint, function=None):
    """Turns Numba's disk cache on, unless no folder can be written."""
    try:
        cache = _KernelCache(function or dispatcher.py_func)
    except RuntimeError:  # "no locator available": neither __pycache__ nor the user's cache folder is writable
        return
    cache.fingerprint = fingerprint
    dispatcher._cache = cache


class _KernelCache(FunctionCache):
    """Numba's disk cache, which by itself notices edits in a function's own file only, and never changed constants."""

    fingerprint = ()

    def _index_key(self, signature, codegen):
        return (*super()._index_key(signature, codegen), self.fingerprint)


# --- task kernels -------------------------------------------------------------------------------------------------


def task_entry(kernel):
    """The compiled `TaskKernel`: a C function of an argument block's address and a task, with its `address`."""
    body = numba.njit(_linked_copy(kernel.function), nogil=True, error_model="numpy")
    return native_function(_unpacking(kernel, body), ENTRY, _fingerprint(kernel.function))


def native_function(function, signature, fingerprint=()):
    """A Python function compiled for one signature as a C function, kept on disk; gives an object with `address`."""
    compiled_function = CFunc(
        function, (signature.args, signature.return_type), locals={}, options={"error_model": "numpy"}
    )
    _keep_on_disk(compiled_function, fingerprint, function)
    compiled_function.compile()
    return compiled_function


def function(function, signature, fingerprint=()):
    """A Python function compiled for one signature, without the GIL and kept on disk, to be called from Python."""
    dispatcher = numba.njit(function, nogil=True, error_model="numpy")
    _keep_on_disk(dispatcher, fingerprint)
    dispatcher.compile(signature)
    return dispatcher


def _unpacking(kernel, body):
    """A function (block, task, thread) that reads a `TaskKernel`'s arguments from the block and calls its body.

    Numba compiles Python functions, so the source is written here: for `scale_rows` of `tasks.py`

        def scale_rows(block, task, thread):
            words = carray(pointer(block), 8, int64)
            numbers = carray(pointer(block), 8, float64)
            body(task, carray(pointer(words[0]), (words[1], words[2]), float32), …, float32(numbers[6]), words[7])
    """
    places, word = [], 0
    for parameter in kernel.parameters:
        if parameter is int:
            places.append(f"words[{word}]")
            word += 1
        elif parameter is float:
            places.append(f"float32(numbers[{word}])")
            word += 1
        else:
            lengths = "".join(f"words[{word + 1 + axis}], " for axis in range(parameter.ndim))
            places.append(f"carray(pointer(words[{word}]), ({lengths}), {parameter.dtype})")
            word += 1 + parameter.ndim
    source = (
        f"def {kernel.name}(block, task, thread):\n"
        f"    words = carray(pointer(block), {word}, int64)\n"
        f"    numbers = carray(pointer(block), {word}, float64)\n"
        f"    body({', '.join(['task', *['thread'] * kernel.takes_thread, *places])})\n"
    )
    intrinsics = import_module("minikeras.kernels.machine.intrinsics")
    names = {name: getattr(np, name) for name in ("int64", "float64", "float32", "uint8", "int32")}
    names |= {"carray": numba.carray, "pointer": intrinsics.pointer, "body": body}
    exec(source, names)
    written = names[kernel.name]
    own = kernel.function.__code__  # Numba's disk cache goes by the file and line of the source
    written.__code__ = written.__code__.replace(co_filename=own.co_filename, co_firstlineno=own.co_firstlineno)
    written.__module__ = kernel.function.__module__
    written.__qualname__ = f"{kernel.function.__qualname__}.entry"
    return written
