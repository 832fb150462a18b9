"""A site of a few pages with the extension of the real one; nothing is run while it is built."""

project = "cells"
extensions = ["myst_nb", "docs._ext.run_cells"]
source_suffix = {".md": "myst-nb"}
nb_execution_mode = "off"
html_theme = "furo"
