"""Keeps what Numba compiles in the user's cache (`code_cache.py`), so that Numba's own disk cache is not used.

Numba's cache unpickles what lies in its folder: a damaged file ends the program, a planted one runs. It also notices
edits in a function's own file only, and a full disk ends the call. Without any cache, each process would take 0.3 to
1.8 s for each kernel; a kept one is loaded in 0.005 s (with Numba's cache 0.01 s).

Numba has no public way to take compiled code out and to put it back. So this is the one place that uses private names
of it, which are the same from Numba 0.62 to 0.68: a dispatcher's `_cache`, and `_reduce` and `_rebuild` of a compiled
overload. Where a later Numba has none of them, kernels are compiled in memory (see `keep`).
"""

import pickle
import sys

import numba
from numba.core import serialize
from numba.core.compiler import CompileResult

from minikeras.kernels import processor
from minikeras.kernels.machine import code_cache
from minikeras.kernels.machine.llvm import made_by


def keep(dispatcher, name, made_from):
    """Look for the overloads of a dispatcher in the cache before they are compiled, and keep them there afterwards.

    Args:
        dispatcher: of Numba's.
        name: of the function, unlike that of any other.
        made_from: changes whenever the code would (see `fingerprints.py`).
    """
    if hasattr(dispatcher, "_cache") and hasattr(CompileResult, "_reduce") and hasattr(CompileResult, "_rebuild"):
        dispatcher._cache = _CachedOverloads(name, made_from)


class _CachedOverloads:
    """What a dispatcher asks for code before it compiles, and gives the code that it has compiled."""

    cache_path = None  # for Numba's statistics

    def __init__(self, name, made_from):
        self._name = name
        self._made_from = made_from

    def load_overload(self, signature, target_context):
        """The compiled overload for these argument types, or None."""
        content = self._entry(signature).read()
        if content is None:
            return None
        target_context.refresh()  # the functions that the code calls must be known
        return CompileResult._rebuild(target_context, *pickle.loads(content))

    def save_overload(self, signature, overload):
        """Keep an overload, unless addresses of this process are written into it."""
        if not overload.library.has_dynamic_globals:
            self._entry(signature).write(serialize.dumps(overload._reduce()))

    def flush(self):
        """Nothing waits to be written."""

    def _entry(self, signature):
        made_for = numba.__version__, *made_by(), processor.target(), sys.implementation.cache_tag, str(signature)
        return code_cache.Entry(self._name, made_for, self._made_from)
