"""Packages whose docstring is a tour of their files name each of them, so that a reader finds what he looks for."""

import ast
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "minikeras"

TOURS = [  # `kernels` has a test of its own
    "base",
    "collectives",
    "compat/tensorflow/train/checkpoints",
    "data/pipeline",
    "formats",
    "formats/protobuf",
    "formats/saved_model",
    "formats/saved_model/graph_ops",
    "kernels/convolution",
    "kernels/machine",
    "kernels/machine/translation",
    "kernels/random",
    "kernels/strings",
    "plans",
    "saving",
    "serialization",
    "tensors/strings",
    "tools/cli/compare/observer",
    "tools/tracing",
]


def unnamed(folder):
    """The files of a package that its docstring does not name; `winograd*.py` names all of such names."""
    tour = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    named = re.findall(r"`(?:[\w/]*/)?([\w*]+\.py)`", tour)
    files = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    return sorted(name for name in files if not any(fnmatchcase(name, pattern) for pattern in named))


@pytest.mark.parametrize("package", TOURS)
def test_a_tour_names_each_file(package):
    assert unnamed(PACKAGE / package) == []


def test_a_file_that_no_tour_names_is_found(tmp_path):
    (tmp_path / "__init__.py").write_text('"""A tour of `first.py` and `more_*.py`."""\n', encoding="utf-8")
    for name in ("first.py", "second.py", "more_files.py"):
        (tmp_path / name).touch()
    assert unnamed(tmp_path) == ["second.py"]
