"""A `Trace` as data for the page: JSON for the structure, and one block of bytes for the elements of all arrays."""

import base64
import json
import zlib
from dataclasses import asdict

import numpy as np

from minikeras.release import __version__
from minikeras.tracing.graph import graph_of
from minikeras.tracing.source_lines import code_of_op, shown_path, text_of_line

FORMAT = 1
ALIGNMENT = 8  # JavaScript's arrays begin at multiples of their elements' size
CODES = {"f4": np.float32, "f8": np.float64, "i4": np.int32, "u1": np.uint8}


def document(trace, extras):
    """(data, bytes): what the page shows, as JSON can hold it, and the elements of all arrays one after another.

    Args:
        trace: a `Trace`.
        extras: {name: data} of further parts.
    """
    elements = Elements()
    lines = Lines()
    steps = [_step(step, elements, lines) for step in trace.steps]
    data = {
        "format": FORMAT,
        "version": __version__,
        "steps": steps,
        "graph": graph_of(trace.step()) if trace.steps else None,
        "lines": lines.table,
        "code": _code(trace),
        **extras,
    }
    return data, elements.bytes()


def _step(step, elements, lines):
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
        "events": [_event(event, lines) for event in step.events],
        "values": [_value(value, elements) for value in step.values],
    }


def _layer(call):
    return {**_clean(asdict(call)), "begin": round(call.begin, 7), "seconds": round(call.seconds, 7)}


def _event(event, lines):
    """An event without what is empty."""
    data = {**asdict(event), "begin": round(event.begin, 7), "seconds": round(event.seconds, 7)}
    data["line"], data["layer_line"] = lines.add(event.line), lines.add(event.layer_line)
    return {key: value for key, value in _clean(data).items() if value not in (None, [], {}, "")}


def _value(value, elements):
    data = {"name": value.name, "shape": list(value.shape), "dtype": value.dtype, "detail": value.detail}
    data["origin"] = list(value.origin)
    if value.alias is not None:
        data["alias"] = value.alias
    elif value.array is not None:
        data["at"], data["code"] = elements.add(value.array)
    if value.array is not None and value.detail == "rows":
        data["rows"] = len(value.array)
    if value.statistics is not None:
        data["statistics"] = _clean(asdict(value.statistics))
    return data


def _clean(thing):
    """The same with numbers that JSON has no text for as text: "nan", "inf"."""
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
            self.table.append([shown_path(place[0]), place[1], text_of_line(place)])
        return self._known[place]


class Elements:
    """The elements of arrays, one array after another."""

    def __init__(self):
        self._parts = []
        self._length = 0

    def add(self, array):
        """Append an array. Returns (byte at which it begins, code of its elements' type)."""
        code = _code_of(array)
        content = np.ascontiguousarray(array, CODES[code]).tobytes()
        begin = self._length
        content += b"\0" * (-len(content) % ALIGNMENT)
        self._parts.append(content)
        self._length += len(content)
        return begin, code

    def bytes(self):
        """All of them."""
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
    """Data as JSON that may stand in a page's <script>."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def as_base64(content):
    """Bytes, compressed, as text."""
    return base64.b64encode(zlib.compress(content, 6)).decode()
