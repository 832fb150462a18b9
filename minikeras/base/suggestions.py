""" "Did you mean …?": the end of an error message about an unknown name."""

__replay__ = "computes"

import difflib

SIMILARITY = 0.6  # difflib's own default: "rleu" finds "relu", "adm" finds "adam", "xyz" finds nothing
MOST = 3


def nearest_names(name, known):
    """Up to three of the `known` names that resemble `name`, the nearest first.

    Capitals, "_", "-" and spaces are ignored, so "batchNorm" is the same name as "batch_norm". Where two known names
    differ in nothing else ("Adam" and "adam"), the one written more like `name` is given.
    """
    name = str(name)
    by_key = {}
    for candidate in sorted(map(str, known), key=lambda candidate: -_similarity(name, candidate)):
        by_key.setdefault(_key(candidate), candidate)
    matches = difflib.get_close_matches(_key(name), list(by_key), n=MOST, cutoff=SIMILARITY)
    return [by_key[key] for key in matches]


def did_you_mean(name, known):
    """The phrase " Did you mean 'relu'?" with its leading space, or "" when no known name resembles `name`.

    For the end of a message: ``raise ValueError(f"Unknown loss: {name!r}.{did_you_mean(name, LOSSES)}")``.
    """
    names = [repr(match) for match in nearest_names(name, known)]
    if not names:
        return ""
    *others, last = names
    return f" Did you mean {', '.join(others)} or {last}?" if others else f" Did you mean {last}?"


def _key(name):
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _similarity(a, b):
    return difflib.SequenceMatcher(None, a, b).ratio()
