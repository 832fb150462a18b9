"""Kernels as ordinary Python: with `NUMBA_DISABLE_JIT=1` they run line by line, for a debugger to step through.

The algorithm is the compiled one, on the same blocks, tasks and workspaces; only the work of a micro-kernel in
registers is one NumPy expression on a small block (the function below each `@native`).

    compiled                                       as Python
    a kernel calls subroutines and other kernels   `python_form`: calls of their Python functions, no frames between
    the pool reads rows (function, block, tasks)   `run_rows`, on this thread
    an argument block of 64-bit words              `arguments_at`: arrays at the addresses in it
    an address                                     `addresses.view`: an array of the memory there
"""

import types
from functools import cache

import numpy as np

from minikeras.kernels.addresses import view
from minikeras.kernels.machine.fingerprints import records_used
from minikeras.kernels.registry import Native
from minikeras.kernels.structures import arranged

_kernels = {}
"""{integer used in place of the address of its compiled code: `TaskKernel`}."""


@cache
def python_form(function):
    """The function, with calls of `Subroutine` and `Native` records as direct calls of their functions.

    The copy shares the code of the original: breakpoints in the file stop in it.
    """
    records = records_used(function)
    if not records:
        return function
    linked = {
        name: record.function if isinstance(record, Native) else python_form(record.function)
        for name, record in records.items()
    }
    copy = types.FunctionType(
        function.__code__, {**function.__globals__, **linked}, function.__name__, function.__defaults__
    )
    copy.__qualname__, copy.__module__, copy.__doc__ = function.__qualname__, function.__module__, function.__doc__
    return copy


def address_in_python(kernel):
    """The integer by which rows identify a `TaskKernel` that is not compiled."""
    _kernels[id(kernel)] = kernel  # never freed, like compiled code
    return id(kernel)


def run_rows(rows):
    """Run jobs in the pool's form: rows (integer of a kernel, address of an argument block, tasks)."""
    for function, block, tasks in rows:
        kernel = _kernels[function]
        run, arguments = python_form(kernel.function), arguments_at(block, kernel)
        thread = (0,) if kernel.takes_thread else ()
        with np.errstate(all="ignore"):
            for task in range(tasks):
                run(task, *thread, *arguments)


def call_task(function, block, task, thread):
    """Run one task of such a job."""
    kernel = _kernels[function]
    threads = (thread,) if kernel.takes_thread else ()
    python_form(kernel.function)(task, *threads, *arguments_at(block, kernel))


def arguments_at(block, kernel):
    """The arguments of a task kernel, read from the argument block at an address as compiled code does."""
    return arranged(kernel.structures, _values_at(block, kernel.parameters))


def _values_at(block, parameters):
    length = sum(1 + getattr(parameter, "ndim", 0) for parameter in parameters)
    words = iter(view(block, (length,), dtype=np.int64).tolist())
    arguments = []
    for parameter in parameters:
        word = next(words)
        if parameter is int:
            arguments.append(np.int64(word))  # it wraps around, as in compiled code
        elif parameter is float:
            arguments.append(np.float32(np.int64(word).view(np.float64)))
        else:
            shape = [next(words) for _ in range(parameter.ndim)]
            array = view(word, shape, dtype=parameter.dtype)
            arguments.append(array.view(Widened) if parameter.dtype in ("int32", "uint8") else array)
    return arguments


class Widened(np.ndarray):
    """Integers of 32 or 8 bits, each read as 64 bits, as in compiled code."""

    def __getitem__(self, index):
        value = super().__getitem__(index)
        return value if isinstance(value, np.ndarray) else np.int64(value)
