"""The benchmarks' frame: it refuses unequal work, alternates, and keeps rows of earlier runs."""

import numpy as np
import pytest

from benchmarks import measuring, report


def test_equal_work_passes_and_unequal_work_is_refused():
    result = [np.ones(3, "float32"), (np.zeros((0, 2)), 5.0)]
    measuring.assert_same(result, [np.ones(3) + 1e-6, (np.zeros((0, 2)), 5.0)])
    with pytest.raises(AssertionError):
        measuring.assert_same(result, [np.ones(3) + 1e-3, (np.zeros((0, 2)), 5.0)])
    with pytest.raises(AssertionError):
        measuring.assert_same(result, [np.ones(3)])


def test_rounds_of_the_sides_alternate():
    calls = []
    counts, durations = measuring.alternate({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, seconds=0)
    rounds = measuring.MINIMUM_ROUNDS
    assert {name: len(values) for name, values in durations.items()} == {"a": rounds, "b": rounds}
    timed = calls[-rounds * (counts["a"] + counts["b"]) :]
    assert timed[: counts["a"]] == ["a"] * counts["a"]
    assert timed[counts["a"] : counts["a"] + 2 * counts["b"]] == ["b"] * 2 * counts["b"]


def _row(group, ours, theirs=None):
    times = {"minikeras": ours} if theirs is None else {"minikeras": ours, "tensorflow": theirs}
    return report.record("kernels pooling", group, times, times, threads=2)


def test_the_table_shows_the_other_side_divided_by_ours():
    line = list(report.text_table([_row("max pooling", 2e-6, 5e-6)]))[1]
    assert line.split() == ["max", "pooling", "2.0", "µs", "5.0", "µs", "2.50", "2.50"]
    assert report.ratios(_row("alone", 1.0)) == (None, None)


def test_results_of_earlier_runs_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "DATA", tmp_path / "results.json")
    monkeypatch.setattr(report, "TABLE", tmp_path / "RESULTS.md")
    report.renew([_row("first", 1e-3, 2e-3), _row("second", 1.5, 3.0)])
    report.renew([_row("first", 1e-3, 4e-3)])
    table = (tmp_path / "RESULTS.md").read_text()
    assert "| first | 1.00 ms | 4.00 ms | **4.00** | 4.00 |" in table
    assert "| second | 1.50 s | 3.00 s | **2.00** | 2.00 |" in table
    assert "[1] " in table
    assert "[2] " not in table
