"""How benchmark results are kept, judged and shown, on rows made by hand."""

import json

import pytest

from benchmarks import report
from benchmarks.goals import CONVOLUTION, Goal

PEAKS = {"gflops": 200.0, "bandwidth": 30.0, "cache": 150.0}


def row(family, name, ours, theirs, goals=(), unit="", work=(0, 1000), **sides):
    times = {"minikeras": ours, "tensorflow": theirs, **sides}
    return report.record(family, name, times, {side: 2 * t for side, t in times.items()}, goals, unit, work)


def test_ratios_are_the_others_time_by_ours():
    measured = row("kernels_dense", "dense", 2.0, 3.0, pytorch=1.0)
    assert report.ratio(measured) == report.ratio(measured, "median") == 1.5
    assert report.ratio(measured, theirs="pytorch") == 0.5
    assert report.ratio(measured, ours="eager") is None


def test_the_table_says_what_is_below_its_goal():
    rows = [
        row("kernels_dense", "quick", 2e-6, 5e-6, (Goal("dense", 1.5),)),
        row("start", "slow", 1.0, 1.0, unit="step"),
    ]
    rows.append(row("memory", "peak", 2**28, 2**27, (Goal("peak", 1),), unit="bytes", pytorch=2**29))
    _, quick, slow, peak = report.text_table(rows)
    assert quick.split() == ["quick", "2.0", "µs", "5.0", "µs", "2.50", "2.50", "1.5"]
    assert slow.split() == ["slow,", "per", "step", "1.00", "s", "1.00", "s", "1.00", "1.00"]
    assert peak.split() == ["peak", "256", "MB", "128", "MB", "512", "MB", "0.50", "0.50", "1", "below"]


def test_a_part_that_runs_again_replaces_its_own_rows_and_a_whole_file_those_that_are_gone(tmp_path):
    first = [row("start", "import", 1.0, 2.0), row("start", "step", 1.0, 2.0), row("tape", "loop", 1.0, 2.0)]
    report.renewed(tmp_path, first, 2, PEAKS, complete=True)
    results = report.renewed(tmp_path, [row("start", "step", 1.0, 4.0)], 2, {**PEAKS, "cache": 170.0}, complete=False)
    assert [(r["name"], report.ratio(r)) for r in results["rows"]] == [("import", 2.0), ("step", 4.0), ("loop", 2.0)]
    assert [run["peaks"]["cache"] for run in results["runs"]] == [170.0]  # the better of both
    results = report.renewed(tmp_path, [row("start", "step", 1.0, 5.0)], 1, PEAKS, complete=True)
    assert [r["name"] for r in results["rows"]] == ["loop", "step"]
    assert [results["runs"][r["run"]]["threads"] for r in results["rows"]] == [2, 1]
    assert results == json.loads((tmp_path / report.RESULTS_FILE).read_text())


def test_the_page_judges_goals_by_their_worst_row(tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks import page  # here, because it imports Matplotlib

    fast = row("kernels_convolution", "wide", 1e-3, 5e-3, (CONVOLUTION,), work=(10**8, 10**6))
    slow = row("kernels_convolution", "odd", 1e-3, 1e-3, (CONVOLUTION,), work=(10**8, 10**6), pytorch=2e-3)
    memory = row("memory", "peak", 2**28, 2**29, (Goal("memory", 1),), unit="bytes")
    network = row("networks", "MLP: fit", 1e-3, 8e-3, (Goal("MLP", 8),), unit="step", eager=2e-3, jit_compile=4e-3)
    results = report.renewed(tmp_path, [fast, slow, memory, network], 2, PEAKS, complete=True)
    text = page.write(tmp_path, results).read_text()
    assert "2 of 3 goals are reached" in text
    assert f"| {CONVOLUTION.name} (worst of 2: odd) | 1.2 | **1.00** |" in text
    assert "**no**: 1 of 2 below" in text
    assert "| 256 MB | 512 MB | yes |" in text
    assert "| **8.00** | 8.00 | 4.00 |" in text  # to TensorFlow's defaults, of medians, to its best
    drawn = {path.name for path in (tmp_path / page.PLOTS).iterdir()}
    assert drawn == {"goals.svg", "networks.svg", "kernels_convolution.svg", "roofline.svg"}
    assert all(f"plots/{name}" in text for name in drawn)


def test_the_table_of_networks_has_a_column_for_each_and_all_sides(tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks import application_table  # here, because it imports Matplotlib

    page = tmp_path / "README.md"
    page.write_text(f"before\n{application_table.BEGIN}\nold\n{application_table.END}\nafter\n")
    step = Goal("a step", 2)
    rows = [
        row("applications", "VGG16: fit", 1e-3, 3e-3, (step,), pytorch=2e-3, onnxruntime=4e-3),
        row("applications", "Xception: start", 1.0, 5.0),
        row("applications", "Xception: fit", 1e-3, 4e-3),
    ]
    results = report.renewed(tmp_path, rows, 2, PEAKS, complete=True)
    assert application_table.write(tmp_path, results)
    text = page.read_text()
    assert text.startswith("before")
    assert text.endswith(f"{application_table.END}\nafter\n")
    assert "old" not in text
    fit, start = text.splitlines()[-4:-2]
    assert "3.00 ms / 1.00 ms = **3.00**; PyTorch 2.00 ms; ONNX Runtime 4.00 ms | 4.00 ms / 1.00 ms = **4.00**" in fit
    assert fit.endswith("| 2, – |")
    assert start == "| start |  | 5.00 s / 1.00 s = **5.00** |  |"
    assert not application_table.write(tmp_path / "elsewhere", results)
