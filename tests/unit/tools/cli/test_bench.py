"""`python -m minikeras bench` with minikeras alone: rows, peaks, reports. Both sides are compared in tests/parity."""

import json
import re

import numpy as np
import pytest

from minikeras.base.release import __version__
from minikeras.tools.cli import bench, main, version
from minikeras.tools.cli.bench import networks, processes, table
from minikeras.tools.cli.bench.measuring import Measurement
from minikeras.tools.cli.bench.page import as_html
from minikeras.tools.cli.bench.workload import Workload
from minikeras.tools.cli.bench.workloads import WORKLOADS, chosen
from minikeras.tools.tracing import machine_peaks as machine
from minikeras.tools.tracing.machine_peaks import Machine

PEAKS = Machine(threads=2, gflops=100.0, bandwidth=10.0)


def measurement(**changes):
    workload = Workload("dense <1>", "dense", None, bytes=1e6)
    return Measurement(workload, **{"seconds": {"tensorflow": [4e-3, 6e-3], "minikeras": [2e-3]}, **changes})


def test_names_are_unique():
    assert len({workload.name for workload in WORKLOADS}) == len(WORKLOADS) > 50


@pytest.mark.parametrize("pattern", ["networks", "convolution", "Adam", "*3×3*forward", "separable"])
def test_a_filter_chooses_by_name_or_family(pattern):
    rows = chosen(pattern)
    assert 0 < len(rows) < len(WORKLOADS)


def test_no_row_is_an_error(capsys):
    assert main(["bench", "--filter", "quantum"]) == 1
    assert "quantum" in capsys.readouterr().err


def test_operations_of_a_network_are_counted():
    import minikeras

    assert networks.forward_operations(networks.mlp(minikeras)) == 2 * (784 * 100 + 100 * 10)
    convolutions = 26 * 26 * 9 * 32 + 11 * 11 * 9 * 32 * 64
    assert networks.forward_operations(networks.cnn(minikeras)) == 2 * (convolutions + 1600 * 128 + 128 * 10)


@pytest.mark.parametrize(
    "operations, moved, seconds", [(1e9, 0.0, 0.01), (0.0, 1e9, 0.1), (1e9, 1e7, 0.01), (1e9, None, 0.01)]
)
def test_the_roofline_is_the_higher_limit(operations, moved, seconds):
    assert PEAKS.attainable(operations, moved) == pytest.approx(seconds)


def test_the_higher_of_two_measured_peaks_counts():
    assert PEAKS.best_of(Machine(2, 90.0, 12.0)) == Machine(2, 100.0, 12.0)


def test_a_row_holds_times_ratio_and_share():
    cells = table.row(measurement(operations=1e8, deviation=1e-7), PEAKS)
    assert cells == ("dense <1>", "4.00 ms", "2.00 ms", ("2.00", "good"), "2.50", "50.0", "50%", "1e-07")


def test_reports_say_when_where_and_with_what_they_were_made():
    text = table.described(PEAKS)
    for known in (version.processor_name(), f"numpy {np.__version__}", f"minikeras {__version__}", "python 3."):
        assert known in text
    assert re.match(r"20\d\d-\d\d-\d\dT", text)
    record = table.record([measurement()], PEAKS)
    assert (record["processor"], record["numpy"]) == (version.processor_name(), np.__version__)


def test_starts_are_measured_to_the_first_step_and_to_the_end_of_the_first_epoch():
    names = [workload.name for workload in WORKLOADS if workload.family == "start"]
    for network in processes.STARTS:
        for end in ("first training step", f"end of the first epoch of {processes.EPOCH_STEPS} steps"):
            for state in ("kernels on disk", "nothing compiled yet"):
                assert f"{network}: import to {end}, {state}" in names


def test_results_that_differ_are_not_timed_but_reported():
    cells = table.row(measurement(seconds={}, trouble="the results differ"), PEAKS)
    assert cells[1] == ("the results differ", "bad")


def test_memory_is_reported_in_megabytes_and_has_no_share_of_the_peak():
    workload = Workload("memory", "memory", None, unit="bytes")
    cells = table.row(Measurement(workload, {"tensorflow": [7e8], "minikeras": [2e8]}), PEAKS)
    assert cells[1:] == ("667.57 MB", "190.73 MB", ("3.50", "good"), "3.50", "", "", "")


def test_the_page_shows_the_roofline_where_operations_and_bytes_are_counted():
    text = as_html([measurement(operations=1e8)], PEAKS)
    (chart,) = (svg for svg in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL) if "<circle" in svg)
    assert "dense &lt;1&gt;: 50 GFLOP/s" in chart
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", chart)]
    assert heights[0] > heights[1] == heights[2]  # the limit of memory rises to that of arithmetic
    assert float(re.search(r'<circle cx="[\d.]+" cy="([\d.]+)"', chart)[1]) > heights[1]  # 50 of 100 GFLOP/s: below


def test_the_page_escapes_names_and_draws_bars():
    text = as_html([measurement(), measurement(seconds={}, trouble="no")], PEAKS)
    assert "<1>" not in text
    assert len(re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)) == 2
    assert text.count("<rect") == 2


def test_minikeras_alone_from_the_command_to_the_history(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(machine, "measured", lambda threads: PEAKS)  # a second each
    history, page = tmp_path / "history.json", tmp_path / "page.html"
    options = ["bench", "--only-minikeras", "--filter", "Adam, 10,000*", "--seconds", "0.01", "--threads", "1"]
    for _ in range(2):
        assert main([*options, "--json", str(history), "--html", str(page)]) == 0
    assert "Adam, 10,000 weights" in capsys.readouterr().out
    entries = [json.loads(line) for line in history.read_text(encoding="utf-8").splitlines()]
    assert len(entries) == 2
    (row,) = entries[0]["rows"]
    assert set(row["best"]) == {"minikeras"}
    assert row["best"]["minikeras"] > 0
    assert row["ratio"] is None
    assert "Adam, 10,000 weights" in page.read_text(encoding="utf-8")


def test_work_that_raises_is_reported_in_its_row(monkeypatch):
    (missing,) = chosen("separable")
    wrong = Workload("no such row", "none", None)
    measured = bench.measure_all([wrong, missing], ["minikeras"], 1, 0.01)
    assert "KeyError" in measured[0].trouble
    assert measured[1].trouble in ("", "minikeras has no SeparableConv2D")


def test_without_tensorflow_minikeras_is_timed_alone(monkeypatch, capsys):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: None)
    assert bench._backends(only_minikeras=False) == ["minikeras"]
    assert "python -m pip install 'tensorflow" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["compare", "bench"])
def test_help_lists_the_options(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert "--html" in capsys.readouterr().out
