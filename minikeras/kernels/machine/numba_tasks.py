"""Task kernels and formula kernels compiled by Numba, with `MINIKERAS_COMPILER=numba`, instead of `translation/`.

The same functions and the same argument blocks: the pool runs them like the others. That makes Numba an oracle for the
translator, and the compiler of kernels that the translator does not support, such as a user's formula that calls
`np.tanh`. It takes 0.1 to 3 s for a kernel, which is then cached on disk; the code that reads the argument block and
calls the kernel is compiled in each process, 0.05 s.
"""

import numba

from minikeras.kernels.locks import compile_lock
from minikeras.kernels.machine import compiler, formula_code, intrinsics, numba_formulas, overload_cache
from minikeras.kernels.machine.fingerprints import fingerprint, stamps, symbols_used
from minikeras.kernels.machine.untranslatable import Untranslatable

_entries = {}
"""{`TaskKernel`: Numba's compiled function, which must live as long as its address is known}."""


def task_address(kernel):
    """The address of the compiled code of a `TaskKernel`, a function (address of an argument block, task, thread).

    Raises:
        Untranslatable: Numba cannot compile it.
    """
    with compile_lock:
        if kernel not in _entries:
            try:
                _entries[kernel] = numba.cfunc("void(int64, int64, int64)", error_model="numpy")(_entry(kernel))
            except Exception as error:  # errors of its own, and some of Python's
                reason = Untranslatable(f"Numba cannot compile it: {error}")
                reason.place = kernel.name
                raise reason from error
        return _entries[kernel].address


def _entry(kernel):
    """The function to compile: it reads the argument block and calls the kernel, which is cached on disk."""
    function = _dispatcher(kernel)
    arguments_at = intrinsics.reader(kernel)

    def entry(block, task, thread):
        function(task, *arguments_at(block))

    def entry_with_thread(block, task, thread):
        function(task, thread, *arguments_at(block))

    return entry_with_thread if kernel.takes_thread else entry


def _dispatcher(kernel):
    if kernel.formula is not None:
        made_from = formula_code.made_from(kernel), stamps(numba_formulas.__file__)
        dispatcher = compiler.dispatcher_for_compiled_code(numba_formulas.loop(kernel))
    else:
        for symbol in symbols_used(kernel.function).values():
            symbol.address()  # Numba's own engine must find it
        made_from = fingerprint(kernel.function), stamps(intrinsics.__file__)
        dispatcher = compiler.dispatcher_for_compiled_code(kernel.function)
    overload_cache.keep(dispatcher, f"numba.{kernel.__module__}.{kernel.name}", made_from)
    return dispatcher
