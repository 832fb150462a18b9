"""Rows of a table of tests of which only some run every time; the others with `--full`, and in CI."""

import pytest


def quick_rows(names, quick):
    """The names as parameters of a test: what is not in `quick` is marked `full`.

    Raises:
        ValueError: a name in `quick` is none of the names.
    """
    unknown = set(quick) - set(names)
    if unknown:
        raise ValueError(f"There are no such rows to run every time: {sorted(unknown)}")
    return [pytest.param(name, marks=[] if name in quick else [pytest.mark.full]) for name in names]
