"""Stores what Numba compiles in the user's cache (`code_cache.py`), so that Numba's own disk cache is not used.

Numba's cache unpickles any file in its folder: a damaged file ends the program, a planted one runs. It also notices
edits in a function's own file only, and a full disk ends the call. Without any cache, each process would take 0.3 to
1.8 s for each kernel; a cached one is loaded in 0.005 s (with Numba's cache 0.01 s).

Numba has no public way to extract compiled code and to restore it. So this is the one place that uses its private
names, which are the same from Numba 0.62 to 0.68: a dispatcher's `_cache`, and `_reduce` and `_rebuild` of a compiled
overload. If a later Numba lacks them, kernels are compiled in memory (see `keep`).
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
    """Look up the overloads of a dispatcher in the cache before they are compiled, and store them there afterwards.

    Args:
        dispatcher: Numba's.
        name: of the function, unique.
        made_from: changes whenever the code would (see `fingerprints.py`).
    """
    if hasattr(dispatcher, "_cache") and hasattr(CompileResult, "_reduce") and hasattr(CompileResult, "_rebuild"):
        dispatcher._cache = _CachedOverloads(name, made_from)


class _CachedOverloads:
    """A dispatcher's cache: queried before it compiles, and given the code that it has compiled."""

    cache_path = None  # for Numba's statistics

    def __init__(self, name, made_from):
        self._name = name
        self._made_from = made_from

    def load_overload(self, signature, target_context):
        """The compiled overload for these argument types, or None."""
        content = self._entry(signature).read()
        if content is None:
            return None
        target_context.refresh()  # the functions that the code calls must be registered
        return CompileResult._rebuild(target_context, *pickle.loads(content))

    def save_overload(self, signature, overload):
        """Store an overload, unless it contains addresses of this process."""
        if not overload.library.has_dynamic_globals:
            self._entry(signature).write(serialize.dumps(overload._reduce()))

    def flush(self):
        """Nothing to flush."""

    def _entry(self, signature):
        made_for = numba.__version__, *made_by(), processor.target(), sys.implementation.cache_tag, str(signature)
        return code_cache.Entry(self._name, made_for, self._made_from)
