"""Run and Edit on the code cells of the site, and the playground: the files that pages load when these are pressed.

    <page> ── run_cells.js ── page_python.js ── python_worker.js (Web Worker)
                                                    ├── pyodide/…          Python, NumPy, minikeras (`pyodide_files.py`)
                                                    └── cell_runner.py     runs a cell, shows its value and figures

Where Pyodide cannot be had (no npm), the site is built without the buttons, and a line says so.
"""

import json
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from docs._ext import pyodide_files

ROOT = Path(__file__).parents[2]
# {folder whose modules cells may import: where it lies in the browser}
MODULES = {ROOT / "examples" / "internals": "examples/internals/", ROOT / "docs" / "_static": ""}
PLAYGROUND = "playground"  # the name of its page
logger = logging.getLogger(__name__)


def collect(app):
    """Before pages are written: put Pyodide's files into the build's `_static`."""
    app.runs_cells = False
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "pyodide"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        pyodide_files.write_files(folder)
    except pyodide_files.Unavailable as reason:
        logger.info("Code cells get no Run buttons: %s", reason)
        return
    _copy_modules(folder)
    app.runs_cells = True


def _copy_modules(folder):
    """Modules that cells may import beside the packages: nano.py and the like."""
    names = []
    for source, place in MODULES.items():
        (folder / "modules" / place).mkdir(parents=True, exist_ok=True)
        for file in sorted(source.glob("*.py")):
            shutil.copy(file, folder / "modules" / place)
            names.append(place + file.name)
    (folder / "modules.json").write_text(json.dumps(names), encoding="utf-8")


def add_scripts(app, pagename, templatename, context, doctree):
    """Load the buttons' script on pages that have code cells, and the playground's on its page."""
    if app.runs_cells and pagename == PLAYGROUND:
        app.add_js_file("playground.js", type="module")
        app.add_css_file("playground.css")
    if app.runs_cells and doctree is not None and any(map(_is_cell, doctree.findall(nodes.container))):
        app.add_js_file("run_cells.js", type="module")
        app.add_css_file("run_cells.css")


def _is_cell(container):
    return "cell" in container["classes"]


def setup(app):
    """Sphinx calls it."""
    app.connect("builder-inited", collect)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
