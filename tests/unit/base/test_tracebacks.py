"""Printed tracebacks, whole and without the lines inside minikeras."""

import subprocess
import sys

import pytest

import minikeras
from tests.waiting import DEADLINE

FAILING = """
import minikeras as keras
{switch}
keras.layers.Dense(3)(keras.ops.ones(()))
"""


@pytest.mark.parametrize(
    "switch, shows_inside",
    [
        ("", True),
        ("keras.config.enable_traceback_filtering()", False),
        ("keras.config.enable_traceback_filtering(); keras.config.disable_traceback_filtering()", True),
    ],
)
def test_lines_inside_are_shown_or_hidden(switch, shows_inside, tmp_path):
    script = tmp_path / "failing.py"
    script.write_text(FAILING.format(switch=switch))
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
        env={"PYTHONPATH": str(minikeras.__path__[0] + "/.."), "PATH": ""},
    )
    assert done.returncode == 1
    assert ("layer.py" in done.stderr) is shows_inside
    assert "failing.py" in done.stderr
    assert "min_ndim=2" in done.stderr


def test_switches():
    config = minikeras.config
    assert not config.is_traceback_filtering_enabled()
    hook = sys.excepthook
    config.enable_traceback_filtering()
    config.enable_traceback_filtering()
    assert config.is_traceback_filtering_enabled()
    config.disable_traceback_filtering()
    assert sys.excepthook is hook
    assert config.is_flash_attention_enabled() is None
    config.disable_flash_attention()
    assert config.is_flash_attention_enabled() is False
    config.enable_flash_attention()
    assert config.is_flash_attention_enabled() is None
