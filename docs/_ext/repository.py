"""Where things are: the repository's folder, and links from a page of the site to files and other pages of it."""

import posixpath
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = ("minikeras", "examples")
"""The folders whose Python files have a page each, below `_source/`."""

OUTSIDE = {
    "README.md": "project/readme",
    "CONTRIBUTING.md": "project/contributing",
    "SECURITY.md": "project/security",
    "CHANGELOG.md": "project/changelog",
    "benchmarks/README.md": "project/benchmarks",
    "benchmarks/RESULTS.md": "project/benchmark_results",
    "tests/scripts/RESULTS.md": "project/script_results",
}
"""Markdown files outside of docs/ that are pages: their path in the repository, and the page."""


def source_page(path):
    """The page, relative to the site, that shows this Python file of the repository."""
    return f"_source/{path}.html"


def to_root(docname):
    """The way from a page to the root of the site: "../" for each folder."""
    return "../" * docname.count("/")


def python_file(words):
    """The path of the shown Python file that these words name, from the repository's root or from minikeras/; or None."""
    words = words.strip().removesuffix(":")
    if not words.endswith(".py") or any(letter in words for letter in " *<>…"):
        return None
    for folder in ("", "minikeras/"):
        path = posixpath.normpath(folder + words)
        if path.split("/")[0] in SHOWN and (ROOT / path).is_file():
            return path
    return None
