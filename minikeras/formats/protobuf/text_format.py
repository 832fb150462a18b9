"""Messages as text, as protobuf prints them: a line `name: value` for each value, `name { … }` for each message."""

import numpy as np

_ESCAPES = {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", ord('"'): '\\"', ord("'"): "\\'", ord("\\"): "\\\\"}


def lines(message, indent=""):
    """The lines of a message: its lists, its maps by name, and its nested messages."""
    for name, value in message.printed_fields():
        if isinstance(value, dict):
            for key in sorted(value):
                yield f"{indent}{name} {{"
                yield f"{indent}  key: {_value(key.encode())}"
                yield from _nested("value", value[key], indent + "  ")
                yield f"{indent}}}"
        elif isinstance(value, list):
            for item in value:
                if hasattr(item, "printed_fields"):
                    yield from _nested(name, item, indent)
                else:
                    yield f"{indent}{name}: {_value(item)}"
        else:
            yield from _nested(name, value, indent)


def _nested(name, message, indent):
    yield f"{indent}{name} {{"
    yield from lines(message, indent + "  ")
    yield f"{indent}}}"


def _value(item):
    if isinstance(item, bytes):
        return '"' + "".join(_ESCAPES.get(c) or (chr(c) if 32 <= c < 127 else f"\\{c:03o}") for c in item) + '"'
    return _shortest(item) if isinstance(item, float) else str(item)


def _shortest(number):
    """The fewest digits that give the same float32."""
    if not np.isfinite(number):
        return str(number)
    candidates = (f"{number:.{digits}g}" for digits in range(6, 10))
    return next((text for text in candidates if np.float32(text) == np.float32(number)), repr(number))
