"""Alignment, verdict and reports of `compare`, on recordings made by hand. tests/parity runs real scripts."""

import io
import json
import re

import numpy as np
import pytest

from minikeras.tools.cli import main
from minikeras.tools.cli.compare import alignment, comparing, deviation, origin, processes
from minikeras.tools.cli.compare.as_json import as_json
from minikeras.tools.cli.compare.comparison import Comparison
from minikeras.tools.cli.compare.observer import notebook
from minikeras.tools.cli.compare.observer.arrays import PROJECTIONS, digest
from minikeras.tools.cli.compare.page import as_html
from minikeras.tools.cli.compare.recording import Run
from minikeras.tools.cli.compare.redoing import Recomputed
from minikeras.tools.cli.compare.summary import MAX_ROWS, Table
from minikeras.tools.cli.compare.table import print_report

TOLERANCE, METRIC_TOLERANCE = 1e-3, 2e-2
# Four projections estimate a norm to within a factor; of this many seeds none was further off.
ESTIMATE = 4.0


def recording(backend, losses, weights, outputs=None, status=0, path="sequential/<dense>/kernel"):
    """A run of one variable and one optimizer: `losses` of its steps, `weights` before and after each of them."""
    events = [
        {
            "kind": "step",
            "at": i,
            "optimizer": 0,
            "iteration": i,
            "phase": "fit",
            "logs": {"loss": loss},
            "seconds": 0.1,
        }
        for i, loss in enumerate(losses, start=1)
    ]
    events.append({"kind": "epoch", "at": 9.0, "fit": 0, "epoch": 0, "numbers": {"loss": losses[-1], "accuracy": 0.5}})
    arrays = {"initial/0": weights[0], "final/0": weights[-1]}
    arrays["digest/0"] = np.array([digest(w) for w in weights[1:]])
    arrays["digest steps/0"] = np.arange(len(losses))
    if outputs is not None:
        arrays["predict/0"] = outputs
        kept = {"array": "predict/0", "shape": list(outputs.shape)}
        events.append({"kind": "predict", "at": 10.0, "model": "sequential", "outputs": [kept]})
    variable = {"path": path, "shape": [3], "dtype": "float32", "trainable": True, "layer": "<dense>", "class": "Dense"}
    facts = {
        "wall_seconds": 4.0 if backend == "tensorflow" else 1.0,
        "import_seconds": 1.0,
        "first_step_seconds": 2.0,
        "peak_memory": 10**8,
        "variables": [{**variable, "initial": "initial/0", "final": "final/0"}],
        "optimizers": [{"class": "Adam", "config": {"epsilon": 1e-7}, "variables": [0]}],
    }
    return Run(backend, status, "printed <b>this</b>\n", "", facts, events, arrays)


def compared(second_losses=(1.0, 0.5), second_weights=None, second_outputs=None, **changes):
    """A comparison of a run with losses 1, 0.5 and weights (1, 2, 3) with another one."""
    weights = [np.array([1.0, 2.0, 3.0], np.float32)] * 3
    outputs = np.ones((2, 2), np.float32)
    first = recording("tensorflow", (1.0, 0.5), weights, outputs)
    second_outputs = outputs if second_outputs is None else second_outputs
    second = recording("minikeras", second_losses, second_weights or weights, second_outputs)
    return Comparison("script.py", first, second, TOLERANCE, METRIC_TOLERANCE, **changes)


def moved(by):
    """The weights moved from step 2 on."""
    weights = np.array([1.0, 2.0, 3.0], np.float32)
    return [weights, weights, weights * np.float32(1 + by)]


@pytest.mark.parametrize(
    "changes, kind, where",
    [
        ({}, None, None),
        ({"second_losses": (1.0, 0.5001)}, None, None),
        ({"second_losses": (1.0, 0.51)}, "loss", "step 2"),
        ({"second_losses": (1.0, float("nan"))}, "loss", "step 2"),
        ({"second_weights": moved(1e-4)}, None, None),
        ({"second_weights": moved(1e-2)}, "weight", "step 2"),
        ({"second_weights": [np.array([1.0, 2.0, 4.0], np.float32)] * 3}, "initial weight", "the beginning"),
        ({"second_outputs": np.full((2, 2), 1.01, np.float32)}, "output", "predict 1 of sequential"),
        ({"second_outputs": np.ones((2, 3), np.float32)}, "output", "predict 1 of sequential"),
        ({"second_losses": (1.0,), "second_weights": moved(0.0)[1:]}, "missing", "step 2"),
    ],
)
def test_the_first_difference(changes, kind, where):
    comparison = compared(**changes)
    first = comparison.first_difference
    assert (kind, where) == (None, None) if first is None else (first.kind, first.where) == (kind, where)
    assert comparison.agree is (kind is None)
    assert comparison.exit_status == (0 if kind is None else 1)


def test_noise_is_left_out():
    comparison = compared(second_weights=moved(0.5), noise=frozenset({"sequential/<dense>/kernel"}))
    assert comparison.agree
    assert "sequential/<dense>/kernel" in comparison.verdict


def ending_without_data(comparison):
    """The comparison, of which the first run's epoch ended with a step without data, and has another mean loss."""
    epoch = next(event for event in comparison.first.events if event["kind"] == "epoch")
    epoch["steps_without_data"] = 1
    epoch["numbers"]["loss"] *= 0.8
    return comparison


def test_means_over_epochs_that_end_without_data_are_not_compared():
    comparison = ending_without_data(compared())
    assert comparison.agree
    assert "loss" not in comparison.deviation or comparison.deviation["loss"] == 0
    assert "assert_cardinality" in comparison.verdict
    assert "of other batches" in as_html(comparison)


def test_a_difference_after_such_an_epoch_is_explained_by_it():
    comparison = ending_without_data(compared(second_outputs=np.full((2, 2), 1.01, np.float32)))
    assert comparison.follows_step_without_data
    assert "after the end of epoch 1, which explains it" in comparison.verdict
    assert not ending_without_data(compared(second_losses=(1.0, 0.6))).follows_step_without_data


@pytest.mark.parametrize(
    "changes, sentences",
    [
        ({}, ["The runs agree: no loss, metric, weight or prediction deviates by more than 0.001.", "are equal"]),
        ({"second_weights": moved(1e-6)}, ["The largest deviation, of a final weight, is", "rounding."]),
        ({"second_weights": moved(1e-4)}, ["more than one step's rounding."]),
        ({"second_losses": (1.0, 0.51)}, ["The runs differ. The initial weights and the first", "loss at step 2"]),
        (
            {"second_losses": (1.0, 0.51), "looked_at": "step 2"},
            ["It is rounding that has grown during training", "Fewer steps"],
        ),
    ],
)
def test_the_verdict_in_sentences(changes, sentences):
    verdict = compared(**changes).verdict
    for sentence in sentences:
        assert sentence in verdict


def test_the_legend_explains_what_the_page_shows():
    page = as_html(compared(second_weights=moved(1e-2)))
    for term in ("deviation", "green, red", "differs from, worst at", "ratio"):
        assert f"<dt>{term}</dt>" in page
    assert "<dt>noise</dt>" not in page
    assert "<dt>noise</dt>" in as_html(compared(noise=frozenset({"sequential/<dense>/kernel"})))


@pytest.mark.parametrize(
    "content, cells",
    [
        (
            {"cells": [{"cell_type": "code", "source": ["a = 1\n", "a"]}, {"cell_type": "markdown", "source": "x"}]},
            ["a = 1\na"],
        ),
        ({"cells": [{"cell_type": "code", "source": "%time a"}]}, ["%time a"]),
        ({"worksheets": [{"cells": [{"cell_type": "code", "input": "b"}]}]}, ["b"]),
    ],
)
def test_the_code_cells_of_a_notebook(tmp_path, content, cells):
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert notebook.code_cells(path) == cells


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"cells": [1]}', '{"cells": {"a": 1}}'])
def test_a_file_that_is_no_notebook(tmp_path, text):
    path = tmp_path / "notebook.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(notebook.NotebookError, match="is not a notebook"):
        notebook.code_cells(path)


def test_a_series_near_zero_is_measured_in_its_largest_value():
    series = alignment.Series("loss", "step", values=[(1.0, 1.0), (1e-7, 2e-7)])
    assert max(series.deviations) == pytest.approx(1e-5)


def test_variables_of_other_paths_are_paired_by_order_and_shape():
    weights = [np.ones(3, np.float32)] * 2
    first = recording("tensorflow", (1.0,), weights, path="a/kernel")
    second = recording("minikeras", (1.0,), weights, path="b/kernel")
    assert alignment.paired_variables(first, second) == [(0, 0)]
    second.variables[0]["shape"] = [4]
    assert alignment.paired_variables(first, second) == []


@pytest.mark.parametrize(
    "a, b, expected",
    [
        ([3.0, 4.0], [3.0, 4.0], 0.0),
        ([3.0, 4.0], [3.0, 3.0], 0.2),
        ([np.nan, 4.0], [np.nan, 4.0], 0.0),
        ([np.nan, 4.0], [3.0, 4.0], np.inf),
        ([1.0, 1.0], [1.0], np.inf),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
    ],
)
def test_deviation_of_arrays(a, b, expected):
    assert deviation.of_arrays(np.array(a), np.array(b)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(20))
def test_digests_estimate_the_deviation_wherever_it_is(seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(40, 50)).astype(np.float32)
    b = a.copy()
    b[rng.integers(40), rng.integers(50)] += 1.0  # a single element
    estimated, exact = deviation.of_digests(digest(a), digest(b)), deviation.of_arrays(a, b)
    assert exact / ESTIMATE < estimated < exact * ESTIMATE
    assert len(digest(a)) == PROJECTIONS + 1
    assert deviation.of_digests(digest(a), digest(a)) == 0.0


def test_the_step_to_look_at_is_the_one_of_the_largest_jump():
    comparison = compared()
    pair = comparison.pairs[0]
    pair.steps.clear()
    pair.steps.update({(0, 1): 2e-7, (0, 2): 6e-7, (0, 3): 3e-4, (0, 4): 9e-4, (0, 5): 2e-3})
    assert origin.step_to_look_at([pair], [], last=(0, 5)) == (0, 3)
    assert origin.step_to_look_at([pair], [], last=(0, 2)) == (0, 2)
    assert origin.step_to_look_at([pair], [], last=(0, 5), ignored={pair.path}) is None


def with_detail(run, **values):
    """The run with entries of one step: {name of an entry: array}."""
    layers = {"output": {"layer": "m/a", "class": "Dense", "config": {"units": 2, "rate": run.backend == "minikeras"}}}
    layers["gradient"] = layers["weight before"] = {"variable": 0}
    layers["weight after"] = {"variable": 0, "optimizer": 0, "class": "Adam"}
    run.facts["detail"] = []
    for name, value in values.items():
        what = name.replace("_", " ")
        run.arrays[name] = np.array(value, np.float32)
        entry = {"what": what, "array": name, "shape": list(run.arrays[name].shape), **layers[what]}
        run.facts["detail"].append(entry)
    return run


@pytest.mark.parametrize(
    "changed, what",
    [
        ({}, None),
        ({"output": [1.1]}, "output"),
        ({"gradient": [1.1]}, "gradient"),
        ({"weight_after": [1.1]}, "weight after"),
    ],
)
def test_the_first_quantity_that_parts_is_found(changed, what):
    comparison = compared()
    values = {"weight_before": [1.0], "output": [1.0], "gradient": [1.0], "weight_after": [1.0]}
    first, second = with_detail(comparison.first, **values), with_detail(comparison.second, **{**values, **changed})
    entries, alone = origin.pair_entries(first, second)
    found = origin.find(first, second, entries)
    assert alone == []
    assert (found and found.what) == what
    if what == "output":
        assert (found.layer, found.settings) == ("m/a", {"rate": (False, True)})
    if what == "weight after":
        assert found.class_name == "Adam"
        assert found.variable == "sequential/<dense>/kernel"


@pytest.mark.parametrize("known, what", [({}, "weight before"), ({"sequential/<dense>/kernel": 0.1}, None)])
def test_a_weight_that_something_else_has_set_is_named(known, what):
    comparison = compared()
    values = {"output": [1.0], "gradient": [1.0]}
    first = with_detail(comparison.first, weight_before=[1.0], **values)
    second = with_detail(comparison.second, weight_before=[1.1], **values)
    found = origin.find(first, second, origin.pair_entries(first, second)[0], known=known)
    assert (found and found.what) == what
    assert not found or "sequential/<dense>/kernel" in found.text


def test_gradients_of_nothing_but_rounding_are_noise():
    comparison = compared()
    first, second = with_detail(comparison.first, gradient=[1e-9]), with_detail(comparison.second, gradient=[-1e-9])
    for run in (first, second):
        run.facts["detail"].append({"what": "gradient", "array": "large", "shape": [1], "variable": 1})
        run.arrays["large"] = np.ones(1)
        run.variables.append({**run.variables[0], "path": "other"})
    entries, _ = origin.pair_entries(first, second)
    assert origin.noise_variables(first, second, entries) == {"sequential/<dense>/kernel"}


# --- reports ----------------------------------------------------------------------------------------------------------


def shown(comparison, **options):
    from rich.console import Console

    stream = io.StringIO()
    print_report(comparison, console=Console(file=stream, width=120), **options)
    return stream.getvalue()


def test_the_terminal_shows_verdict_and_tables():
    text = shown(compared(second_losses=(1.0, 0.51)))
    assert "The runs differ" in text
    for part in ("epoch 1: accuracy", "0.51", "2.0e-02", "sequential/<dense>/kernel", "4.00"):
        assert part in text, part
    assert "printed" not in text
    assert "printed <b>this</b>" in shown(compared(), show_output=True)


def test_the_step_that_was_looked_at_is_shown():
    entries = [{"what": "output", "name": "m/a", "shape": [2, 3], "deviation": 1e-7}]
    entries.append({"what": "output", "name": "m/b", "shape": [2, 3], "deviation": 0.5})
    entries.append({"what": "gradient", "name": "m/b/kernel", "shape": [3], "deviation": None})
    comparison = compared(looked_at="step 2", details=entries)
    text = shown(comparison)
    for part in ("In detail: step 2", "m/a", "5.0e-01", "gradient (on one side only)"):
        assert part in text, part
    assert "m/b/kernel" in as_html(comparison)
    assert json.loads(as_json(comparison))["details"] == entries


@pytest.mark.parametrize("main, first", [(None, 60), (0, 0), (50, 30), (99, 60)])
def test_long_tables_are_shortened(main, first):
    rows = [(str(i), (f"{i}", "good")) for i in range(100)]
    table = Table("rows", ("", "deviation"), rows, main=main).shortened()
    assert table.rows == rows[first : first + MAX_ROWS]
    assert "of 100 rows" in table.title


def test_a_failed_side_is_shown_with_its_output():
    comparison = compared()
    comparison.second.stderr = "Traceback\nValueError: no"
    comparison.second.status = 1
    comparison.failure = "The script failed on minikeras: ValueError: no"
    text = shown(comparison)
    assert "ValueError: no" in text
    assert "epoch 1" not in text
    assert comparison.exit_status == 2


def test_the_page_escapes_names_and_draws_both_curves():
    text = as_html(compared())
    assert "<dense>" not in text.replace("&lt;dense&gt;", "")
    assert "<b>this</b>" not in text
    charts = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(charts) >= 3
    assert all(len(re.findall(r"<path d=\"M", chart)) == 2 for chart in charts[:1])


def test_json_writes_what_is_not_finite_as_text():
    content = json.loads(as_json(compared(second_losses=(1.0, float("nan")))))
    assert content["first_difference"]["deviation"] == "inf"
    assert content["series"][0]["minikeras"] == [1.0, "nan"]
    assert content["runs"]["tensorflow"]["wall_seconds"] == 4.0


@pytest.mark.parametrize(
    "first, second, told",
    [
        ((0, True), (0, True), None),
        ((0, False), (0, False), "Nothing was observed"),
        ((1, True), (0, True), "failed on tensorflow, so it was not run on minikeras"),
        ((0, True), (3, True), "failed on minikeras"),
    ],
)
def test_what_cannot_be_compared_is_reported(first, second, told):
    weights = [np.ones(3, np.float32)] * 2
    runs = []
    for backend, (status, has_events) in (("tensorflow", first), ("minikeras", second)):
        runs.append(recording(backend, (1.0,), weights, status=status))
        if not has_events:
            runs[-1].events.clear()
    failure = comparing.failure_of(*runs)
    assert (failure is None) if told is None else (told in failure)


def test_without_tensorflow_the_command_says_what_to_install(monkeypatch, tmp_path, capsys):
    script = tmp_path / "script.py"
    script.write_text("")
    monkeypatch.setattr(processes.importlib.util, "find_spec", lambda name: None)
    assert main(["compare", str(script)]) == 2
    assert "python -m pip install 'tensorflow" in capsys.readouterr().err


def test_a_script_that_is_not_there(capsys):
    assert main(["compare", "nowhere.py"]) == 2
    assert "nowhere.py" in capsys.readouterr().err


def test_agreeing_runs_tell_what_float64_showed():
    comparison = compared()
    assert comparison.agree
    comparison.looked_at, comparison.recomputed = "step 2", Recomputed(largest=3e-15)
    assert "Of step 2, in which it grows most: Run again in float64" in comparison.verdict
