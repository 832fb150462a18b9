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


def one_in(step, rows):
    """The rows as parameters of a test; all but each `step`-th one are marked `full`.

    Args:
        step: 3 for a third of them.
        rows: values, tuples of values, or `pytest.param`s.
    """
    marked = []
    for place, row in enumerate(rows):
        values, id, marks = (row.values, row.id, row.marks) if hasattr(row, "marks") else (row, None, ())
        values = values if isinstance(values, tuple) else (values,)
        marked.append(pytest.param(*values, id=id, marks=[*marks, *[pytest.mark.full] * bool(place % step)]))
    return marked
