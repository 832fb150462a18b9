"""The README's Python examples run, one after the other as a reader would type them."""

import re
from pathlib import Path

import numpy as np

import minikeras

README = Path(__file__).parents[3] / "README.md"
MAX_LINES = 150  # three screens


def test_python_examples_run(capsys):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    namespace = {}
    minikeras.utils.set_random_seed(0)
    for block in blocks:
        exec(block, namespace)
    assert np.isfinite(float(namespace["loss"]))
    assert "compiled" in capsys.readouterr().out  # `explain_plan`


def test_readme_fits_on_three_screens():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
