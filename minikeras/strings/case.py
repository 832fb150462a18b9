"""Small letters, capitals, single bytes, and whitespace at the ends."""

from minikeras.strings.elementwise import each, encoded, text

_WHITESPACE = b" \t\n\r\x0b\x0c"


def lower(input, encoding=""):
    """Small letters: of ASCII only, or of all scripts with encoding="utf-8"."""
    if _is_utf8(encoding):
        return each(lambda s: encoded(text(s).lower()), input)
    return each(bytes.lower, input)


def upper(input, encoding=""):
    """Capital letters: of ASCII only, or of all scripts with encoding="utf-8"."""
    if _is_utf8(encoding):
        return each(lambda s: encoded(text(s).upper()), input)
    return each(bytes.upper, input)


def _is_utf8(encoding):
    if encoding not in ("", "utf-8"):
        raise ValueError(f"`encoding` must be '' or 'utf-8'. Received: encoding={encoding!r}")
    return encoding == "utf-8"


def strip(input):
    """Without whitespace at both ends."""
    return each(lambda s: s.strip(_WHITESPACE), input)


def translate(input, table, removed=b""):
    """Each byte replaced by that in a table of 256 (None: as it is), those in `removed` left out. Utf-8 text outside of
    ASCII has no bytes below 128, so it is safe from tables that change these alone."""
    return each(lambda s: s.translate(table, removed), input)
