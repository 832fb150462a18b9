"""All cells of the course and the museum run in Pyodide, the tests of the exercises among them.

Chapters that train for more than some ten seconds without compiled kernels run with `--long` only.
"""

import ast
import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
LONG = ("00_", "09_", "10_", "11_", "12_")
WITHOUT_BUTTONS = {"needs-processes", "remove-cell", "remove-input"}  # the last two: tf.keras beside, in the museum


@pytest.fixture(scope="module")
def pages(request):
    """{page: its cells that have a Run button}"""
    pytest.importorskip("jupytext")
    from docs import notebooks  # it needs jupytext

    found = {}
    for page in notebooks.text_notebooks():
        if page.name.startswith(LONG) and not request.config.getoption("--long"):
            continue
        cells = [cell for cell in notebooks.notebook(page).cells[1:] if cell.cell_type == "code"]
        found[page.stem] = [cell.source for cell in cells if not WITHOUT_BUTTONS & set(cell.metadata.get("tags", []))]
    return found


@pytest.fixture(scope="module")
def results(pages, pyodide_folder, tmp_path_factory):
    """What `chapter_in_node.py` found, in one Python for all pages."""
    program = (HERE / "chapter_in_node.py").read_text(encoding="utf-8")
    modules = {f"examples/internals/{file.name}": file for file in (ROOT / "examples" / "internals").glob("*.py")}
    texts = {name: file.read_text(encoding="utf-8") for name, file in modules.items()}
    runner = (ROOT / "docs" / "_static" / "cell_runner.py").read_text(encoding="utf-8")
    for mark, text in (("RUNNER", runner), ("MODULES", json.dumps(texts)), ("CELLS", json.dumps(pages))):
        program = program.replace(f'"""{mark}"""', repr(text))
    file = tmp_path_factory.mktemp("program") / "program.py"
    file.write_text(program, encoding="utf-8")
    done = subprocess.run(["node", HERE / "in_node.mjs", pyodide_folder, file], capture_output=True, text=True)
    assert not done.returncode, done.stderr[-3000:] + done.stdout[-1000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_cell_of_every_page_runs(pages, results):
    assert len(pages) > 25
    failed = {page: cells[-1]["error"] for page, cells in results.items() if cells[-1]["error"]}
    assert failed == {}
    assert {page: len(cells) for page, cells in results.items()} == {page: len(c) for page, c in pages.items()}


def opens_figure(code):
    return "plt.figure(" in code or "plt.subplots(" in code


def test_pictures_are_drawn(pages, results):
    for page, cells in results.items():
        drawing = set()  # functions that earlier cells have defined
        for code, cell in zip(pages[page], cells, strict=True):
            drawn = opens_figure(code) or any(f"{name}(" in code for name in drawing)
            functions = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
            drawing |= {function.name for function in functions if opens_figure(ast.unparse(function))}
            assert cell["images"] == drawn or "def " in code, f"{page} draws {cell['images']} pictures:\n{code}"
