"""The page of a recording: one HTML file with its styles, scripts and data, which needs no network.

Its parts are in the folder `page/`, and are assembled in the order below. `data.js` reads the data of `document.py`.
"""

import os
from html import escape
from pathlib import Path

from minikeras.tools.tracing.document import as_base64, as_text, document

FOLDER = Path(__file__).parent / "page"
STYLES = ("theme.css", "layout.css", "views.css")
SCRIPTS = (
    "data.js",
    "format.js",
    "dom.js",
    "pictures.js",
    "charts.js",
    "elementwise_rules.js",
    "contraction_rules.js",
    "rules.js",
    "gradient_rules.js",
    "attention_rules.js",
    "window_rules.js",
    "selection_rules.js",
    "recurrent_rules.js",
    "recurrent_gradients.js",
    "optimizer_rules.js",
    "slot_rules.js",
    "element.js",
    "graph.js",
    "layer.js",
    "attention_and_gates.js",
    "timeline.js",
    "steps.js",
    "machine.js",
    "compare.js",
    "difference.js",
    "app.js",
)


def page(trace, extras=None, budget=None):
    """The text of the page of a `Trace`.

    Args:
        trace: the recording.
        extras: {name: data} of optional parts: "machine", "plan", "comparison", "difference".
        budget: bytes of arrays in the page; None for all that were kept.
    """
    data, content = document(trace, extras or {}, budget)
    numbers = ", ".join(str(step.number) for step in trace.steps)
    title = data.get("title") or f"Step{'s' * (len(trace.steps) > 1)} {numbers} of training"
    return _part("frame.html").format(
        title=escape(title),
        styles="\n".join(map(_part, STYLES)),
        scripts="\n".join(map(_part, SCRIPTS)),
        data=as_text(data),
        elements=as_base64(content),
    )


def require_writable(path, name):
    """Raise a `ValueError` if `path`, the argument `name`, cannot be written: before a training, not after it."""
    path = Path(path).absolute()
    if not path.parent.is_dir() or path.is_dir():
        raise ValueError(f"`{name}` must be a file in a folder that exists. Received: {path}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"`{name}` must be a file that may be written. Received: {path}")


def _part(name):
    return (FOLDER / name).read_text(encoding="utf-8")
