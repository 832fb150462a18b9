"""The parts of a kernel, and whether they run compiled.

A computation has a *reference*, plain NumPy, which defines the right result and is what a student reads first, and one
compiled form: task kernels (`tasks.py`) or formulas (`formula_kernels.py`), run as jobs. A public function uses the
jobs where they support its arrays (`tasks.fits_jobs`), and the reference otherwise. docs/kernels.md lists them all.

A kernel may call small functions marked `@subroutine`, which are compiled into it, and `@native` ones, written in
instructions. Their definitions, and those of module constants, are captured when it is compiled.

Nothing is compiled before the first call that needs it. Compiled code is kept in the user's cache
(`machine/code_cache.py`), and compiled again when the kernel's file, a subroutine's file or a constant changes.

Within `references()` small arrays use the references, so that a small step that is only traced waits for no compiler.

With `NUMBA_DISABLE_JIT=1` in the environment, kernels that would run compiled run as ordinary Python, so that a
debugger steps into them (`python_form.py`). Otherwise a debugger sees the references. `observers.py` reports which
kernels run. Without llvmlite, or without Numba if it is selected as the compiler, the references are used, after one
warning.
"""

import importlib.util
import linecache
import os
import threading
import warnings
from contextlib import contextmanager
from functools import cache

import numpy as np

from minikeras.base.debuggers import attached_debugger
from minikeras.base.system import in_browser
from minikeras.config import kernel_compiler

SMALL = 1 << 22
"""Arrays with fewer elements use references within `references()`: about 0.1 s for a convolution of that size."""
ALL = 1 << 24
"""Elements that references may process within one `references()`; for more, compiling takes no longer.

First `fit` of two steps on 8 images of 96×96, without and with this limit: MobileNetV2 26 s, 4 s; ResNet50 75 s, 9 s.
"""


@cache
def jit_disabled():
    """Whether `NUMBA_DISABLE_JIT` makes kernels run as ordinary Python: read once, as by Numba itself."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


class _Mode(threading.local):
    left = 0  # how many elements the references may still process, in this thread, within `references()`


_mode = _Mode()


@contextmanager
def references():
    """Inside the context this thread uses the references for small arrays, and compiles nothing for them.

    That holds for the first `ALL` elements; later calls run compiled.
    """
    before, _mode.left = _mode.left, ALL
    try:
        yield
    finally:
        _mode.left = before


def by_reference(*arguments):
    """Whether to use references for these arguments (see `references`)."""
    if _mode.left <= 0:
        return False
    sizes = [x.size for x in arguments if type(x) is np.ndarray]
    if max(sizes, default=0) >= SMALL:
        return False
    _mode.left -= sum(sizes)
    return True


def compiles(*arrays):
    """Whether kernels may process these arrays: compiled, or as Python if `NUMBA_DISABLE_JIT` is set.

    Under a debugger compiled ones may not: it shows the references, which are NumPy and can be stepped through.
    """
    if arrays and attached_debugger() and not jit_disabled():
        return False
    return not ((_mode.left > 0 and by_reference(*arrays)) or cannot_compile())


@cache
def cannot_compile():
    """Whether kernels should be compiled but a required module or file is missing. Warns if so."""
    if jit_disabled():
        return False  # nothing is to be compiled
    if in_browser():
        return True  # no compiler can be installed there, so a warning would not help
    missing = _missing_library()
    if missing:
        _warn_without_compiler(f"{missing} could not be imported", f"Install it with: python -m pip install {missing}")
        return True
    if not linecache.getline(__file__, 1):
        _warn_without_compiler("The source of minikeras is not there", "Deliver it with its .py files.")
        return True
    return False


def _missing_library():
    if importlib.util.find_spec("llvmlite") is None:
        return "llvmlite"
    return "numba" if kernel_compiler() == "numba" and importlib.util.find_spec("numba") is None else None


class Subroutine:
    """A function that kernels call. In Python it is that function; in a compiled kernel it is compiled too.

    `inline` inlines it into the caller: LLVM vectorises no loop that contains a call (6 times on Philox).
    """

    def __init__(self, function, fastmath=False, inline=False):
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__
        self.__wrapped__ = function
        self.function = function
        self.fastmath = fastmath
        self.inline = inline

    def __call__(self, *arguments):
        return self.function(*arguments)

    def __repr__(self):
        return f"<Subroutine {self.__name__}>"


class Native:
    """A function that runs as written in Python, and as a different implementation in compiled code.

    `place` is "module:name" of its replacement in a compiled kernel: an intrinsic, emitted into the kernel and imported
    only when that is compiled; or a `Symbol`, an external function.
    """

    def __init__(self, function, place):
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__
        self.__wrapped__ = function
        self.function = function
        self.place = place
        self.is_intrinsic = place.split(":")[0].endswith((".intrinsics", ".instructions", ".calls"))

    def __call__(self, *arguments):
        return self.function(*arguments)

    def __repr__(self):
        return f"<Native {self.__name__}: {self.place}>"


def native(place):
    """Decorator: makes a function a `Native`."""
    return lambda function: Native(function, place)


def subroutine(function=None, *, fastmath=False):
    """Decorator: marks a function that kernels and other subroutines call, to be compiled into them.

    `fastmath` lists the allowed reorderings of the function's own operations: False, or a set of LLVM's names, such as
    {"reassoc"}.
    """
    if function is None:
        return lambda function: Subroutine(function, fastmath)
    return Subroutine(function, fastmath)


def inlined_subroutine(function):
    """Decorator: a `subroutine` that is inlined into its callers, for short ones in loops to be vectorised."""
    return Subroutine(function, inline=True)


_warned = False


def _warn_without_compiler(reason, remedy):
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(
            f"{reason}, so minikeras computes with its NumPy references: results are the same, training is several "
            f"times slower. {remedy}",
            RuntimeWarning,
            stacklevel=4,
        )
