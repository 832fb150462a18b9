"""The site: python -m pip install -e ".[docs]" && python -m sphinx docs docs/_build"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
# Chapters run in processes of their own, which find the package, `docs` and the examples there.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT), str(ROOT / "examples" / "internals"), *filter(None, [os.environ.get("PYTHONPATH")])]
)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from minikeras.base.release import __version__ as release  # noqa: E402  after the path is set

project = "minikeras"
author = "the authors of minikeras"
version = release
language = "en"

extensions = [
    "myst_nb",
    "docs._ext.sources",
    "docs._ext.outside_pages",
    "docs._ext.api",
    "docs._ext.beside_tensorflow",
    "docs._ext.run_cells",
]
exclude_patterns = ["_build", "_ext", "notebooks", "project/docs", "**.ipynb_checkpoints"]
source_suffix = {".md": "myst-nb"}

# Chapters are run while the site is built; a cell that fails ends the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # seconds for a cell: kernels may be compiled for the first time, on a busy machine
nb_merge_streams = True
nb_code_prompt_show = "Show a solution"
nb_code_prompt_hide = "Hide the solution"
nb_execution_show_tb = True
nb_mime_priority_overrides = [("html", "image/png", 1)]
myst_enable_extensions = ["deflist", "attrs_inline", "attrs_block", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # pages that GitHub shows start where they like

html_theme = "furo"
html_title = "minikeras"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
