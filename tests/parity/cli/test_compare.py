"""`python -m minikeras compare`: it says "agree" of runs that do, and names the error that a test has planted."""

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from minikeras.tools.cli import main
from minikeras.tools.cli.compare import compare_script, comparing, processes
from minikeras.tools.cli.compare.as_json import as_json
from minikeras.tools.cli.compare.page import as_html
from tests.backend_server import run_by_servers
from tests.parity.cli import scripts

tf = pytest.importorskip("tensorflow")

ROOT = Path(__file__).parents[3]
# Weights and losses after some ten steps from the same numbers: float32 rounding, grown a little.
ROUNDING = 1e-5
BELOW_ROUNDING = 1e-10  # a tolerance that no float32 computation keeps
FLOAT64 = 1e-12  # one step of float64, 1e-16 per operation; sums that cancel have lost some digits


@pytest.fixture
def script(tmp_path):
    """A function that writes a script into a file."""

    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """A function that plants one of the errors in `plants.py` into the minikeras of the observed processes."""

    def choose(name):
        folder = tmp_path / "planted"
        folder.mkdir()
        source = Path(__file__).with_name("plants.py").read_text(encoding="utf-8")
        (folder / "sitecustomize.py").write_text(source, encoding="utf-8")
        monkeypatch.setenv("PLANT", name)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))

    return choose


@pytest.fixture(autouse=True)
def _quick_start(backend_servers, monkeypatch):
    """Runs need not import their backend."""
    monkeypatch.setattr(processes, "run_process", run_by_servers(backend_servers, processes.run_process))


@pytest.fixture(scope="module")
def recorded():
    """TensorFlow's runs of this file by their arguments."""
    return {}


@pytest.fixture
def tensorflow_once(recorded, monkeypatch):
    """TensorFlow runs the same script in the same way once in this file, as it does the same each time."""
    original = comparing.run_observed

    def run_observed(backend, script, arguments, folder, timeout=None, **options):
        key = backend, script.read_text(encoding="utf-8"), *map(str, arguments), json.dumps(options)
        if key not in recorded or backend != "tensorflow":
            recorded[key] = original(backend, script, arguments, folder, timeout, **options)
        return recorded[key]

    monkeypatch.setattr(comparing, "run_observed", run_observed)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "text, phases",
    [(scripts.CONVOLUTIONS, {"fit": 6}), (scripts.LOOPS, {"loop": 8, "function": 8})],
    ids=["fit", "tapes, with optimizers, without, and in a function"],
)
@pytest.mark.usefixtures("tensorflow_once")
def test_runs_that_agree(script, text, phases):
    comparison = compare_script(script(text))
    assert comparison.failure is None
    assert comparison.verdict.startswith("The runs agree")
    assert (comparison.agree, comparison.exit_status) == (True, 0)
    for run in comparison.runs.values():
        assert Counter(event["phase"] for event in run.steps.values()) == phases
    assert list(comparison.first.steps) == list(comparison.second.steps)
    assert max(comparison.deviation.values()) < ROUNDING
    assert len(comparison.pairs) == len(comparison.first.variables) > 0
    last = list(comparison.first.steps)[-1]
    assert all(last in pair.steps for pair in comparison.pairs)
    for name in ("wall_seconds", "first_step_seconds", "step_seconds"):
        assert all(getattr(run, name) > 0 for run in comparison.runs.values())
    assert comparison.second.import_seconds < comparison.second.first_step_seconds < comparison.second.wall_seconds


@pytest.mark.full
@pytest.mark.parametrize(
    "error, what, layer, class_name, variable, settings",
    [
        ("epsilon", "weight after", "conv2d", "Adam", "sequential/conv2d/kernel", {"epsilon": (1e-7, 1e-3)}),
        (
            "momentum",
            "state",
            "sequential/batch_normalization",
            "BatchNormalization",
            "sequential/batch_normalization/moving_mean",
            {"momentum": (0.99, 0.9)},
        ),
        ("padding", "output", "sequential/conv2d_1", "Conv2D", "", {}),
    ],
)
@pytest.mark.usefixtures("tensorflow_once")
def test_a_planted_error_is_named(script, plant, error, what, layer, class_name, variable, settings):
    plant(error)
    comparison = compare_script(script(scripts.CONVOLUTIONS), in_float64=False)
    assert comparison.failure is None
    assert (comparison.agree, comparison.exit_status) == (False, 1)
    assert comparison.looked_at == "step 1"
    found = comparison.finding
    assert (found.what, found.layer, found.class_name, found.variable) == (what, layer, class_name, variable)
    assert found.settings == settings
    for part in (class_name, *settings, "step 1"):
        assert part in comparison.verdict


@pytest.mark.full
@pytest.mark.parametrize("error", ["padding", None, "agree"])
def test_float64_distinguishes_rounding_from_a_real_difference(script, plant, error, tmp_path):
    if error == "padding":
        plant(error)
    tolerance = comparing.TOLERANCE if error else BELOW_ROUNDING
    comparison = compare_script(script(scripts.CONVOLUTIONS), tolerance=tolerance, in_float64="always")
    assert comparison.agree == (error == "agree")
    recomputed = comparison.recomputed
    assert recomputed.failure is None
    assert recomputed.is_rounding == (error != "padding")
    assert (
        "both sides agree to" if recomputed.is_rounding else "a real difference, not rounding"
    ) in comparison.verdict
    if error == "padding":
        assert recomputed.first[:2] == ("output", "sequential/conv2d_1")
    else:
        assert recomputed.largest < FLOAT64
    assert "in float64" in as_html(comparison)
    assert json.loads(as_json(comparison))["in_float64"]["is_rounding"] == recomputed.is_rounding
    rows = [row for row in comparison.details if "in_float64" in row]
    assert {"output", "gradient", "weight after"} <= {row["what"] for row in rows}


@pytest.mark.full
@pytest.mark.parametrize("dropout", [False, True], ids=["all is paired", "other random numbers"])
def test_steps_on_data_of_unknown_length_are_paired(script, dropout):
    comparison = compare_script(script(scripts.UNKNOWN_LENGTH.format(rate=0.5 if dropout else 0)))
    assert comparison.failure is None
    assert list(comparison.first.steps) == list(comparison.second.steps) == [(0, i) for i in range(1, 9)]
    assert [place for _, place in comparison.ends_without_data] == ["epoch 1", "epoch 2"]
    assert comparison.agree is not dropout
    if dropout:
        assert comparison.first_difference.where == "step 5"
        assert comparison.follows_step_without_data
    else:
        assert max(comparison.deviation.values()) < ROUNDING


@pytest.mark.full
def test_a_notebook_is_compared(tmp_path):
    pytest.importorskip("IPython")
    cells = [
        "%matplotlib inline\nimport numpy as np\nfrom tensorflow import keras",
        "x = np.ones((8, 2), 'float32')\nmodel = keras.Sequential([keras.layers.Dense(1)])\n!echo from a shell",
        "model.compile('sgd', 'mse')\nmodel.fit(x, x[:, :1], epochs=2, verbose=0)\nopen('written', 'w').close()\n6 * 7",
    ]
    content = {"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4, "metadata": {}}
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    comparison = compare_script(path)
    assert comparison.failure is None, comparison.second.stderr
    assert comparison.agree
    assert len(comparison.first.steps) == 2
    for run in comparison.runs.values():
        assert "from a shell" in run.stdout
        assert "42" in run.stdout
    assert (tmp_path / "written").exists()  # it runs in its own folder, as its kernel would
    content["cells"].append({"cell_type": "code", "source": "1 / 0"})
    path.write_text(json.dumps(content), encoding="utf-8")
    comparison = compare_script(path)
    assert "ZeroDivisionError" in comparison.failure
    assert "interactiveshell" not in comparison.first.stderr


@pytest.mark.usefixtures("tensorflow_once")
@pytest.mark.full
def test_an_error_that_only_plans_make_is_distinguished_from_those_of_layers(script, plant):
    plant("plan")
    comparison = compare_script(script(scripts.CONVOLUTIONS))
    assert comparison.failure is None
    assert comparison.exit_status == 1
    assert comparison.finding is None
    assert comparison.only_compiled == "sequential/dense/bias"
    assert int(comparison.looked_at.removeprefix("step ")) > 2  # the first steps are traced on the tape
    assert "run_eagerly" in comparison.verdict


@pytest.mark.full
def test_a_bias_whose_gradient_is_rounding_is_left_out(script):
    comparison = compare_script(script(scripts.BIAS_BEFORE_NORMALIZATION))
    assert comparison.failure is None
    assert comparison.agree
    assert comparison.deviation["loss"] < comparison.tolerance
    # Whether the steps made of rounding grow beyond the tolerance depends on the machine; if so, it is these alone.
    assert comparison.noise <= {"sequential/conv2d/bias", "sequential/batch_normalization/moving_mean"}


@pytest.mark.full
def test_other_initial_weights_are_named_and_can_be_copied(script):
    path = script(scripts.OTHER_INITIAL_WEIGHTS)
    comparison = compare_script(path)
    assert comparison.failure is None
    assert (comparison.exit_status, comparison.first_difference.kind) == (1, "initial weight")
    assert "--copy-weights" in comparison.verdict
    assert comparison.finding is None
    copied = compare_script(path, copy_weights=True)
    assert copied.agree
    assert copied.deviation["initial weight"] == 0


@pytest.mark.full
def test_a_side_that_fails(script, capsys):
    assert main(["compare", str(script(scripts.FAILS_ON_MINIKERAS))]) == 2
    shown = capsys.readouterr().out
    assert "failed on minikeras: RuntimeError: only here" in re.sub(r"\s+", " ", shown)
    assert "so far so good" in shown
    assert 'raise RuntimeError("only here")' in shown
    assert "main_module.py" not in shown


class _Links(HTMLParser):
    """Collects addresses that a browser would fetch, and the SVG elements' positions."""

    def __init__(self):
        super().__init__()
        self.fetched, self.charts = [], 0

    def handle_starttag(self, tag, attributes):
        self.charts += tag == "svg"
        self.fetched += [v for k, v in attributes if k in ("src", "href") or tag in ("script", "link", "iframe")]


@pytest.mark.full
@pytest.mark.usefixtures("tensorflow_once")
def test_page_and_json_hold_the_numbers_of_the_table(script, tmp_path, capsys):
    page, numbers = tmp_path / "report.html", tmp_path / "numbers.json"
    path = script(scripts.CONVOLUTIONS)
    assert main(["compare", "--times", "--html", str(page), "--json", str(numbers), str(path)]) == 0
    shown = capsys.readouterr().out
    content = json.loads(numbers.read_text(encoding="utf-8"))
    assert content["agree"] is True
    loss = next(s for s in content["series"] if (s["name"], s["kind"]) == ("loss", "epoch"))
    assert len(loss["tensorflow"]) == len(loss["minikeras"]) == 2
    assert f"{loss['minikeras'][0]:.6g}" in shown
    assert "evaluated" in content["runs"]["tensorflow"]["stdout"]
    assert content["runs"]["minikeras"]["step_seconds"] > 0

    text = page.read_text(encoding="utf-8")
    links = _Links()
    links.feed(text)
    assert links.fetched == []
    assert links.charts >= 5  # loss and accuracy per step and epoch, validation, deviation
    for svg in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        curves = [path for path in ElementTree.fromstring(svg).iter("path") if path.get("d")]
        assert curves
    assert f"{loss['minikeras'][0]:.6g}" in text
    assert "evaluated [" in text
