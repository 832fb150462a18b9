"""Regular expressions, in the subset of RE2's syntax that Python's `re` shares."""

import functools
import re
from typing import NamedTuple

import numpy as np

from minikeras.base.errors import InvalidArgumentError
from minikeras.tensors.strings.elementwise import each, encoded, plain_text, text

# RE2's named classes within brackets, which Python does not know.
_NAMED_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7F", "blank": r"\t ", "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


def regex_replace(input, pattern, rewrite, replace_global=True):
    r"""Every match of `pattern` (the first only, if not `replace_global`) replaced by `rewrite`.

    In `rewrite`, \1 … \9 are the groups, \0 the whole match, and \\ a backslash. As in RE2, other escapes end it, and
    with one of them, or with a group that does not exist, nothing is replaced where a single match would be.

    Raises:
        InvalidArgumentError: `pattern` is not a regular expression.
    """
    compiled, replacement = _compiled(plain_text(pattern)), _replacement(plain_text(rewrite))
    if replacement.most > compiled.groups or not (replace_global or replacement.is_whole):
        return each(bytes, input)
    template, count = replacement.template, 0 if replace_global else 1
    return each(lambda s: encoded(compiled.sub(template, text(s), count)), input)


def regex_full_match(input, pattern):
    """Whether `pattern` matches each string from its beginning to its end."""
    compiled = _compiled(plain_text(pattern))
    return each(lambda s: compiled.fullmatch(text(s)) is not None, input, np.bool_)


@functools.cache
def _compiled(pattern):
    translated = re.sub(r"\[:(\w+):\]", lambda match: _NAMED_CLASSES.get(match[1], match[0]), pattern)
    translated = translated.replace(r"\z", r"\Z").replace(r"\pL", r"[^\W\d_]").replace(r"\pN", r"\d")
    if re.search(r"(?<!\\)(\\\\)*\\[pP]", translated):
        raise InvalidArgumentError(
            None, None, f"Invalid pattern: {pattern}. Classes such as \\p{{Greek}} are not supported: write them out."
        )
    # In RE2 \w, \d and \s are ASCII only; the Unicode classes inserted above are wider.
    flags = 0 if translated != pattern and r"\p" in pattern else re.ASCII
    try:
        return re.compile(translated, flags)
    except re.error as error:
        raise InvalidArgumentError(None, None, f"Invalid pattern: {pattern}, error: {error}") from None


class _Replacement(NamedTuple):
    r"""The replacement of a match, read as RE2 reads it: \0 … \9 and \\ up to the first other escape.

    Attributes:
        template: the replacement as Python's `re` expects it.
        most: the largest number of a group.
        is_whole: whether there was no other escape.
    """

    template: str
    most: int
    is_whole: bool


@functools.cache
def _replacement(rewrite):
    known, rest = re.fullmatch(r"((?:[^\\]|\\[\d\\])*)(.*)", rewrite, re.DOTALL).groups()
    template = re.sub(r"\\([\d\\])", lambda part: rf"\g<{part[1]}>" if part[1].isdigit() else part[0], known)
    groups = [int(part) for part in re.findall(r"\\([\d\\])", rewrite) if part.isdigit()]
    return _Replacement(template, max(groups, default=0), not rest)
