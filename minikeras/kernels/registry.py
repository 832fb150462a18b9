"""The table of kernels, and how one call chooses between compiled code and readable NumPy.

A *kernel* is a function on arrays with two bodies that compute the same thing:

- the **reference**, plain NumPy, which defines what is right and is what a student reads first;
- the **fast** body, a loop that Numba compiles the first time it is needed.

```python
def scaled_sum_reference(x, y, factor):
    return x + factor * y


@kernel(reference=scaled_sum_reference, when=lambda x, y, factor: x.size >= 256 and is_float(x))
def scaled_sum(x, y, factor):
    result = np.empty_like(x)
    for i in range(x.size):
        result[i] = x[i] + factor * y[i]
    return result
```

`scaled_sum(x, y, 2.0)` asks `when`. True: the compiled loop runs. False (small arrays, other dtypes): the reference.

A kernel may call other kernels, and small functions marked `@subroutine`; both are compiled into it (a kernel called
from compiled code is its fast body, `when` is not asked). It sees them, and module constants, as they are at the first
compiled call.

Nothing is compiled, and Numba is not even imported, before the first call that wants it. Compiled code is kept in the
user's cache (`machine/code_cache.py`) and is renewed when the kernel's file, a subroutine's file or a constant changes.

Within `references()` small arrays go by the references, so that a step that is only traced waits for no compiler.

With `NUMBA_DISABLE_JIT=1` in the environment the same fast bodies run, where they would run compiled, as ordinary
Python, so that a debugger steps into them (`python_form.py`). `observers.py` shows which kernels run.
Where Numba cannot be imported, every kernel runs its reference, after one warning.
"""

import importlib.util
import linecache
import os
import threading
import warnings
from contextlib import contextmanager
from functools import cache

import numpy as np

from minikeras.kernels.locks import compile_lock
from minikeras.kernels.memory import keep_freed_memory
from minikeras.kernels.observers import note, observers

KERNELS = {}
"""name → `Kernel`. The oracle test and the benchmarks read this table."""

SMALL = 1 << 22
"""Arrays with fewer numbers go by references within `references()`: about 0.1 s for a convolution of that size."""


def is_float(*arrays):
    """Whether every array is float32 or float64: the dtypes that compiled kernels accept."""
    for array in arrays:  # noqa: SIM110 - `all` of a generator takes three times as long
        if array.dtype.char not in "fd":
            return False
    return True


@cache
def jit_disabled():
    """Whether `NUMBA_DISABLE_JIT` asks for kernels to run as ordinary Python: read once, as by Numba itself."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


class _Mode(threading.local):
    references = False  # whether this thread is within `references()`


_mode = _Mode()


@contextmanager
def references():
    """Within it, this thread computes with small arrays by the references, and compiles nothing for them."""
    before, _mode.references = _mode.references, True
    try:
        yield
    finally:
        _mode.references = before


def by_reference(*arguments):
    """Whether references are wanted for these arguments (see `references`)."""
    return _mode.references and all(x.size < SMALL for x in arguments if type(x) is np.ndarray)


def compiles(*arrays):
    """Whether kernels may compute with these arrays: compiled, or as Python where `NUMBA_DISABLE_JIT` asks for that."""
    return not ((_mode.references and by_reference(*arrays)) or cannot_compile())


@cache
def cannot_compile():
    """Whether a module or file is missing without which kernels cannot be compiled, though they should. Warns if so."""
    if jit_disabled():
        return False  # nothing is to be compiled
    if importlib.util.find_spec("numba") is None:
        _warn_without_compiler("Numba could not be imported (there is no module of that name)", _INSTALL_NUMBA)
        return True
    if not linecache.getline(__file__, 1):
        _warn_without_compiler("The source of minikeras is not there", "Deliver it with its .py files.")
        return True
    return False


class Kernel:
    """One entry of `KERNELS`: a reference, a fast body, and the test that chooses between them.

    Attributes:
        name: key in `KERNELS`, the fast body's `__name__`.
        reference: the NumPy function that defines the result.
        function: the fast body as plain Python source, before compilation.
        when: called with the kernel's arguments; true where the fast body should run.
        fastmath: passed to Numba; False keeps IEEE order and NaN. A kernel that says otherwise gives its reason.
        fast: what runs when `when` is true: before the first call a method that compiles, afterwards the compiled code.
    """

    def __init__(self, function, reference, when, fastmath=False):
        self.name = self.__name__ = function.__name__
        self.__doc__ = function.__doc__ or reference.__doc__
        self.__module__ = function.__module__
        self.__wrapped__ = function
        self.reference = reference
        self.function = function
        self.when = when
        self.fastmath = fastmath
        self.fast = self._compile_then_call

    def __call__(self, *arguments):
        if self.when(*arguments) and not (_mode.references and by_reference(*arguments)):
            if observers:
                note(self)
            return self.fast(*arguments)
        if observers:
            note(self, "reference")
        return self.reference(*arguments)

    def _compile_then_call(self, *arguments):
        return self.compile()(*arguments)

    def compile(self):
        """Prepares the fast body once, in whichever thread comes first, and returns it."""
        with compile_lock:
            if self.fast == self._compile_then_call:
                self.fast = _fast_body(self)
        return self.fast

    def __repr__(self):
        return f"<Kernel {self.name}: reference {self.reference.__name__}>"


class Subroutine:
    """A function that kernels call. In Python it is that function; inside a compiled kernel it is compiled too.

    `inline` pastes its body into the caller: LLVM vectorises no loop that contains a call (6 times on Philox).
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
    """A function that runs as written in Python, and as something else in compiled code.

    `place` is "module:name" of what takes its room in a compiled kernel: an intrinsic, written into the kernel itself
    and imported only when that is compiled; or a `Symbol`, a function outside.
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


def kernel(reference, when, fastmath=False):
    """Decorator: registers the function below it as the fast body of a kernel.

    Args:
        reference: NumPy function with the same parameters and the same result.
        when: function of the same parameters; true where the fast body wins and applies. Its threshold comes from a
            measurement, written beside it. It must refuse the dtypes that the loop does not handle (see `is_float`).
        fastmath: Numba's flag, False unless reordering floating-point operations is both needed and harmless; or a set
            of LLVM's names of what is allowed, such as {"reassoc"}.

    Returns:
        A `Kernel`, called like the function, by position only.

    Raises:
        ValueError: two kernels have the same name.
    """

    def register(function):
        if function.__name__ in KERNELS:
            raise ValueError(
                f"Kernel names must be unique. Received: {function.__name__!r} in {function.__module__}, which "
                f"{KERNELS[function.__name__].__module__} already defines. Rename one of them."
            )
        KERNELS[function.__name__] = Kernel(function, reference, when, fastmath)
        return KERNELS[function.__name__]

    return register


def subroutine(function=None, *, fastmath=False):
    """Decorator: marks a function that kernels (and other subroutines) call, so that it is compiled into them.

    `fastmath` is Numba's flag for the function's own operations, as in `kernel`.
    """
    if function is None:
        return lambda function: Subroutine(function, fastmath)
    return Subroutine(function, fastmath)


def inlined_subroutine(function):
    """Decorator: a `subroutine` whose body is pasted into its callers, for short ones in loops that shall vectorise."""
    return Subroutine(function, inline=True)


def _fast_body(record):
    """The callable that runs when `record.when` is true: compiled code, plain Python, or the reference."""
    if jit_disabled():
        from minikeras.kernels.python_form import python_form  # here, because that knows the records of this module

        return python_form(record.function)
    try:
        from minikeras.kernels.machine import compiler  # here, because it imports Numba, which takes about 0.4 s
    except ImportError as error:
        _warn_without_compiler(f"Numba could not be imported ({error})", _INSTALL_NUMBA)
        return record.reference
    keep_freed_memory()
    return compiler.compiled(record)


_warned = False
_INSTALL_NUMBA = "Install it with: python -m pip install numba"


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
