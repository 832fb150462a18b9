"""Shorter tracebacks on request: those of an uncaught error without the lines inside minikeras."""

import sys
import sysconfig
import traceback
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)
_LIBRARIES = tuple(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))
_HINT = "(Lines inside minikeras are left out; keras.config.disable_traceback_filtering() shows them.)"
_hooks = []  # the hook that was there before filtering was switched on


def enable_traceback_filtering():
    """Leave minikeras's own lines out of the tracebacks that Python prints at the end of a failed program.

    Nothing changes while the program runs: debuggers, `try`/`except` and the exception itself see every frame. Off by
    default (in Keras it is on), since the way through the engine is what readers of minikeras want to see.
    """
    if not _hooks:
        _hooks.append(sys.excepthook)
        sys.excepthook = _print_filtered


def disable_traceback_filtering():
    """Print whole tracebacks again (the default)."""
    if _hooks:
        sys.excepthook = _hooks.pop()


def is_traceback_filtering_enabled():
    """Whether minikeras's own lines are left out of printed tracebacks."""
    return bool(_hooks)


def _print_filtered(kind, error, trace):
    summary = traceback.TracebackException(kind, error, trace)
    if not sum([_hide_inner_frames(part) for part in _with_causes(summary)]):
        _hooks[-1](kind, error, trace)
        return
    sys.stderr.write("".join(summary.format()))
    sys.stderr.write(_HINT + "\n")


def _with_causes(summary):
    """The summary of an error, those of the errors that led to it, and those of a group's members."""
    yield summary
    for inner in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        if inner is not None:
            yield from _with_causes(inner)


def _hide_inner_frames(summary):
    """Drop the frames of minikeras and of the libraries that it called. Returns how many."""
    shown, inside = [], False
    for frame in summary.stack:
        is_own = frame.filename.startswith(_PACKAGE)
        inside = is_own or (inside and frame.filename.startswith(_LIBRARIES))
        if not inside:
            shown.append(frame)
    hidden = len(summary.stack) - len(shown)
    summary.stack = traceback.StackSummary.from_list(shown)
    return hidden
