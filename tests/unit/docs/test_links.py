"""Links and paths in the README and in docs/ point to files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
SOURCE = re.compile(r"`([\w/]+\.py)`")


def linked(page):
    """The files that a page links to."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    return [page.parent / target for target in targets if "://" not in target]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_point_to_files(page):
    missing = [str(target) for target in linked(page) if not target.exists()]
    assert not missing, f"{page.name} links to files that do not exist: {missing}"


def test_reading_the_code_names_files_that_exist():
    text = (ROOT / "docs" / "reading_the_code.md").read_text(encoding="utf-8")
    paths = SOURCE.findall(text)
    missing = [path for path in paths if not (ROOT / "minikeras" / path).exists()]
    assert len(paths) > 20
    assert not missing, f"docs/reading_the_code.md names files that do not exist: {missing}"
