"""`PlainPython`: refuses a traced function whose Python has to run for every element.

A mapped function is traced once, to be computed for many elements at a time (`tracing.py`). That is right only if its
Python does nothing but call functions of tensors: no `print`, no counter, no `np.random`. Python reports each call to a
profiler; here each call is checked before it happens, so that a refused function has not done anything yet.

A user's function may use arithmetic, branches and loops on values that are known while it is traced, local names,
items of dicts and lists that it has made or been given, and calls of functions that do no more than that.
"""

import dis
import sys
import sysconfig

import numpy as np

from minikeras.autodiff.node import LeavesNoNode
from minikeras.base import replay
from minikeras.data.pipeline.functions import on_symbols

HARMLESS_FUNCTIONS = frozenset({
    abs, all, any, bool, dict, divmod, enumerate, filter, float, getattr, hasattr, int, isinstance, issubclass, len,
    list, map, max, min, pow, range, reversed, round, set, slice, sorted, str, sum, tuple, type, zip,
})  # fmt: skip
HARMLESS_MODULES = ("math", "_operator", "operator", "_functools", "_collections")
HARMLESS_PACKAGE = "numpy._core"
STANDARD_LIBRARY = (sysconfig.get_path("stdlib"), "<frozen")
IMMUTABLE = (str, bytes, int, float, tuple, frozenset, range)
READING_METHODS = frozenset({"get", "items", "keys", "values", "copy", "index", "count"})
STORES = frozenset({
    "STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "DELETE_SUBSCR", "IMPORT_NAME", "GET_AWAITABLE",
})  # fmt: skip
ITERATED = ".0"  # Python's name for the iterable of a comprehension


class PlainPython:
    """A context (`with PlainPython():`) in which calls that do more than compute raise an error before they happen.

    Raises (in the code inside):
        LeavesNoNode
    """

    @staticmethod
    def is_possible():
        """Whether no other profiler observes the calls of this thread."""
        return sys.getprofile() is None

    def __enter__(self):
        self.refused = None
        sys.setprofile(self._check)
        return self

    def __exit__(self, kind, error, traceback):
        sys.setprofile(None)
        if self.refused is not None and kind is None:  # the function has caught the error
            raise LeavesNoNode(self.refused)

    def _check(self, frame, event, argument):
        if event == "c_call":
            if _is_users(frame) and not (_is_harmless(argument) or _changes_local_list(argument, frame)):
                self._refuse(f"a call of {getattr(argument, '__qualname__', argument)}")
        elif event == "call" and not _is_own(frame):
            if _is_users(frame):
                if _does_more(frame):
                    self._refuse(f"what {frame.f_code.co_qualname} does")
            elif _is_users(frame.f_back) and not _is_harmless_library(frame):
                self._refuse(f"a call of {frame.f_code.co_qualname}")

    def _refuse(self, what):
        self.refused = f"`{what}` has to happen for every element."
        raise LeavesNoNode(self.refused)


def _is_users(frame):
    """Whether a frame runs the mapped function, or other user code that is not in a library."""
    if frame is None or _is_own(frame):
        return False
    return not _is_library(frame.f_code.co_filename) or frame.f_back.f_code is on_symbols.__code__


def _is_library(path):
    return path.startswith(STANDARD_LIBRARY) or "site-packages" in path or "dist-packages" in path


def _is_own(frame):
    """Whether the code is minikeras's, even if `namedtuple` or `dataclass` made it and it is in no file."""
    return replay.is_own_code(frame.f_code) or frame.f_globals.get("__name__", "").startswith(
        ("namedtuple_", f"{__name__.partition('.')[0]}.")
    )


def _is_harmless_library(frame):
    is_import = frame.f_code.co_filename.startswith(
        "<frozen importlib"
    )  # of a part of `tf` that is used for the first time
    return is_import or frame.f_globals.get("__name__", "").startswith(HARMLESS_PACKAGE)


def _is_harmless(function):
    try:
        if function in HARMLESS_FUNCTIONS:
            return True
    except TypeError:  # a method of something that has no hash
        pass
    owner = getattr(function, "__self__", None)
    if isinstance(owner, IMMUTABLE):
        return True
    if isinstance(owner, (dict, list)) and function.__name__ in READING_METHODS:
        return True
    return getattr(function, "__module__", None) in HARMLESS_MODULES


def _changes_local_list(function, frame):
    """Whether it is a method of a list that the calling function has made itself."""
    code, owner = frame.f_code, getattr(function, "__self__", None)
    if not isinstance(owner, list):
        return False
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    elsewhere = [frame.f_locals.get(name) for name in (*parameters, *code.co_freevars)]
    elsewhere += [frame.f_globals.get(name) for name in code.co_names]
    is_local = any(value is owner for value in frame.f_locals.values())
    return is_local and not any(value is owner for value in elsewhere)


def _does_more(frame):
    """Whether a function may change something that outlives its call, or draws numbers by unreported calls."""
    code = frame.f_code
    instructions = list(dis.get_instructions(code))
    names = {instruction.opname for instruction in instructions}
    if names & STORES or any(i.opname == "STORE_DEREF" and i.argval in code.co_freevars for i in instructions):
        return True
    if "YIELD_VALUE" in names and code.co_name != "<genexpr>":
        return True
    outer, given = _outer_values(frame), [x for name, x in frame.f_locals.items() if name != ITERATED]
    # an iterator has state: `list`, `zip` and a `for` advance it by calls that are not reported
    if any(hasattr(x, "__next__") for x in [*outer, *given]) or any(map(_draws, outer)):
        return True
    if "random" in code.co_names and any(x is np for x in outer):  # which NumPy imports when it is asked for
        return True
    may_store = any(hasattr(x, "__setitem__") for x in outer) or hasattr(frame.f_locals.get("self"), "__dict__")
    return "STORE_SUBSCR" in names and may_store


def _outer_values(frame):
    """Global variables, those of enclosing functions, `self`, and their attributes that the code's names may refer to.

    They are looked up in dicts, so that no user code runs.
    """
    names, scope = frame.f_code.co_names, frame.f_locals
    found = [frame.f_globals.get(name) for name in names]
    found += [scope.get(name) for name in (*frame.f_code.co_freevars, "self")]
    for _ in range(2):  # `config.counts["n"]`, `self.config.counts["n"]`
        of_others = [vars(x) for x in found if hasattr(x, "__dict__") and not replay.is_own(type(x))]
        found += [values[name] for values in of_others for name in names if name in values]
    return found


def _draws(x):
    """Whether it is of `numpy.random`, whose methods (made by Cython) no profiler sees."""
    return any(str(getattr(y, "__module__", None)).startswith("numpy.random") for y in (x, type(x)))
