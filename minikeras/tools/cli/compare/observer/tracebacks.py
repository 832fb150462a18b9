"""Tracebacks of the script's errors without the observer's wrappers in them."""

import sys
import traceback
from pathlib import Path

FOLDER = str(Path(__file__).parent)


def print_without_observer(kind, error, trace):
    """In place of `sys.excepthook`."""
    summary = traceback.TracebackException(kind, error, trace)
    _drop_frames(summary)
    sys.stderr.write("".join(summary.format()))


def _drop_frames(summary):
    frames = [frame for frame in summary.stack if not frame.filename.startswith(FOLDER)]
    summary.stack = traceback.StackSummary.from_list(frames)
    for inner in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        if inner is not None:
            _drop_frames(inner)
