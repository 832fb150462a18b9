"""Shorter tracebacks on request: without the lines inside minikeras, for uncaught errors."""

__replay__ = "computes"

import sys
import sysconfig
import traceback
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1])
_LIBRARIES = tuple(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))
_hooks = []  # while filtering: the hook that was there before, and how a reader gets to see all


def enable_traceback_filtering():
    """Leave minikeras's own lines out of the tracebacks that Python prints at the end of a failed program.

    Nothing changes while the program runs: debuggers, `try`/`except` and the exception itself see every frame. Off by
    default (in Keras it is on), since the way through the engine is what readers of minikeras want to see.
    """
    leave_out_own_lines("keras.config.disable_traceback_filtering()")


def leave_out_own_lines(way_to_see_them):
    """The same, for a program with another way to show all lines, which is named under the traceback."""
    if not _hooks:
        _hooks.append((sys.excepthook, way_to_see_them))
        sys.excepthook = _print_filtered


def disable_traceback_filtering():
    """Print whole tracebacks again (the default)."""
    if _hooks:
        sys.excepthook, _ = _hooks.pop()


def is_traceback_filtering_enabled():
    """Whether minikeras's own lines are left out of printed tracebacks."""
    return bool(_hooks)


def _print_filtered(kind, error, trace):
    (original, way_to_see_them) = _hooks[-1]
    summary = traceback.TracebackException(kind, error, trace)
    if not sum([_hide_inner_frames(part) for part in _with_causes(summary)]):
        original(kind, error, trace)
        return
    sys.stderr.write("".join(summary.format()))
    sys.stderr.write(f"(Lines inside minikeras are left out; {way_to_see_them} shows them.)\n")


def _with_causes(summary):
    """The summary of an error, those of the errors that led to it, and those of a group's members."""
    yield summary
    for inner in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        if inner is not None:
            yield from _with_causes(inner)


def raised_by_own_code(error):
    """Whether an error was raised in the program's own code (such as a method of its classes) that minikeras called."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    inside = [file.startswith(_PACKAGE) for file in files]
    called = files[inside.index(True) :] if True in inside else []
    return any(not file.startswith((_PACKAGE, "<", *_LIBRARIES)) for file in called)


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
