"""All cells of a chapter of the course run in Pyodide, the tests of its exercises among them."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHAPTER = ROOT / "docs" / "course" / "02_tensors_and_the_tape.md"  # it draws pictures, and needs little time


def test_the_cells_of_a_chapter_run_and_draw(pyodide_folder, tmp_path):
    pytest.importorskip("jupytext")
    from docs import notebooks  # it needs jupytext

    cells = [cell.source for cell in notebooks.notebook(CHAPTER).cells[1:] if cell.cell_type == "code"]
    assert len(cells) > 10
    program = (HERE / "chapter_in_node.py").read_text(encoding="utf-8")
    runner = (ROOT / "docs" / "_static" / "cell_runner.py").read_text(encoding="utf-8")
    for mark, text in (("RUNNER", runner), ("CELLS", json.dumps(cells))):
        program = program.replace(f'"""{mark}"""', repr(text))
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    done = subprocess.run(["node", HERE / "in_node.mjs", pyodide_folder, file], capture_output=True, text=True)
    assert not done.returncode, done.stderr[-3000:] + done.stdout[-1000:]
    results = json.loads(done.stdout.splitlines()[-1])
    assert [result["error"] for result in results] == [""] * len(cells)
    pictures = sum("plt.figure" in cell for cell in cells)
    assert sum(result["images"] for result in results) == pictures == 2
