"""A site of a few pages with the extension and the static files of the real one; nothing is run while it is built."""

from pathlib import Path

ROOT = Path.cwd()  # where `python -m sphinx` is started

project = "cells"
extensions = ["myst_nb", "docs._ext.run_cells"]
source_suffix = {".md": "myst-nb"}
nb_execution_mode = "off"
html_theme = "furo"
html_static_path = [str(ROOT / "docs" / "_static")]
