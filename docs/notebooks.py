"""The chapters and the museum as notebooks, for Jupyter, VS Code and Colab.

    python -m docs.notebooks [FOLDER]       docs/notebooks if none is given
    python -m docs.notebooks --repository https://github.com/OWNER/NAME [--branch main]

With the address of a repository that has them in docs/notebooks/, each gets a badge that opens it in Colab, and its
first cell clones and installs minikeras where it is not there. Without one that cell says what is missing.

A chapter *is* a notebook, in MyST's text form, so jupytext (`jupytext --to ipynb docs/course/01_….md`) reads it as it
stands. This also resolves what only the site knows: functions shown by `{source}`, links to other pages.
"""

import argparse
import posixpath
import re
from pathlib import Path

import jupytext
import nbformat

from docs._ext.repository import OUTSIDE, ROOT
from docs._ext.sources import lines_of

FOLDERS = ("course", "museum")
SOURCE = re.compile(r"```\{source\} (\S+?)(?:::(\S+))?\n(?::lines: (\d+)-(\d+)\n)?```")
QUESTION = re.compile(r":::\{container\} question\n(.*?)\n:::", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)\.md(#[^)]*)?\)")
START = """\
# Where the repository is, for the examples and data that chapters use.
import importlib.util
import subprocess
import sys
from pathlib import Path

repository, branch = "{repository}", "{branch}"
roots = [Path.cwd(), *Path.cwd().parents, Path.cwd() / "minikeras-course"]
root = next((folder for folder in roots if (folder / "minikeras").is_dir()), None)
if root is None and repository:  # in Colab, for example
    root = roots[-1]
    subprocess.run(["git", "clone", "-q", "--depth", "1", "-b", branch, repository, root], check=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", root, "matplotlib"], check=True)
if root is None and importlib.util.find_spec("minikeras") is None:
    raise ModuleNotFoundError("Put this notebook into a clone of the minikeras repository, and open it there.")
if root is not None:
    sys.path[:0] = [str(root), str(root / "examples" / "internals")]"""
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({})"
COLAB = "https://colab.research.google.com/github/{}/blob/{}/docs/notebooks/{}.ipynb"
GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def text_notebooks():
    """The files of chapters and museum pages that have cells."""
    pages = [page for folder in FOLDERS for page in sorted((ROOT / "docs" / folder).glob("*.md"))]
    return [page for page in pages if page.name != "index.md"]


def notebook(page, repository="", branch="main"):
    """The notebook of a page, with the cells of the page after one that finds the repository.

    Args:
        repository: address to clone it from; of GitHub, the notebook gets a link to Colab.
        branch: of the repository.
    """
    found = jupytext.read(page, fmt="md:myst")
    for cell in found.cells:
        if cell.cell_type == "markdown":
            cell.source = resolved(cell.source)
        elif "hide-cell" in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = {"source_hidden": True}  # a solution: hidden until asked for
    start = START.replace("{repository}", repository).replace("{branch}", branch)
    found.cells.insert(0, nbformat.v4.new_code_cell(start))
    on_github = GITHUB.fullmatch(repository)
    if on_github:
        address = COLAB.format(on_github[1], branch, page.stem)
        found.cells.insert(0, nbformat.v4.new_markdown_cell(BADGE.format(address)))
    for number, cell in enumerate(found.cells):
        cell["id"] = f"cell-{number}"
    found.nbformat, found.nbformat_minor = 4, 5  # the first with ids of cells
    found.metadata["language_info"] = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    found.metadata["colab"] = {"name": f"{page.stem}.ipynb", "provenance": [], "toc_visible": True}
    return found


def resolved(text):
    """Markdown that needs no Sphinx."""
    text = SOURCE.sub(_shown, text)
    text = QUESTION.sub(lambda match: "> " + match.group(1).replace("\n", "\n> "), text)
    return LINK.sub(_linked, text)


def _linked(match):
    """The link to a page: to its notebook in the same folder, or from docs/notebooks/ to a file of the repository."""
    page, anchor = posixpath.normpath(f"{FOLDERS[0]}/{match.group(1)}"), match.group(2) or ""
    name = posixpath.basename(page)
    if name in {notebook.stem for notebook in text_notebooks()}:
        return f"]({name}.ipynb)"
    outside = {page: path for path, page in OUTSIDE.items()}
    return f"](../../{outside[page]}{anchor})" if page in outside else f"](../{page}.md{anchor})"


def _shown(match):
    path, name, start, stop = match.groups()
    first, lines = lines_of((ROOT / path).read_text(encoding="utf-8"), name or "")
    if start:
        first, lines = first + int(start) - 1, lines[int(start) - 1 : int(stop)]
    return f"`{path}`, line {first}:\n\n```python\n" + "\n".join(lines) + "\n```"


def write(folder, repository="", branch="main"):
    """Write all notebooks into a folder; returns their paths. See `notebook` for the others."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for page in text_notebooks():
        written.append(folder / f"{page.stem}.ipynb")
        nbformat.write(notebook(page, repository, branch), written[-1])
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "docs" / "notebooks")
    parser.add_argument("--repository", default="", help="address to clone it from, for Colab")
    parser.add_argument("--branch", default="main", help="its branch (default: main)")
    arguments = parser.parse_args()
    paths = write(arguments.folder, arguments.repository, arguments.branch)
    print(f"{len(paths)} notebooks in {paths[0].parent}")
