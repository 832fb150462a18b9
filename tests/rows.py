"""Tables of tests of which only some rows always run; the others run with `--full`, and in CI."""

import pytest


def quick_rows(names, quick):
    """The names as parameters of a test; those not in `quick` are marked `full`.

    Raises:
        ValueError: a name in `quick` is none of the names.
    """
    unknown = set(quick) - set(names)
    if unknown:
        raise ValueError(f"There are no such rows to run every time: {sorted(unknown)}")
    return [pytest.param(name, marks=[] if name in quick else [pytest.mark.full]) for name in names]
