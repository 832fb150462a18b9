"""Functions called by address: task kernels by the pool, functions of integers by Python."""

import ctypes
import warnings

from minikeras.config import kernel_compiler
from minikeras.kernels.locks import compile_lock
from minikeras.kernels.machine import formula_code, object_code
from minikeras.kernels.machine.fingerprints import fingerprint, symbols_used
from minikeras.kernels.machine.untranslatable import RaisesErrors, Untranslatable

_python = ctypes.pythonapi
_python.Py_IncRef.argtypes, _python.Py_IncRef.restype = [ctypes.py_object], None
_python.PyCFunction_NewEx.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
_python.PyCFunction_NewEx.restype = ctypes.py_object


class CompiledFunction:
    """A function of int64 values that returns nothing, compiled at its first call. It runs without the GIL."""

    def __init__(self, function):
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self._integers = function.__code__.co_argcount
        self._call = None

    def __call__(self, *integers):
        if self._call is None:
            with compile_lock:
                self._call = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * self._integers)(self.code().address())
        self._call(*integers)

    def code(self):
        """Its `Code`."""
        return function_code(self.__wrapped__, returns=False)


def compiled_function(function):
    """Decorator: makes a function a `CompiledFunction`."""
    return CompiledFunction(function)


class _Definition(ctypes.Structure):
    """Python's definition of a function in C, its `PyMethodDef`."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


NO_ARGUMENTS, ONE_ARGUMENT = 4, 8  # Python's METH_NOARGS and METH_O


class Builtin:
    """A function that Python calls as a built-in one, in 0.05 µs; through ctypes a call takes 0.8.

    Python identifies a function in C by its address and by an object that it belongs to, here an array. The function
    takes two int64 values: the address of that object, and that of its one argument, or 0 without. It returns the
    address of a result as a new reference, or 0 after it has raised an exception. It starts with the GIL, and must hold
    it again when it returns. It is compiled at its first use, and stays in memory, as does the definition that Python's
    object points to.
    """

    def __init__(self, function, arguments=NO_ARGUMENTS):
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self._arguments = arguments
        self._definition = None

    def of(self, array):
        """The function bound to an array, which it keeps alive, for Python to call."""
        if self._definition is None:
            self._define()
        return _python.PyCFunction_NewEx(ctypes.addressof(self._definition), array, None)

    def _define(self):
        with compile_lock:
            if self._definition is None:
                address = self.code().address()
                definition = _Definition(self.__name__.encode(), address, self._arguments, None)
                _python.Py_IncRef(definition)  # for ever: when the interpreter exits, Python's objects may go last
                self._definition = definition

    def code(self):
        """Its `Code`."""
        return function_code(self.__wrapped__, returns=True)


def builtin(function):
    """Decorator: makes a function a `Builtin`."""
    return Builtin(function)


def builtin_of_one(function):
    """Decorator: makes a function a `Builtin` that Python calls with one argument."""
    return Builtin(function, ONE_ARGUMENT)


def function_code(function, returns):
    """The `Code` of a function of int64 values, which returns an int64 or nothing."""
    name = f"{function.__module__}.{function.__name__}"

    def make():
        return _translation().function_code(function, name, returns)

    return object_code.Code(name, fingerprint(function), make)


def task_code(kernel):
    """The `Code` of a `TaskKernel`: a function of (address of an argument block, task, thread)."""
    name = f"{kernel.__module__}.{kernel.name}"
    if kernel.formula is not None:
        return object_code.Code(name, formula_code.made_from(kernel), lambda: formula_code.task_code(kernel, name))

    def make():
        return _translation().task_code(kernel, name)

    return object_code.Code(name, fingerprint(kernel.function), make)


def _translation():
    from minikeras.kernels.machine import translation  # here, because code on disk does without

    return translation


def line_code(kernel):
    """The `Code` of a `FormulaKernel` for arrays of any length: (count, addresses of the arrays, float64 values)."""
    name = f"{kernel.__module__}.{kernel.name}_at_once"
    return object_code.Code(name, formula_code.made_from(kernel), lambda: formula_code.line_code(kernel, name))


def task_address(kernel):
    """The address of the compiled code of a `TaskKernel`. The `Symbol`s that it calls are loaded too.

    Compiled by `config.kernel_compiler`; by Numba, after a warning, where the translator cannot.
    """
    if kernel_compiler() == "numba":
        return numba_address(kernel)
    for symbol in symbols_used(kernel.function).values():
        symbol.address()
    try:
        return task_code(kernel).address()
    except RaisesErrors:
        raise
    except Untranslatable as reason:
        return _fallback_address(kernel, reason)


def numba_address(kernel):
    """The same, compiled by Numba."""
    from minikeras.kernels.machine import numba_tasks  # here, because it imports Numba, which takes 0.4 s

    return numba_tasks.task_address(kernel)


def _fallback_address(kernel, reason):
    try:
        address = numba_address(kernel)
    except Exception as error:  # Numba may be missing, or fail in its own ways
        raise reason from error
    if str(reason) not in _warned:
        _warned.add(str(reason))
        warnings.warn(
            f"Numba compiles `{kernel.name}`, which takes longer, since minikeras's translator cannot: {reason}",
            RuntimeWarning,
            stacklevel=2,
        )
    return address


_warned = set()
