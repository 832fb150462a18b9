"""The line of Python that is running now: that of a layer or loss, and that of the user's program."""

import linecache
import os
import sys
from pathlib import Path

from minikeras.base.child_processes import PACKAGE

_PACKAGE = f"{PACKAGE}{os.sep}"
# Code that only carries out calls: the line of the caller is the one to show.
_MACHINERY = tuple(
    str(PACKAGE / Path(part)) for part in ("autodiff", "compat", "ops", "tools/diagnosis", "tools/tracing")
)
_MACHINERY += tuple(str(PACKAGE / "layers" / f"{name}.py") for name in ("layer", "epilogue"))


def calling_lines(depth=1):
    """((file, number) of the line that calls an op or layer, that of the innermost line outside minikeras, or None).

    Args:
        depth: frames to leave out.
    """
    frame, computing = sys._getframe(depth), None
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_MACHINERY) and not file.startswith("<"):
            here = file, frame.f_lineno
            computing = computing or here
            if not file.startswith(_PACKAGE):
                return computing, here
        frame = frame.f_back
    return computing, None


def line_text(line):
    """For example "train.py:31: y = ops.log(x)"."""
    file, number = line
    text = code_line(file, number)
    return f"{shown_path(file)}:{number}: {text}" if text else f"{shown_path(file)}:{number}"


def code_line(file, number):
    """The text of a line, without indentation."""
    return linecache.getline(file, number).strip()


def shown_path(file):
    """A file's path as shown to a reader: from minikeras on, otherwise only the file's name."""
    path = Path(file)
    return path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE) else path.name
