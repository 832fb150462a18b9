"""What every chapter and every page of the museum has: a question, cells, three tested exercises, links that were seen.

That the cells run is tested by building the site: `test_site.py`.
"""

import ast
import re
import textwrap

import pytest

pytest.importorskip("jupytext")
pytest.importorskip("sphinx")

from docs import notebooks
from docs._ext.repository import ROOT
from docs._ext.sources import lines_of

CHAPTERS = sorted((ROOT / "docs" / "course").glob("[0-9]*.md"))
NUMBERED = [page for page in CHAPTERS if not page.name.startswith("00")]
MUSEUM = [page for page in notebooks.text_notebooks() if page.parent.name == "museum"]
SHOWN = re.compile(r"^```\{source\} (\S+?)(?:::(\S+))?(?:\n:lines: (\d+)-(\d+))?$", re.MULTILINE)
FENCE = re.compile(r"^```\{code-cell\} python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def cells(page):
    """[(whether it is hidden, source)] of a page's code cells."""
    found = notebooks.notebook(page).cells[1:]
    return [("hide-cell" in c.metadata.get("tags", []), c.source) for c in found if c.cell_type == "code"]


def test_there_are_16_chapters_and_15_surprises():
    assert len(NUMBERED) == 16
    assert len(MUSEUM) >= 15


@pytest.mark.parametrize("page", NUMBERED, ids=lambda page: page.stem)
def test_a_chapter_has_a_question_a_picture_and_three_tested_exercises(page):
    text = page.read_text(encoding="utf-8")
    assert text.count(":::{container} question") == 1
    assert [f"**{number}. " in text.partition("## Exercises")[2] for number in (1, 2, 3)] == [True] * 3
    solutions = [source for hidden, source in cells(page) if hidden]
    assert len(solutions) == 3
    for source in solutions:
        assert "assert" in source, f"a solution of {page.name} tests nothing"
    assert any(re.search(r"plt\.(figure|subplots)\(", source) for _, source in cells(page)), "no picture"


@pytest.mark.parametrize("page", [*CHAPTERS, *MUSEUM], ids=lambda page: page.stem)
def test_cells_are_python_and_sources_exist(page):
    text = page.read_text(encoding="utf-8")
    found = cells(page)
    assert len(found) == len(FENCE.findall(text)) > 1
    for _, source in found:
        ast.parse(source)
    for path, name, start, stop in SHOWN.findall(text):
        _, lines = lines_of((ROOT / path).read_text(encoding="utf-8"), name)
        if start:  # whole statements, though others may have been written above them
            lines = lines[int(start) - 1 : int(stop)]
            ast.parse(textwrap.dedent("\n".join(lines)))
        assert lines, f"{page.name} shows {path}::{name}, which is empty"


@pytest.mark.parametrize("page", MUSEUM, ids=lambda page: page.stem)
def test_a_surprise_links_threads_and_checks_its_cure(page):
    text = page.read_text(encoding="utf-8")
    threads = re.findall(r"https://github\.com/[\w-]+/[\w-]+/(?:issues|pull)/\d+", text)
    assert len(set(threads)) >= 2
    *_, cure = [source for _, source in cells(page)]
    assert "assert" in cure


@pytest.mark.parametrize("page", MUSEUM, ids=lambda page: page.stem)
def test_what_tf_keras_prints_is_recorded(page):
    pytest.importorskip("IPython")
    from docs.museum import beside  # it needs IPython

    before = []
    for _, source in cells(page):
        if source.strip() == "same_on_tensorflow()":
            break
        before.append(source)
    before = [source for source in before if "same_on_tensorflow" not in source]
    recorded = beside.recorded(beside.key_of(beside.script_of(before)))
    assert recorded is not None, f"{page.name} has changed: build the site with MINIKERAS_DOCS_RECORD=1"


def test_names_of_functions_are_found():
    text = "class A:\n    @property\n    def f(self):\n        return 1\n\n\nX = 3\n"
    assert lines_of(text, "A.f") == (2, ["@property", "def f(self):", "    return 1"])
    assert lines_of(text, "X") == (7, ["X = 3"])
    with pytest.raises(LookupError):
        lines_of(text, "A.g")
