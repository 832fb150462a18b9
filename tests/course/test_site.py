"""The site builds: all chapters and surprises run, without a warning, and nothing is fetched from elsewhere."""

import os
import re
import subprocess
import sys
from html import unescape
from urllib.parse import unquote

import nbformat
import pytest

pytest.importorskip("sphinx")
pytest.importorskip("myst_nb")
pytest.importorskip("furo")
pytest.importorskip("jupytext")

from docs import notebooks
from docs._ext import api
from docs._ext.repository import OUTSIDE, ROOT
from tests.backend_server import ONE_THREAD

BUILD_TIMEOUT = 1500  # seconds: thirty notebooks, on a machine that has other things to do
SHOWN_HERE = "minikeras/layers,examples"  # to highlight all files takes a tenth of the whole build
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
HREF = re.compile(r"""<a\b[^>]*?href=["']([^"']+)["']""")
ANCHOR = re.compile(r"""\bid=["']([^"']+)["']""")
SCHEME = re.compile(r"[a-z]+:")
FETCHED = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=["'](https?:)?//""")


@pytest.mark.full
def test_the_site_builds(tmp_path):
    options = ["-q", "-W", "--keep-going", "-D", f"source_folders={SHOWN_HERE}"]
    command = [sys.executable, "-m", "sphinx", *options, "docs", tmp_path]
    environment = {name: value for name, value in os.environ.items() if name != "MINIKERAS_DOCS_RECORD"}
    environment |= ONE_THREAD
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
    assert broken_links(tmp_path) == []
    for namespace, module in api.namespaces().items():
        page = (tmp_path / "api" / f"{namespace}.html").read_text(encoding="utf-8")
        for name, (value, _) in api.public_objects(module).items():
            assert f'id="{namespace}.{name}"' in page or api.pages_of_objects()[id(value)] != namespace, name


def broken_links(folder):
    """[page → address] of links within a built site that lead to no file, or to no place in it."""
    pages = {page: page.read_text(encoding="utf-8") for page in folder.rglob("*.html") if "_source" not in page.parts}
    anchors = {page.resolve(): set(ANCHOR.findall(text)) for page, text in pages.items()}
    broken = set()
    for page, text in pages.items():
        for target in HREF.findall(text):
            path, _, fragment = unquote(unescape(target)).partition("#")
            if SCHEME.match(target) or "_source/" in path:  # only some files of Python are pages in this build
                continue
            file = (page.parent / path).resolve() if path else page.resolve()
            known = anchors.get(file)
            if not file.exists() or (fragment and known is not None and fragment not in known):
                broken.add(f"{page.relative_to(folder)} → {target}")
    return sorted(broken)


def test_notebooks_have_the_cells_that_the_site_runs(tmp_path):
    written = notebooks.write(tmp_path)
    assert len(written) == len(notebooks.text_notebooks())
    for path, page in zip(written, notebooks.text_notebooks(), strict=True):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.metadata.language_info.name == "python"
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


def test_a_notebook_for_colab_has_a_badge_and_clones_the_repository(tmp_path, monkeypatch):
    page = notebooks.text_notebooks()[0]
    found = notebooks.notebook(page, "https://github.com/someone/course.git", "stable")
    nbformat.validate(found)
    address = f"https://colab.research.google.com/github/someone/course/blob/stable/docs/notebooks/{page.stem}.ipynb"
    assert f"]({address})" in found.cells[0].source
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append(list(map(str, command))))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    exec(found.cells[1].source, {})
    clone = str(tmp_path / "minikeras-course")
    assert commands[0][-4:] == ["-b", "stable", "https://github.com/someone/course.git", clone]
    assert commands[1][-2:] == [clone, "matplotlib"]
    assert sys.path[0] == clone


@pytest.mark.full
def test_a_notebook_runs_in_jupyter(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    page = next(page for page in notebooks.text_notebooks() if page.stem.startswith("13_"))
    found = notebooks.notebook(page)
    nbclient.NotebookClient(found, timeout=600, resources={"metadata": {"path": str(ROOT / "docs")}}).execute()
    printed = [output for cell in found.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in printed)
