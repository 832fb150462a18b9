"""Declarations of functions, modules and packages about replays: which of their Python a compiled plan may skip.

A plan (`plans/`) repeats the ops of a function that it traced, without the Python around them. That is right only if
this Python did nothing that matters in the next call. The author of the code knows that, so it is declared next to the
code, and `plans/watch.py` looks it up for every Python function that is called while a step is traced.

A module or package declares it at its top, and the innermost declaration counts:

    __replay__ = "computes"    its functions work through ops, or with names, configurations, shapes. Those that take
                               the array out of a Tensor compute outside of ops, unless they declare more (see below).
    __replay__ = "engine"      ops, tapes and the recorder call it; everything that it does is part of the op.

Elsewhere (data, files, printing) functions do more than compute: a step that calls one is not replayed.

A function declares it by a decorator, with the reason:

    @safe_to_replay("it looks at the dtype only")            may be skipped, even if its package declares otherwise
    @unsafe_to_replay("it continues a random sequence")      has to run in every call
    @reads_values                                            returns the values of a tensor to Python (`if loss > 3`)

A function of ops needs none of these. A call that changes state, or has to run in every step, is an effect
(`autodiff/effects.py`). An op declares `is_pure` (`autodiff/operation.py`).
"""

__replay__ = "engine"

import os
import sys
from functools import cache
from pathlib import Path

COMPUTES, ENGINE = "computes", "engine"

_ROOT = __name__.partition(".")[0]
_FOLDER = str(Path(__file__).parents[1]) + os.sep
_safe, _unsafe, _readers = {}, {}, set()  # of code objects: with the reasons


def safe_to_replay(reason):
    """Decorator: a replay may skip calls of this function. Put it directly above `def`."""

    def declare(function):
        _safe[_code_of(function)] = reason
        return function

    return declare


def unsafe_to_replay(reason):
    """Decorator: a function that calls this one cannot be replayed. Put it directly above `def`."""

    def declare(function):
        _unsafe[_code_of(function)] = reason
        return function

    return declare


def reads_values(function):
    """Decorator: the function returns values of its first argument, a Tensor or Variable, to Python."""
    _readers.add(_code_of(function))
    return function


def _code_of(function):
    if hasattr(function, "__wrapped__") or not hasattr(function, "__code__"):
        raise TypeError(
            f"A declaration about replays goes directly above `def`, below all other decorators. Received: {function}"
        )
    return function.__code__


def is_safe(code):
    """Whether the function of this code declares that it may be skipped."""
    return code in _safe


def why_unsafe(code):
    """Why a function that calls this one cannot be replayed, as it declares; None if it declares no such thing."""
    return _unsafe.get(code)


def is_reader(code):
    """Whether the function of this code returns the values of a tensor to Python."""
    return code in _readers


@cache
def declared_by(module):
    """`COMPUTES`, `ENGINE` or None: the declaration of a module, or of the innermost enclosing package that has one.

    Args:
        module: its full name; it has been imported.
    """
    while module:
        declared = vars(sys.modules[module]).get("__replay__") if module in sys.modules else None
        if declared is not None:
            return declared
        module = module.rpartition(".")[0]
    return None


def is_own(x):
    """Whether a class or function is minikeras's, not the user's or another library's."""
    module = getattr(x, "__module__", None) or ""
    return module == _ROOT or module.startswith(f"{_ROOT}.")


# What a subclass may define although its base does, too, without changing what a step computes.
_NO_PART_OF_A_STEP = frozenset({
    "__init__", "__module__", "__doc__", "__qualname__", "__annotations__", "__firstlineno__", "__static_attributes__",
    "__annotate_func__", "__annotations_cache__", "__repr__", "is_pure", "is_of_ops", "get_config", "from_config",
    "summary", "save", "save_weights", "load_weights", "fit", "evaluate", "predict", "compile", "get_compile_config",
    "compile_from_config",
})  # fmt: skip


def overridden(cls, base):
    """The attributes that `cls` overrides from its base `base`, except constructors, configurations and the like.

    If there are none, `cls` computes as `base` does, and everything known about `base` applies to it.

    Returns:
        List of (class, name), the classes in the order in which Python looks names up.
    """
    return [
        (other, name)
        for other in cls.__mro__
        if other not in base.__mro__
        for name in sorted(vars(other).keys() - _NO_PART_OF_A_STEP)
        if _definer(name, base) not in (None, _definer(name, cls))
    ]


def _definer(name, cls):
    """The class among `cls` and its bases from which it has an attribute; None if it has no such attribute."""
    return next((base for base in cls.__mro__ if name in vars(base)), None)


def first_own(cls):
    """The first class among `cls` and its bases that is minikeras's; `object` if none is."""
    return next((base for base in cls.__mro__ if is_own(base)), object)


def is_own_code(code):
    """Whether code is written in a file of minikeras's."""
    return code.co_filename.startswith(_FOLDER)
