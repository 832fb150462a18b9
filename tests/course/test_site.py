"""The site builds: all chapters and surprises run, without a warning, and nothing is fetched from elsewhere."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

pytest.importorskip("sphinx")
pytest.importorskip("myst_nb")
pytest.importorskip("furo")
pytest.importorskip("jupytext")

from docs import notebooks
from docs._ext.repository import OUTSIDE, ROOT

BUILD_TIMEOUT = 1500  # seconds: thirty notebooks, on a machine that has other things to do
SHOWN_HERE = "minikeras/layers,examples"  # to highlight all files takes a tenth of the whole build
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FETCHED = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=["'](https?:)?//""")


@pytest.mark.full
def test_the_site_builds(tmp_path):
    options = ["-q", "-W", "--keep-going", "-D", f"source_folders={SHOWN_HERE}"]
    command = [sys.executable, "-m", "sphinx", *options, "docs", tmp_path]
    environment = {name: value for name, value in os.environ.items() if name != "MINIKERAS_DOCS_RECORD"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_TIMEOUT
    )
    assert done.returncode == 0, done.stderr[-6000:]
    for page in notebooks.text_notebooks():
        html = (tmp_path / page.parent.name / f"{page.stem}.html").read_text(encoding="utf-8")
        assert 'class="cell_output' in html, f"{page.name} shows no output"
    for page in [*OUTSIDE.values(), "api/keras.layers", "_source/minikeras/layers/core/dense.py"]:
        assert (tmp_path / f"{page}.html").exists()
    assert (tmp_path / "searchindex.js").exists()
    fetching = [page.name for page in tmp_path.rglob("*.html") if FETCHED.search(page.read_text(encoding="utf-8"))]
    assert not fetching, f"these pages load something from other servers: {fetching}"


def test_notebooks_have_the_cells_that_the_site_runs(tmp_path):
    written = notebooks.write(tmp_path)
    assert len(written) == len(notebooks.text_notebooks())
    for path, page in zip(written, notebooks.text_notebooks(), strict=True):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        text = page.read_text(encoding="utf-8")
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert len(code) == 1 + text.count("```{code-cell}")
        for cell in code[1:]:
            assert cell.source in text
        prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert "{source}" not in prose
        assert ":::" not in prose
        beside = {path.name for path in written}
        text = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
        targets = [target for target in LINK.findall(text) if "://" not in target and target not in beside]
        assert [target for target in targets if not (ROOT / "docs" / "notebooks" / target).resolve().exists()] == []
