"""Functions that are called by their address: task kernels by the pool, functions of integers by Python."""

import ctypes

from minikeras.kernels.formula_kernels import FormulaKernel
from minikeras.kernels.machine import object_code, passes
from minikeras.kernels.machine.fingerprints import fingerprint, symbols_used
from minikeras.kernels.registry import compile_lock


class CompiledFunction:
    """A function of int64 numbers that returns nothing, compiled at its first call. It runs without the GIL."""

    def __init__(self, function):
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self._integers = function.__code__.co_argcount
        self._call = None

    def __call__(self, *integers):
        if self._call is None:
            self._load()
        self._call(*integers)

    def _load(self):
        function = self.__wrapped__
        name = f"{function.__module__}.{function.__name__}"

        def make():
            from minikeras.kernels.machine import compiler  # here, because it imports Numba

            return compiler.function_code(function, self._integers, name)

        with compile_lock:
            address = object_code.Code(name, fingerprint(function), make).address()
            self._call = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * self._integers)(address)


def compiled_function(function):
    """Decorator: makes a function a `CompiledFunction`."""
    return CompiledFunction(function)


def task_code(kernel):
    """The `Code` of a `TaskKernel`: a function of (address of an argument block, task, thread)."""
    name = f"{kernel.__module__}.{kernel.name}"
    if isinstance(kernel, FormulaKernel):
        return object_code.Code(name, passes.made_from(kernel), lambda: passes.task_code(kernel, name))

    def make():
        from minikeras.kernels.machine import compiler  # here, because it imports Numba

        return compiler.task_code(kernel, name)

    return object_code.Code(name, fingerprint(kernel.function), make)


def line_code(kernel):
    """The `Code` of a `FormulaKernel` for arrays of any length: (count, addresses of the arrays, float64 numbers)."""
    name = f"{kernel.__module__}.{kernel.name}_at_once"
    return object_code.Code(name, passes.made_from(kernel), lambda: passes.line_code(kernel, name))


def task_address(kernel):
    """Where the compiled code of a `TaskKernel` starts. The `Symbol`s that it calls are loaded too."""
    for symbol in symbols_used(kernel.function):
        symbol.address()
    return task_code(kernel).address()
