"""A `Trace` as data for the page: JSON for the structure, and one block of bytes for the elements of all arrays."""

import base64
import json
import zlib
from dataclasses import asdict

import numpy as np

from minikeras.base.release import __version__
from minikeras.tools.diagnosis.source_lines import code_line, shown_path
from minikeras.tools.tracing.budget import Budget
from minikeras.tools.tracing.element_sources import element_sources
from minikeras.tools.tracing.graph import graph_of
from minikeras.tools.tracing.records import ROWS, SUMMARY, WHOLE
from minikeras.tools.tracing.source_lines import code_of_op

FORMAT = 1
ALIGNMENT = 8  # JavaScript's arrays begin at multiples of their elements' size
CODES = {"f4": np.float32, "f8": np.float64, "i4": np.int32, "u1": np.uint8}


def document(trace, extras, budget=None):
    """(data, bytes): the contents of the page as JSON-ready data, and the elements of all arrays one after another.

    Args:
        trace: a `Trace`.
        extras: {name: data} of further parts.
        budget: bytes of arrays; None for all that the trace has.
    """
    elements = Elements(budget)
    lines = Lines()
    steps = [_step(step, elements, lines) for step in trace.steps]
    data = {
        "format": FORMAT,
        "version": __version__,
        "steps": steps,
        "lines": lines.table,
        "code": _code(trace),
        **_clean(extras),
    }
    return data, elements.bytes()


def _step(step, elements, lines):
    values = []
    for value in step.values:
        values.append(_value(value, elements, values))
    return {
        "number": step.number,
        "how": step.how,
        "loss": None if step.loss is None else _number(step.loss),
        "seconds": round(step.seconds, 7),
        "threads": step.threads,
        "result": {name: _number(value) for name, value in step.result.items()},
        "live": step.live,
        "gradients": {str(value): gradient for value, gradient in step.gradients.items()},
        "weights": [_clean(asdict(record)) for record in step.weights.values()],
        "layers": [_layer(call) for call in step.layers],
        "events": [_event(event, lines, _sources(step, event, elements)) for event in step.events],
        "values": values,
        "graph": graph_of(step),
    }


def _layer(call):
    return {**_clean(asdict(call)), "begin": round(call.begin, 7), "seconds": round(call.seconds, 7)}


def _sources(step, event, elements):
    """Where the elements of an op's outputs come from, for the page; None for ops that do more than move elements."""
    op = step.moving_ops.get(event.number)
    sources = None if op is None else element_sources(op, step, event)
    return sources and [{**elements.add_positions(positions), "count": positions.size} for positions in sources]


def _event(event, lines, sources):
    """An event without its empty fields."""
    data = {**asdict(event), "sources": sources, "begin": round(event.begin, 7), "seconds": round(event.seconds, 7)}
    data["line"], data["layer_line"] = lines.add(event.line), lines.add(event.layer_line)
    return {key: value for key, value in _clean(data).items() if value not in (None, [], {}, "")}


def _value(value, elements, others):
    data = {"name": value.name, "shape": list(value.shape), "dtype": value.dtype, "detail": value.detail}
    data["origin"] = list(value.origin)
    if value.alias is not None:
        data["alias"] = value.alias
        data["detail"] = WHOLE if others[value.alias]["detail"] == WHOLE else SUMMARY
    elif value.array is not None:
        data.update(elements.add(value.array, value.shape))
    if value.statistics is not None:
        data["statistics"] = _clean(asdict(value.statistics))
    return data


def _clean(thing):
    """Replace numbers that JSON cannot represent by text: "nan", "inf"."""
    if isinstance(thing, dict):
        return {str(key): _clean(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_clean(value) for value in thing]
    return _number(thing) if isinstance(thing, float) else thing


def _number(x):
    return x if np.isfinite(x) else str(x)


def _code(trace):
    """{name of an op's class: its formula and source}."""
    return dict(sorted({cls.__name__: code_of_op(cls) for step in trace.steps for cls in step.ops}.items()))


class Lines:
    """Lines of source, each once: `table` has [file, line number, text]."""

    def __init__(self):
        self.table = []
        self._known = {}

    def add(self, place):
        """The number of a line (file, line number); None for None."""
        if place is None:
            return None
        if place not in self._known:
            self._known[place] = len(self.table)
            self.table.append([shown_path(place[0]), place[1], code_line(*place)])
        return self._known[place]


class Elements:
    """The elements of arrays, one array after another.

    Args:
        budget: bytes, None for no limit.
    """

    def __init__(self, budget=None):
        self._budget = None if budget is None else Budget(budget)
        self._parts = []
        self._length = 0

    def add(self, array, shape):
        """Append the elements that a trace has kept of an array: all, or the first rows.

        Returns:
            {"detail", "rows", "at", "code"}: how much of it is there, the byte where it begins, and its element type.
        """
        code = _code_of(array)
        content = np.ascontiguousarray(array, CODES[code])
        if self._budget is not None:
            detail, rows = self._budget.grant(array.shape, content.nbytes)
            if detail == SUMMARY:
                return {"detail": SUMMARY}
            content = content if rows is None else content[:rows]
        begin = self._append(content)
        is_whole = content.size == np.prod(shape)
        return {"at": begin, "code": code, **({} if is_whole else {"detail": ROWS, "rows": len(content)})}

    def add_positions(self, positions):
        """Append an array of integers, which the budget does not count. Return {"at": the byte where it begins}."""
        return {"at": self._append(np.ascontiguousarray(positions, np.int32))}

    def _append(self, array):
        begin, content = self._length, array.tobytes()
        content += b"\0" * (-len(content) % ALIGNMENT)
        self._parts.append(content)
        self._length += len(content)
        return begin

    def bytes(self):
        """The bytes of all elements."""
        return b"".join(self._parts)


def _code_of(array):
    kind = array.dtype.kind
    if kind == "b":
        return "u1"
    if kind in "iu":
        small = array.size == 0 or (array.min() >= -(2**31) and array.max() < 2**31)
        return "i4" if small else "f8"
    return "f8" if array.dtype.itemsize > 4 else "f4"


def as_text(data):
    """Data as JSON that can stand in a page's <script>."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def as_base64(content):
    """Bytes as text, quickly compressed (which mostly shrinks zeros)."""
    return base64.b64encode(zlib.compress(content, 1)).decode()
