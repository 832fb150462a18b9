"""Changes strings byte by byte or letter by letter: lower, upper, strip, translate."""

from minikeras.tensors.strings.elementwise import each, encoded, text

_WHITESPACE = b" \t\n\r\x0b\x0c"


def lower(input, encoding=""):
    """The strings in lower case: ASCII letters only, or with encoding="utf-8" those of all scripts."""
    if _is_utf8(encoding):
        return each(lambda s: encoded(text(s).lower()), input)
    return each(bytes.lower, input)


def upper(input, encoding=""):
    """The strings in upper case: ASCII letters only, or with encoding="utf-8" those of all scripts."""
    if _is_utf8(encoding):
        return each(lambda s: encoded(text(s).upper()), input)
    return each(bytes.upper, input)


def _is_utf8(encoding):
    if encoding not in ("", "utf-8"):
        raise ValueError(f"`encoding` must be '' or 'utf-8'. Received: encoding={encoding!r}")
    return encoding == "utf-8"


def strip(input):
    """The strings without whitespace at their ends."""
    return each(lambda s: s.strip(_WHITESPACE), input)


def translate(input, table, removed=b""):
    """The strings with each byte replaced by its entry in a table of 256 (None: as it is), without `removed` bytes.

    Non-ASCII characters have no bytes below 128 in UTF-8, so a table that changes only those leaves them intact.
    """
    return each(lambda s: s.translate(table, removed), input)
