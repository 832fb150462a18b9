"""Tables of tests of which some rows run always and the others with `--full` only, as `.ci/run` does.

A row is left out where the rows that stay take the same ways through the code: combinations of options that do not know
of each other, sizes and dtypes of one formula. Every layer, loss, metric, optimizer and op keeps rows that run always.
"""

import pytest


def some_rows(names, rows, every, **options):
    """`pytest.mark.parametrize` of which every n-th row runs always."""
    return _table(names, [(row, number % every == 0) for number, row in enumerate(rows)], options)


def some_pairs(names, first, second, every, **options):
    """`pytest.mark.parametrize` over all pairs of two lists; of the pairs of each value every n-th runs always."""
    first, second = list(first), list(second)
    assert every <= max(len(first), len(second)), "a value of the shorter list would not always run"
    pairs = [((a, b), (i + j) % every == 0) for i, a in enumerate(first) for j, b in enumerate(second)]
    return _table(names, pairs, options)


def rows_where(names, rows, condition, **options):
    """`pytest.mark.parametrize` of which the rows run always for which `condition(row)` is true."""
    return _table(names, [(row, bool(condition(row))) for row in rows], options)


def _table(names, rows, options):
    several = "," in names
    return pytest.mark.parametrize(names, [row if kept else _left_out(row, several) for row, kept in rows], **options)


def _left_out(row, several):
    if hasattr(row, "marks"):  # of `pytest.param`
        return pytest.param(*row.values, marks=[*row.marks, pytest.mark.full], id=row.id)
    return pytest.param(*(row if several else (row,)), marks=pytest.mark.full)
