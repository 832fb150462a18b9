"""`Watch`: checks for every Python call of a traced function whether a replay may skip it.

A plan replays ops. For a user's function that is valid only without other behaviour: no branch on a value (`if loss >
3`, `float(loss)`), no side effect (a file written, an element taken from a dataset). Python reports every call to a
profiler, so all calls are checked without a line in the functions themselves:

- Calls outside minikeras are the user's own Python, or a library's. As in TensorFlow they run only while the function
  is traced.
- Inside minikeras functions and packages declare what they do (`minikeras/base/replay.py`): return values of a tensor,
  compute through ops, or more. Values that are the same in every call (a shape, a constant) may be read.
- The recorder sees the ops of a function. A function that reads a Tensor's array is recognized by its code: unless its
  arguments are the same in every call, or it declares why it is safe, there will be no plan.
- A breakpoint (`breakpoint()`, `pdb.set_trace()`), in user code or minikeras, must stop in every call, even one under a
  condition that is false while the function is traced.
"""

import builtins
import dis
import sys
from types import CodeType
from typing import NamedTuple

import numpy as np

from minikeras.autodiff.tensor import TAKES_ARRAY, Tensor
from minikeras.base import replay
from minikeras.base.messages import print_notice

DEBUGGER = "bdb"  # the module in which pdb and similar debuggers start to trace
STOPS = "`{}` has a breakpoint"


class Watch:
    """A context (`with Watch(recorder):`) in which calls that a replay could not skip make the recorder refuse.

    It has no effect while something else (a profiler) watches the calls of this thread.

    Args:
        recorder: the `Recorder`.
        only_breakpoints: whether all Python in the function is known to be safe, except breakpoints.
    """

    def __init__(self, recorder, only_breakpoints=False):
        self.recorder = recorder
        self.only_breakpoints = only_breakpoints

    @staticmethod
    def is_possible():
        """Whether no other profiler observes the calls of this thread. If one does, a warning explains the effect."""
        profiler = sys.getprofile()
        if profiler is not None and not getattr(profiler, "__module__", "").startswith("minikeras."):
            print_notice(
                "profiler",
                "A profiler gets every call (sys.setprofile), by which minikeras looks through Python of yours. So "
                "models and functions with such Python run without new compiled plans; those made before are kept. "
                "cProfile of Python 3.12 and later does not disturb.",
            )
        return profiler is None

    def __enter__(self):
        self._entered = self.is_possible()
        if self._entered:
            sys.setprofile(self._note)
        return self

    def __exit__(self, *error):
        if self._entered:
            sys.setprofile(None)

    def _note(self, frame, event, argument):
        # ResNet50's step has 300,000 calls, nearly all of which are known to be fine: these return at once.
        if event == "call":
            code = frame.f_code
            verdict, _ = _verdicts.get(id(code), NOT_KNOWN)
            if verdict is FINE:
                return
            if verdict is None:
                verdict = verdict_on(code, frame.f_globals.get("__name__"))
                _verdicts[id(code)] = verdict, code
            if verdict is not FINE and self._refuses(verdict, frame):
                self.recorder.refuse(verdict.reason)
        elif argument is builtins.breakpoint and event == "c_call" and not self.recorder.is_paused:
            self.recorder.refuse(STOPS.format(frame.f_code.co_qualname))

    def _refuses(self, verdict, frame):
        """Whether a call, with a verdict that is not `FINE`, is one that a replay could not skip."""
        if self.recorder.is_paused or not self._matters(verdict, frame.f_code):
            return False
        return not (verdict.on_values and all(map(self._is_fixed, frame.f_locals.values())))

    def _matters(self, verdict, code):
        """Whether a verdict on code that is not `FINE` counts here."""
        return verdict.is_breakpoint or not self.only_breakpoints

    def _is_fixed(self, value):
        """Whether an argument is the same in every call, and cannot contain Tensors."""
        if isinstance(value, (list, tuple)):
            return all(map(self._is_fixed, value))
        if isinstance(value, dict):
            return all(map(self._is_fixed, value.values()))
        if isinstance(value, Tensor):
            return not self.recorder.varies(value.array)
        if isinstance(value, np.ndarray):
            return not self.recorder.varies(value)
        return value is None or isinstance(
            value, (bool, int, float, complex, str, bytes, slice, type, np.generic, np.dtype)
        )


class Verdict(NamedTuple):
    """What a call of a function means for a plan.

    Attributes:
        reason: why there can be none, None if the call is safe.
        on_values: whether that applies only if its arguments may have other values in the next call.
        is_breakpoint: whether the reason is a breakpoint.
    """

    reason: str | None = None
    on_values: bool = False
    is_breakpoint: bool = False


FINE = Verdict()
NOT_KNOWN = None, None
_verdicts = {}  # id of a code object, faster than its hash -> (Verdict, the code object)


def verdict_on(code, module=None):
    """The `Verdict` on calls of this code, which is of the module of this name."""
    if module == DEBUGGER or _has_breakpoint(code):
        return Verdict(STOPS.format(code.co_qualname), is_breakpoint=True)
    if replay.is_reader(code):
        return Verdict(f"its Python reads the values of a tensor (`{code.co_name}`)", on_values=True)
    if replay.is_safe(code) or not replay.is_own_code(code):
        return FINE
    name, reason, declared = f"{module}.{code.co_qualname}", replay.why_unsafe(code), replay.declared_by(module)
    if reason is not None:
        return Verdict(f"it calls {name}, and {reason}")
    if declared == replay.ENGINE:
        return FINE
    if declared != replay.COMPUTES:
        return Verdict(f"it calls {name}, which does more than compute")
    comprehension = code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # judged with its function
    if comprehension or TAKES_ARRAY.isdisjoint(_names_in(code)):
        return FINE
    return Verdict(f"it calls {name}, which computes outside of ops", on_values=True)


def _has_breakpoint(code):
    """Whether `breakpoint` (the function, not an attribute of that name) or `….set_trace` is mentioned in code."""
    if code.co_name == "<module>":  # which is being imported
        return False
    return "set_trace" in code.co_names or (
        "breakpoint" in code.co_names
        and any(i.argval == "breakpoint" and i.opname == "LOAD_GLOBAL" for i in dis.get_instructions(code))
    )


def _names_in(code):
    """The names of all attributes and globals in a function's code, with those of comprehensions in it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
