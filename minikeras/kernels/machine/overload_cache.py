"""Stores Numba's compiled code in the user's cache (`code_cache.py`), in place of Numba's own disk cache.

Without a cache, each process would take 0.3 to 1.8 s for each kernel; a cached one is loaded in 0.005 s.

Numba's public cache (`cache=True`, its folder in `NUMBA_CACHE_DIR`: 0.01 s) is no substitute. It unpickles any file in
its folder, so a planted one runs. Tried with Numba 0.68.1: after a truncated file the program ended with
`UnpicklingError`; after an edit of a function in another file its caller's old code ran; where the folder could not be
created, code went silently to `__pycache__` next to the source. Functions made from text, such as those of formulas,
have no file and are refused. And the folder is one setting for the whole process, the user's kernels too.

No public name extracts compiled code and restores it. So this is the one place that uses private names, the same
from Numba 0.62 to 0.68 (PRIVATE_NAMES says what each is for). If a later Numba lacks one, kernels are compiled in
memory, and `tests/kernels/test_overload_cache.py` says which name is gone.
"""

import pickle
import sys
from operator import attrgetter

import numba
from numba.core.compiler import CompileResult

from minikeras.kernels import processor
from minikeras.kernels.machine import code_cache
from minikeras.kernels.machine.llvm import made_by

PRIVATE_NAMES = {
    "_cache": "a dispatcher asks it for an overload before it compiles one, and passes it each compiled one",
    "targetctx.refresh": "registers the functions that loaded code calls",
}
"""{attribute of a dispatcher: why it is needed}."""

PRIVATE_NAMES_OF_RESULTS = {
    "_reduce": "the machine code of an overload, and its attributes, as values that can be pickled",
    "_rebuild": "the overload of these values, linked into this process",
}
"""{attribute of `CompileResult`, a compiled overload: why it is needed}; besides these, its `library` says by
`has_dynamic_globals` whether the code contains addresses of this process."""


def missing_names(dispatcher):
    """Those of the private names that the installed Numba lacks."""
    required = [(dispatcher, name) for name in PRIVATE_NAMES] + [
        (CompileResult, name) for name in PRIVATE_NAMES_OF_RESULTS
    ]
    return [name for owner, name in required if not _has(owner, name)]


def _has(owner, name):
    try:
        attrgetter(name)(owner)
    except AttributeError:
        return False
    return True


def keep(dispatcher, name, made_from):
    """Look up the overloads of a dispatcher in the cache before they are compiled, and store them there afterwards.

    Args:
        dispatcher: Numba's.
        name: of the function, unique.
        made_from: changes whenever the code would (see `fingerprints.py`).
    """
    if not missing_names(dispatcher):
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
            self._entry(signature).write(pickle.dumps(overload._reduce(), pickle.HIGHEST_PROTOCOL))

    def flush(self):
        """Nothing to flush: each overload is written at once."""

    def _entry(self, signature):
        made_for = numba.__version__, *made_by(), processor.target(), sys.implementation.cache_tag, str(signature)
        return code_cache.Entry(self._name, made_for, self._made_from)
