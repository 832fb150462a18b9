"""The distribution: its name, what it declares, and a wheel that is built, installed, used and removed again."""

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

import minikeras
from minikeras.tools.cli import version

ROOT = Path(minikeras.__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DISTRIBUTIONS = {"PIL": "pillow", "jupyter_client": "jupyter-client", "orbax": "orbax-checkpoint", "IPython": "ipython"}
DISTRIBUTIONS["traitlets"] = "ipython"  # which brings it
DISTRIBUTIONS |= {"cv2": "opencv-python-headless", "sklearn": "scikit-learn"}


def names_in(requirements):
    """The names of distributions in requirements such as "numpy>=2.0,<2.6"."""
    return {re.match(r"[\w.-]+", requirement).group() for requirement in requirements}


OPTIONAL = "optional_module", "module_if_installed"  # functions that import what they are given the name of


def imported():
    """{distribution: where it is imported} of what the package imports from outside of the standard library."""
    found = {}
    for file in Path(minikeras.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "optional_module",
                "module_if_installed",
            ):
                modules = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
            else:
                continue
            for module in modules:
                name = module.split(".")[0]
                if name not in sys.stdlib_module_names | {"minikeras"}:
                    found.setdefault(DISTRIBUTIONS.get(name, name), set()).add(file.name)
    return found


def test_what_is_imported_is_declared():
    declared = names_in(PROJECT["dependencies"])
    optional = set()
    for extra, requirements in PROJECT["optional-dependencies"].items():
        optional |= names_in(requirements) if extra != "test" else set()
    names = set(imported())
    assert {"numpy", "numba", "llvmlite", "h5py"} <= names
    assert names <= declared | optional
    assert declared <= names
    assert declared == set(version.LIBRARIES)
    assert optional | {"tensorflow", "keras"} == set(version.OPTIONAL_LIBRARIES)


def test_no_text_advises_to_install_the_foreign_distribution():
    foreign = re.compile(r"pip install[^\n&;|]*\bminikeras\b(?!-numpy)")
    files = [*Path(minikeras.__file__).parent.rglob("*.py"), *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    assert len(files) > 300
    assert foreign.search('python -m pip install -U "minikeras[plot]"')
    assert [file for file in files if foreign.search(file.read_text(encoding="utf-8"))] == []
    assert PROJECT["name"] == "minikeras-numpy"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of the package, built without network and without traces in its source."""
    pytest.importorskip("setuptools", minversion="77")
    pytest.importorskip("pip")
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "minikeras", source / "minikeras", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", built, source)
    return next(built.glob("*.whl"))


@pytest.fixture
def environment(tmp_path):
    """(a Python of its own with this one's libraries, without minikeras; the folder for libraries of its own)."""
    folder = tmp_path / "environment"
    venv.create(folder, symlinks=os.name == "posix")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    libraries = Path(run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))", python=python).strip())
    others = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    others |= {str(Path(library.__file__).parents[1]) for library in map(sys.modules.get, ("numpy", "h5py")) if library}
    (libraries / "others.pth").write_text("\n".join(sorted(others)))
    return python, libraries


def run(*arguments, python=sys.executable, **options):
    """What a Python or another program prints, without this process's PYTHONPATH and the like."""
    options = {"cwd": Path(python).parent, **options}  # not a folder in which minikeras lies
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    variables |= options.pop("variables", {})
    command = [python, *map(str, arguments)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300, check=False, **options)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    return done.stdout


TRAINING = """
import numpy as np
import minikeras as keras
layers = [keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
model.compile("adam", "mse")
model.fit(np.ones((64, 8, 8, 1), "float32"), np.zeros((64, 2)), batch_size=16, verbose=0)
model.predict(np.ones((4, 8, 8, 1), "float32"), verbose=0)
print(keras.__path__[0])
"""


def ours_in(libraries):
    return sorted(path.name for path in libraries.iterdir() if "minikeras" in path.name.lower())


@pytest.mark.full
def test_a_wheel_leaves_nothing_behind_when_it_is_removed(wheel, environment, tmp_path):
    python, libraries = environment
    pip = ("-m", "pip", "--python", python)
    assert wheel.name.startswith(f"minikeras_numpy-{minikeras.__version__}-")
    run(*pip, "install", "-q", "--no-deps", "--no-index", wheel)
    assert len(ours_in(libraries)) == 2  # the package, and what pip notes of it

    variables = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert run("-c", TRAINING, python=python, variables=variables).strip() == str(libraries / "minikeras")
    assert len(list((tmp_path / "cache" / "minikeras").glob("*.code"))) > 5
    files = [path for path in libraries.rglob("*") if path.is_file()]
    assert [file for file in files if file.suffix in (".o", ".code", ".nbi", ".nbc", ".tmp")] == []

    script = python.with_name("minikeras.exe" if os.name == "nt" else "minikeras")
    reports = [run("--version", python=script), run("-m", "minikeras", "--version", python=python)]
    assert reports[0] == reports[1]
    assert reports[0].startswith("minikeras ")
    assert str(libraries) in reports[0]
    (tmp_path / "script.py").write_text("import keras, sys; print(keras.ops.ones(2).numpy(), sys.path[0])")
    assert run("run", "script.py", python=script, cwd=tmp_path) == f"[1. 1.] {tmp_path.resolve()}\n"

    run(*pip, "uninstall", "-q", "-y", "minikeras-numpy")
    assert ours_in(libraries) == []
    assert not script.exists()
    find = "import importlib.util; print(importlib.util.find_spec('minikeras'))"
    assert run("-c", find, python=python).strip() == "None"
