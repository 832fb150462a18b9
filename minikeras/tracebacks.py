"""Shorter tracebacks on request: those of an uncaught error without the lines inside minikeras."""

import sys
import traceback
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)
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
    shown = [frame for frame in summary.stack if not frame.filename.startswith(_PACKAGE)]
    hidden = len(shown) < len(summary.stack)
    summary.stack = traceback.StackSummary.from_list(shown)
    sys.stderr.write("".join(summary.format()))
    if hidden:
        sys.stderr.write(_HINT + "\n")
