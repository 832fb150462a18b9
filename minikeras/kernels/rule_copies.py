"""Makes, names and compiles the copies of loops for one optimizer's formula.

A loop such as `for i in range(w.size): (w[i],) = rule(w[i], g[i], *scalars)` is written once. Each rule has a copy of
it in which the global name `rule` is bound to its own formula. Compiled code is stored by name, on disk too, so no two
copies may share a name.
"""

import types
import warnings
import zlib
from collections import Counter

from minikeras.kernels.job_lists import kernel_address
from minikeras.kernels.registry import cannot_compile, jit_disabled


def with_globals(function, name, module, **values):
    """Copy a function into another module, in which some global names have other values."""
    copy = types.FunctionType(function.__code__, {**function.__globals__, **values}, name)
    copy.__qualname__, copy.__module__ = name, module
    copy.__annotations__ = function.__annotations__
    return copy


def are_own(*formulas):
    """Whether all formulas are minikeras's own: module attributes, translatable, and in the table of kernels."""
    return all(formula.__module__.startswith("minikeras.") for formula in formulas)


def name_and_module(name, *formulas):
    """The name of a rule, and the module of its loops. A user's formulas, which may share a name, add a digest.

    Loops of a user's formula belong to no user module, which processes that compile ahead would have to import.
    """
    if are_own(*formulas):
        return name, formulas[0].__module__
    codes = [formula.__code__ for formula in formulas]
    text = [(c.co_filename, c.co_firstlineno, c.co_code, c.co_names, c.co_varnames, c.co_consts) for c in codes]
    digest = f"{name}_{zlib.crc32(repr(text).encode()):08x}"
    _made[digest] += 1
    return f"{digest}_{_made[digest]}", __name__


_made = Counter()  # rules with a digest: a notebook cell may redefine one with other constants


def can_compile(name, formulas, kernels):
    """Whether task kernels with these formulas can be compiled; warns if not. (Those of minikeras's own can.)"""
    if are_own(*formulas) or jit_disabled():
        return True
    if cannot_compile():
        return False
    try:
        for kernel in kernels:
            kernel_address(kernel)
    except TypeError as reason:  # a compiler reports what it does not support, and where
        message = (
            f"The optimizer's formula `{name}` cannot be compiled, so NumPy runs it, several times slower: {reason}"
        )
        warnings.warn(message, stacklevel=2)
        return False
    return True
