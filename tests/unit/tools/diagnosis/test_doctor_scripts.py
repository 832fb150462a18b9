"""`minikeras doctor` is silent on the scripts and examples, but for what is wrong with five of them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backend_server import ONE_THREAD
from tests.waiting import DEADLINE

ROOT = Path(__file__).parents[4]
NEEDED = {"tests/scripts/data/scikit_learn.py": "sklearn"}
LEFT_OUT = {"backend.py", "drawing.py", "fashion_mnist_cnn.py"}  # no scripts by themselves; one needs a download
SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*(ROOT / "tests/scripts").glob("*/*.py"), *(ROOT / "examples").rglob("*.py")]
    if path.name not in LEFT_OUT
)
TRUE_FINDINGS = {
    "tests/scripts/data/structured_data.py": "accuracy of numbers",  # "accuracy" of logits: the limit is 0, not 0.5
    "tests/scripts/notebooks/overfit_and_underfit.py": "accuracy of numbers",
    "tests/scripts/training/regularization.py": "accuracy of numbers",
    "tests/scripts/generative/autoencoder.py": "equal rows in validation",  # x_test = x_train[-40:]
    "tests/scripts/notebooks/habits_of_tensorflow_1.py": "equal rows in validation",  # validation_data=(X, Y)
}
EACH = 9  # every ninth script; all of them with `--long`


@pytest.mark.full
@pytest.mark.parametrize("script", SCRIPTS)
def test_doctor_finds_what_is_wrong_and_nothing_else(script, tmp_path, request):
    if not (SCRIPTS.index(script) % EACH == 0 or script in TRUE_FINDINGS or request.config.getoption("--long")):
        pytest.skip("all scripts run with --long")
    if script in NEEDED:
        pytest.importorskip(NEEDED[script])
    assert _diagnoses_of(script, tmp_path) == ([TRUE_FINDINGS[script]] if script in TRUE_FINDINGS else [])


def test_the_page_says_how_many_scripts_there_are():
    page = " ".join((ROOT / "docs/finding_mistakes.md").read_text(encoding="utf-8").split())
    assert f"among the {len(SCRIPTS)} scripts and examples of this repository it reports something in" in page
    assert {*TRUE_FINDINGS} <= {*SCRIPTS}


def test_doctor_reports_a_mistake_with_its_line(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "from tensorflow import keras\n"
        "x, y = np.random.rand(64, 3), np.arange(64) % 2\n"
        "model = keras.Sequential([keras.layers.Dense(2)])\n"
        "model.compile('adam', 'sparse_categorical_crossentropy')\n"
        "model.fit(x, y, verbose=0)\n",
        encoding="utf-8",
    )
    done = _run(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "doctor: script.py:6: model.fit(x, y, verbose=0)\n  logits as probabilities: The loss " in done.stderr


def _diagnoses_of(script, folder):
    done = _run(ROOT / script, folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return re.findall(r"^doctor: .*\n  ([\w ]+):", done.stderr, re.MULTILINE)


def _run(script, folder):
    temporary = folder / "temporary"  # where scripts leave what they make there
    temporary.mkdir()
    return subprocess.run(
        [sys.executable, "-m", "minikeras", "doctor", script],
        cwd=folder,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
