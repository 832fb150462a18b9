"""Where code is: the lines of the user and of a layer that led to an op, and the source of an op's rules."""

import inspect
from functools import cache

from minikeras.tools.diagnosis.source_lines import calling_lines, shown_path


def lines_of_caller():
    """((file, line) of the user, (file, line) in a layer, loss, … of minikeras) that led here; or None."""
    computing, user = calling_lines(2)
    return user, None if computing == user else computing


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
    """The first paragraph of a class's docstring, mostly a formula, and the next ones if it ends with a comma."""
    return first_paragraph(cls.__doc__)


def first_paragraph(docstring):
    """The first paragraph, with those after it as long as the sentence continues."""
    kept = []
    for paragraph in (docstring or "").strip().split("\n\n"):
        kept.append("\n".join(line.strip() for line in paragraph.splitlines()))
        if not kept[-1].endswith((",", ":", ";")):
            break
    return "\n".join(kept)


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
