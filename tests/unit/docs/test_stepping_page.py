"""The session in docs/stepping_through_kernels.md, as a reader types it."""

import re
from pathlib import Path

from tests.unit.debugging.children import run_child

PAGE = Path(__file__).parents[3] / "docs" / "stepping_through_kernels.md"


def test_the_session_shows_what_the_page_shows(tmp_path):
    script, session = re.findall(r"```(?:python)?\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[:2]
    file = tmp_path / "train.py"
    file.write_text(script, encoding="utf-8")
    first, *lines = session.splitlines()
    assert first == "$ NUMBA_DISABLE_JIT=1 python -m pdb train.py"
    commands = [line.removeprefix("(Pdb) ") for line in lines if line.startswith("(Pdb) ")]
    output, _ = run_child("-m", "pdb", file, commands=[*commands, "where"], environment={"NUMBA_DISABLE_JIT": "1"})
    assert "\n".join(lines[len(commands) :]) in output.replace("(Pdb) ", "")
    assert "train_step()" in output
