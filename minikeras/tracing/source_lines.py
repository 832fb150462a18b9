"""Where code is: the lines of the user and of a layer that led to an op, and the source of an op's rules."""

import inspect
import linecache
import sys
import sysconfig
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
_OWN = f"{PACKAGE}/"
_LIBRARIES = tuple(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))
_BELOW_LAYERS = tuple(f"{PACKAGE / name}/" for name in ("autodiff", "ops", "kernels", "tracing", "plans", "sparse"))
MOST_FRAMES = 200


def lines_of_caller():
    """((file, line) of the user, (file, line) in a layer, loss, … of minikeras) from the innermost frames; or None."""
    user = layer = None
    frame = sys._getframe(2)
    for _ in range(MOST_FRAMES):
        if frame is None:
            break
        name = frame.f_code.co_filename
        if name.startswith(_OWN):
            if layer is None and not name.startswith(_BELOW_LAYERS):
                layer = name, frame.f_lineno
        elif not name.startswith(("<", *_LIBRARIES)) or _is_notebook_cell(name):
            user = name, frame.f_lineno
            break
        frame = frame.f_back
    return user, layer


def _is_notebook_cell(name):
    return name.startswith("<ipython-input")


def text_of_line(place):
    """The text of a line (file, number), without indentation."""
    return "" if place is None else linecache.getline(*place).strip()


def shown_path(name):
    """A file's path as a reader knows it: below minikeras from there on, otherwise the file's name."""
    return str(Path(name).relative_to(PACKAGE.parent)) if name.startswith(_OWN) else Path(name).name


@cache
def code_of_op(cls):
    """{"formula", "file", "line", "forward", "backward"} of an op's class: from its docstring and its source."""
    return {
        "formula": formula_of(cls),
        "file": shown_path(inspect.getsourcefile(cls) or "") if _source(cls) else "",
        "line": _line(cls),
        "forward": _source(cls.forward),
        "backward": "\n".join(filter(None, [_source(cls.backward), _source(getattr(cls, "gradients", None))])),
    }


@cache
def formula_of(cls):
    """The first paragraph of a class's docstring, for most ops and layers their formula."""
    paragraphs = (cls.__doc__ or "").strip().split("\n\n")
    return "\n".join(line.strip() for line in paragraphs[0].splitlines())


def _source(thing):
    try:
        return "" if thing is None else inspect.cleandoc("\n" + inspect.getsource(thing))
    except (OSError, TypeError):  # made by exec, or built in
        return ""


def _line(cls):
    try:
        return inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return 0


def formula_of_function(function):
    """The first paragraph of a function's docstring."""
    return " ".join((function.__doc__ or "").strip().split("\n\n")[0].split())
